using System.Runtime.InteropServices;
using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>Holds what a kernel knows beside its objects. Lies at the start of the region that the machine handed over at boot.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct KernelState
{
    /// <summary>Start of the region: this structure, then the tables, then objects.</summary>
    public byte* Region;

    /// <summary>Bytes of the region.</summary>
    public ulong RegionSize;

    /// <summary>The thread whose system call is handled and that runs when the kernel is left; null if none can run.</summary>
    public Tcb* Current;

    /// <summary>A thread woken by a message in this kernel entry, in no queue yet.</summary>
    public Tcb* Handoff;

    /// <summary>The threads that are ready, a queue a priority.</summary>
    public ThreadQueue* ReadyQueues;

    /// <summary>Bit <c>p</c> tells that queue <c>p</c> is not empty.</summary>
    public fixed ulong ReadyPriorities[(Limits.MaxPriority + 1) / 64];

    /// <summary>Bit <c>w</c> tells that word <c>w</c> of <see cref="ReadyPriorities"/> is not 0.</summary>
    public uint ReadyWords;

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

    /// <summary>The machine's own.</summary>
    public void* MachineData;
}
