using System.Runtime.InteropServices;

namespace Rel4.Abi;

/// <summary>Says how often a thread has entered the kernel, by cause: the words of the answer to <see cref="InvocationLabel.TcbReadEntries"/>.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct EntryCounts
{
    /// <summary>System calls.</summary>
    public ulong SystemCalls;

    /// <summary>Exceptions: its faults, and instructions of user interrupts where the kernel does them.</summary>
    public ulong Exceptions;

    /// <summary>Ticks of the timer while it ran.</summary>
    public ulong Ticks;

    /// <summary>Other interrupts while it ran: of devices, and those that wake a thread.</summary>
    public ulong Interrupts;
}
