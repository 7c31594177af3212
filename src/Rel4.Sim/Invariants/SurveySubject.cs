using Rel4.Kernel;

namespace Rel4.Sim;

/// <summary>Is a kernel whose invariants are checked, and what its machine has to say about them.</summary>
/// <param name="state">The kernel.</param>
/// <param name="rootCNode">The first slot of the root task's CNode, even when no capability to it is left.</param>
/// <param name="rootCNodeSlots">The number of its slots.</param>
internal abstract unsafe class SurveySubject(KernelState* state, Slot* rootCNode, int rootCNodeSlots)
{
    /// <summary>Gets the kernel.</summary>
    public KernelState* State { get; } = state;

    /// <summary>Gets the first slot of the root task's CNode.</summary>
    public Slot* RootCNode { get; } = rootCNode;

    /// <summary>Gets the number of its slots.</summary>
    public int RootCNodeSlots { get; } = rootCNodeSlots;

    /// <summary>Gets who lines up in the ready queues.</summary>
    public abstract ReadyRule ReadyRule { get; }

    /// <summary>Gets the address of an object as an offset into the machine's memory.</summary>
    public ulong OffsetOf(void* address) => (ulong)((byte*)address - State->Shared->Region);

    /// <summary>Tells whether senders know that posts to a receiver must enter the kernel, because its thread waits there.</summary>
    public abstract bool WaitsInKernel(Tcb* receiver);

    /// <summary>Gets what was posted to a receiver and not taken.</summary>
    public abstract ulong PendingOf(Tcb* receiver);

    /// <summary>Adds the addresses of a thread's senders to a list.</summary>
    public virtual void AddSendersOf(Tcb* thread, List<nint> found)
    {
        for (ushort index = thread->FirstSender; index != 0 && index < State->Shared->SenderCount; index = State->Shared->SenderPool[index].NextOfThread)
        {
            var sender = (nint)SenderLinks.At(State->Shared, index);
            if (found.Contains(sender))
                return;
            found.Add(sender);
        }
    }

    /// <summary>Finds the sender that a thread has under an index.</summary>
    public virtual Sender* FindSender(Tcb* thread, int index) => SenderPool.Find(State->Shared, thread, index);

    /// <summary>Tells where a sender is.</summary>
    public virtual SenderPlace PlaceOf(Sender* sender) => SenderPool.PlaceOf(State->Shared, sender);

    /// <summary>Gets the bit that a sender posts.</summary>
    public virtual int VectorOf(Sender* sender) => SenderPool.Of(State->Shared, sender)->Vector;
}

/// <summary>Names who lines up in the ready queues.</summary>
internal enum ReadyRule
{
    /// <summary>One processor: every runnable thread but the current one, in the queue of its priority (<see cref="PriorityScheduler"/>).</summary>
    AllButCurrent,

    /// <summary>
    /// A processor for every thread, and priorities are somebody else's: only those that became runnable and have yet to be told, in the
    /// first queue. There is no current thread between two entries.
    /// </summary>
    OnlyUntold,
}
