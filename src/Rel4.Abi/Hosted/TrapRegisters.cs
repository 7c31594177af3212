using System.Runtime.InteropServices;

namespace Rel4.Abi;

/// <summary>Holds the registers of a system call.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct TrapRegisters
{
    /// <summary>The system call number.</summary>
    public Syscall Number;

    /// <summary>The capability in, the badge out.</summary>
    public ulong Capability;

    /// <summary>The message info.</summary>
    public MessageInfo Info;

    /// <summary>Message word 0.</summary>
    public ulong Word0;

    /// <summary>Message word 1.</summary>
    public ulong Word1;

    /// <summary>Message word 2.</summary>
    public ulong Word2;

    /// <summary>Message word 3.</summary>
    public ulong Word3;
}
