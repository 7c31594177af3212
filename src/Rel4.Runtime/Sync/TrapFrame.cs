using System.Runtime.InteropServices;
using Rel4.Abi;

namespace Rel4.Runtime;

/// <summary>Holds the registers of a system call, as the kernel reads and leaves them (see <see cref="Syscall"/>).</summary>
/// <remarks>Words 0 to 3 of the message travel here, the others in the <see cref="IpcBuffer"/>.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct TrapFrame
{
    /// <summary>The system call: <c>rdx</c>.</summary>
    public Syscall Number;

    /// <summary>In: address of the capability to use, <c>rdi</c>.</summary>
    public ulong Capability;

    /// <summary>In and out: description of the message, <c>rsi</c>.</summary>
    public MessageInfo Info;

    /// <summary>Out: badge of the capability that the sender used, or the notification's word, <c>rdi</c>.</summary>
    public ulong Badge;

    /// <summary>In and out: message word 0, <c>r10</c>.</summary>
    public ulong Word0;

    /// <summary>In and out: message word 1, <c>r8</c>.</summary>
    public ulong Word1;

    /// <summary>In and out: message word 2, <c>r9</c>.</summary>
    public ulong Word2;

    /// <summary>In and out: message word 3, <c>r15</c>.</summary>
    public ulong Word3;

    /// <summary>Out: how the call came back.</summary>
    public TrapStatus Status;
}
