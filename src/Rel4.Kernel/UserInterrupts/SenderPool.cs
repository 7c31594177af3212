using System.Numerics;

namespace Rel4.Kernel;

/// <summary>Keeps senders in a table of a fixed size, for a machine whose threads have many of them, and that limits by itself how many each may have.</summary>
/// <remarks>Entry 0 stands for none, and takes the writes that would go to a neighbour that does not exist. An index is a place in the table. The entries in no use are chained through <see cref="PooledSender.NextOfThread"/>, and the others in a chain for each thread.</remarks>
internal static unsafe class SenderPool
{
    /// <summary>Makes all entries free.</summary>
    public static void Initialise(SharedState* shared)
    {
        for (int i = (int)shared->SenderCount - 1; i > 0; i--)
            Free(shared, i);
    }

    /// <summary>Takes an entry for a thread and what a slot's capability leads to; null if none is left.</summary>
    public static Sender* TryTake(SharedState* shared, Tcb* thread, Slot* slot)
    {
        ushort index = shared->FreeSender;
        if (index == 0)
            return null;
        PooledSender* all = shared->SenderPool;
        shared->FreeSender = all[index].NextOfThread;
        all[index] = new PooledSender
        {
            Thread = thread,
            Receiver = slot->Cap.Notification->Receiver,
            Giver = thread->GivenSlot == slot ? thread->Giver : 0,
            NextOfThread = thread->FirstSender,
            Vector = (byte)BitOperations.TrailingZeroCount(slot->Cap.Badge),
        };
        all[thread->FirstSender].PreviousOfThread = index;
        thread->FirstSender = index;
        return SenderLinks.At(shared, index);
    }

    /// <summary>Gives an entry back.</summary>
    public static void Release(SharedState* shared, Sender* sender)
    {
        PooledSender* all = shared->SenderPool, entry = Of(shared, sender);
        if (entry->PreviousOfThread == 0)
            entry->Thread->FirstSender = entry->NextOfThread;
        else
            all[entry->PreviousOfThread].NextOfThread = entry->NextOfThread;
        all[entry->NextOfThread].PreviousOfThread = entry->PreviousOfThread;
        *entry = default;
        Free(shared, (int)(entry - all));
    }

    /// <summary>Gets what is known of a sender beside itself.</summary>
    public static PooledSender* Of(SharedState* shared, Sender* sender) => shared->SenderPool + SenderLinks.To(shared, sender);

    /// <summary>Finds the sender that a thread has under an index; null if there is none.</summary>
    public static Sender* Find(SharedState* shared, Tcb* thread, int index) =>
        index < shared->SenderCount && shared->SenderPool[index].Thread == thread ? SenderLinks.At(shared, (uint)index) : null;

    /// <summary>Finds a sender of a thread; null if it has none.</summary>
    public static Sender* FindAny(SharedState* shared, Tcb* thread) => thread->FirstSender == 0 ? null : SenderLinks.At(shared, thread->FirstSender);

    /// <summary>Tells where a sender is.</summary>
    public static SenderPlace PlaceOf(SharedState* shared, Sender* sender)
    {
        PooledSender* entry = Of(shared, sender);
        return new SenderPlace(entry->Thread, (ushort)(entry - shared->SenderPool), entry->Receiver);
    }

    /// <summary>Ends the senders whose capabilities a process gave that has ended. To be repeated until it is done.</summary>
    public static Outcome ForgetGiver<TMachine>(KernelState* kernel, ulong process)
        where TMachine : struct, IScheduler, IUserInterruptController
    {
        for (uint i = 1; i < kernel->Shared->SenderCount; i++)
        {
            // A free one has none.
            if (kernel->Shared->SenderPool[i].Giver != process)
                continue;
            UserInterrupts<TMachine>.CloseSender(kernel, SenderLinks.At(kernel->Shared, i));
            if (TMachine.PreemptionPending(kernel))
                return Outcome.Preempted;
        }

        return Outcome.Done;
    }

    private static void Free(SharedState* shared, int index)
    {
        shared->SenderPool[index].NextOfThread = shared->FreeSender;
        shared->FreeSender = (ushort)index;
    }
}
