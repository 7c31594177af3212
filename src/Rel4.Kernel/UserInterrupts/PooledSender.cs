using System.Runtime.InteropServices;

namespace Rel4.Kernel;

/// <summary>Holds what is known of a sender of a <see cref="SenderPool"/> beside <see cref="Sender"/>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct PooledSender
{
    /// <summary>The sending thread; null if the entry is free.</summary>
    public Tcb* Thread;

    /// <summary>The receiving thread.</summary>
    public Tcb* Receiver;

    /// <summary>The process that gave its thread the capability; 0 if no message brought it. It ends with that process.</summary>
    public ulong Giver;

    /// <summary>The machine's own.</summary>
    public ulong MachineData;

    /// <summary>Neighbours in the thread's chain. Free entries are chained through the next.</summary>
    public ushort NextOfThread, PreviousOfThread;

    /// <summary>The bit that it posts.</summary>
    public byte Vector;
}
