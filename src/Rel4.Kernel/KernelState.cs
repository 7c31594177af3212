using System.Runtime.InteropServices;
using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>Holds what a kernel knows of one processor; what it knows beside is <see cref="Shared"/>. That of the first lies at the start of the region that the machine handed over at boot.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct KernelState
{
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

    /// <summary>What is the same on all processors.</summary>
    public SharedState* Shared;

    /// <summary>The machine's own.</summary>
    public void* MachineData;
}
