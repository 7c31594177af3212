using System.Runtime.InteropServices;

namespace Rel4.Kernel;

/// <summary>Lets one thread post one vector of one receiver without the kernel.</summary>
/// <remarks>
/// An entry of a table in <see cref="KernelState"/>; entry 0 stands for none. It is in three chains, so that whichever of the three dies
/// first finds it: that of the capability it was registered through, of its thread, and of its receiver. Only the first of the capability's
/// chain names the slot, so that moving the capability costs the same however long the chain is.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct Sender
{
    /// <summary>The sending thread; null if the entry is free.</summary>
    public Tcb* Thread;

    /// <summary>The slot registered through, if this is the first of its chain.</summary>
    public Slot* Slot;

    /// <summary>The registration's generation; none is given out twice.</summary>
    public ulong Generation;

    /// <summary>Place in the thread's table.</summary>
    public ushort Index;

    /// <summary>The receiver.</summary>
    public ushort Receiver;

    /// <summary>The bit that it posts.</summary>
    public byte Vector;

    /// <summary>Neighbours in the slot's chain. Free entries are chained through the next.</summary>
    public ushort NextOfSlot, PreviousOfSlot;

    /// <summary>Neighbours in the thread's chain.</summary>
    public ushort NextOfThread, PreviousOfThread;

    /// <summary>Neighbours in the receiver's chain.</summary>
    public ushort NextOfReceiver, PreviousOfReceiver;

    /// <summary>The process that gave its thread the capability; 0 if no message brought it. It ends with that process.</summary>
    public ulong Giver;

    /// <summary>The machine's own.</summary>
    public ulong MachineData;
}
