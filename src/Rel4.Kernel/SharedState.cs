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

    /// <summary>Where the first group of senders lies, and how far the next (<see cref="SenderLinks"/>).</summary>
    public byte* Senders;
    public ulong SenderStride;

    /// <summary>The pool of senders, if they are not in TCBs: how many there can be, and number 0, which is none; and the first that is free, 0 if there is none.</summary>
    public PooledSender* SenderPool;
    public uint SenderCount;
    public ushort FreeSender;

    /// <summary>Generation of the last sender registered.</summary>
    public uint SenderGeneration;

    /// <summary>The root task's thread.</summary>
    public Tcb* RootThread;

    /// <summary>Whether labels of methods are those of a configuration for several processors (<see cref="MethodLabels"/>).</summary>
    public bool HasLabelsOfSeveral;
}
