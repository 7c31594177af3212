using System.Runtime.InteropServices;

namespace Rel4.Abi;

/// <summary>Lays out <c>seL4_UserContext</c>: a thread's registers in the order in which they are read and written.</summary>
/// <remarks>Source: <c>libsel4/sel4_arch_include/x86_64/sel4/sel4_arch/types.h</c>.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct UserContext
{
    /// <summary>Registers, counted in words.</summary>
    public const int Count = 20;

    /// <summary>Instruction pointer.</summary>
    public ulong Rip;

    /// <summary>Stack pointer.</summary>
    public ulong Rsp;

    /// <summary>Flags.</summary>
    public ulong Rflags;

    /// <summary>General register.</summary>
    public ulong Rax;

    /// <summary>General register.</summary>
    public ulong Rbx;

    /// <summary>General register.</summary>
    public ulong Rcx;

    /// <summary>System call number.</summary>
    public ulong Rdx;

    /// <summary>Message info.</summary>
    public ulong Rsi;

    /// <summary>Capability in, badge out.</summary>
    public ulong Rdi;

    /// <summary>General register.</summary>
    public ulong Rbp;

    /// <summary>Message word 1.</summary>
    public ulong R8;

    /// <summary>Message word 2.</summary>
    public ulong R9;

    /// <summary>Message word 0.</summary>
    public ulong R10;

    /// <summary>General register.</summary>
    public ulong R11;

    /// <summary>General register.</summary>
    public ulong R12;

    /// <summary>General register.</summary>
    public ulong R13;

    /// <summary>General register.</summary>
    public ulong R14;

    /// <summary>Message word 3.</summary>
    public ulong R15;

    /// <summary>Base of segment FS, the thread-local storage.</summary>
    public ulong FsBase;

    /// <summary>Base of segment GS.</summary>
    public ulong GsBase;
}
