using System.Runtime.InteropServices;

namespace Rel4.Kernel;

/// <summary>Holds what a kernel knows beside its objects and its processors (<see cref="KernelState"/>).</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct SharedState
{
    /// <summary>Start of the region: a <see cref="KernelState"/> for each processor, this structure, then the tables, then objects.</summary>
    public byte* Region;

    /// <summary>Bytes of the region.</summary>
    public ulong RegionSize;

    /// <summary>The processors, from number 0 on, which is the one that booted.</summary>
    public KernelState* Processors;

    /// <summary>How many there are.</summary>
    public ulong ProcessorCount;

    /// <summary>Receivers that there can be, and number 0, which is none.</summary>
    public ushort ReceiverCount;

    /// <summary>Senders that there can be, and number 0, which is none.</summary>
    public ushort SenderCount;

    /// <summary>First free receiver, 0 if there is none.</summary>
    public ushort FreeReceiver;

    /// <summary>First free sender, 0 if there is none.</summary>
    public ushort FreeSender;

    public Receiver* Receivers;

    public Sender* Senders;

    /// <summary>Generation of the last sender registered.</summary>
    public ulong SenderGeneration;

    /// <summary>The root task's thread.</summary>
    public Tcb* RootThread;
}
