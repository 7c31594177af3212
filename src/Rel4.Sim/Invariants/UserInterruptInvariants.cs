using System.Numerics;
using Rel4.Abi;
using Rel4.Kernel;
using ThreadState = Rel4.Kernel.ThreadState;

namespace Rel4.Sim;

/// <summary>Checks the tables of user-interrupt receivers and senders.</summary>
/// <remarks>
/// <list type="number">
/// <item>An entry is in use or in the chain of free ones.</item>
/// <item>A receiver, its notification and its thread name each other.</item>
/// <item>A sender is in the chains of its slot, thread and receiver, once each; only the first of a slot's chain names the slot.</item>
/// <item>That slot holds a capability to the receiver's notification with the Write right and the vector's bit as its badge.</item>
/// <item>The indices of a thread's senders are those its set has; generations were given out and differ.</item>
/// <item>A thread that waits in the kernel for its receiver's notification has nothing pending, and posts enter the kernel.</item>
/// </list>
/// </remarks>
internal static unsafe class UserInterruptInvariants
{
    [ThreadStatic]
    private static HashSet<int>? s_free;
    [ThreadStatic]
    private static HashSet<int>? s_chained;
    [ThreadStatic]
    private static HashSet<ulong>? s_unique;

    private enum Chain
    {
        Slot,
        Thread,
        Receiver,
    }

    public static void Check(Survey survey)
    {
        s_free ??= [];
        s_chained ??= [];
        s_unique ??= [];
        CheckReceivers(survey);
        CheckSenders(survey);
        CheckChains(survey, Chain.Slot);
        CheckChains(survey, Chain.Thread);
        CheckChains(survey, Chain.Receiver);
        CheckBackPointers(survey);
    }

    private static void CheckReceivers(Survey survey)
    {
        KernelState* state = survey.State;
        s_free!.Clear();
        for (ushort index = state->Shared->FreeReceiver; index != 0; index = state->Shared->Receivers[index].NextFree)
        {
            if (index >= state->Shared->ReceiverCount || !s_free.Add(index))
            {
                survey.Report($"the chain of free receivers runs wild at {index}");
                break;
            }
        }

        for (int index = 1; index < state->Shared->ReceiverCount; index++)
        {
            Receiver* receiver = &state->Shared->Receivers[index];
            bool isFree = receiver->Notification == null && receiver->Thread == null;
            if (isFree != s_free.Contains(index))
                survey.Report($"receiver {index} is {(isFree ? "unused but not free" : "free but used")}");
            if (isFree)
                continue;
            if (!survey.IsNotification(receiver->Notification) || receiver->Notification->Receiver != index)
                survey.Report($"receiver {index} names notification {survey.Describe(receiver->Notification)}, which does not name it");
            else if (!survey.IsThread(receiver->Thread) || receiver->Thread->Receiver != index)
                survey.Report($"receiver {index} names thread {survey.Describe(receiver->Thread)}, which does not name it");
            else
                CheckWaiter(survey, (ushort)index, receiver);
        }
    }

    private static void CheckWaiter(Survey survey, ushort index, Receiver* receiver)
    {
        Tcb* thread = receiver->Thread;
        bool waits = thread->State == ThreadState.BlockedOnNotification && thread->BlockedOn == receiver->Notification;
        bool receives = thread->State == ThreadState.BlockedOnReceive && thread->BoundNotification == receiver->Notification;
        if ((waits || receives) && !survey.Subject.WaitsInKernel(index))
            survey.Report($"the thread of receiver {index} waits in the kernel, and its senders cannot know");
        ulong pending = survey.Subject.PendingOf(index);
        if (waits && pending != 0)
            survey.Report($"the thread of receiver {index} waits while 0x{pending:x} is pending");
    }

    private static void CheckSenders(Survey survey)
    {
        KernelState* state = survey.State;
        s_free!.Clear();
        s_unique!.Clear();
        for (ushort number = state->Shared->FreeSender; number != 0; number = state->Shared->Senders[number].NextOfSlot)
        {
            if (number >= state->Shared->SenderCount || !s_free.Add(number))
            {
                survey.Report($"the chain of free senders runs wild at {number}");
                break;
            }
        }

        for (int number = 1; number < state->Shared->SenderCount; number++)
        {
            Sender* sender = &state->Shared->Senders[number];
            bool isFree = sender->Thread == null;
            if (isFree != s_free.Contains(number))
                survey.Report($"sender {number} is {(isFree ? "unused but not free" : "free but used")}");
            if (!isFree)
                CheckSender(survey, number, sender);
        }
    }

    private static void CheckSender(Survey survey, int number, Sender* sender)
    {
        KernelState* state = survey.State;
        if (sender->Generation == 0 || sender->Generation > state->Shared->SenderGeneration || !s_unique!.Add(sender->Generation))
            survey.Report($"sender {number} has generation {sender->Generation}, the last given out being {state->Shared->SenderGeneration}");
        if (sender->Receiver == 0 || sender->Receiver >= state->Shared->ReceiverCount || state->Shared->Receivers[sender->Receiver].Notification == null)
            survey.Report($"sender {number} names receiver {sender->Receiver}, which is not registered");
        if (!survey.IsThread(sender->Thread))
            survey.Report($"sender {number} names thread {survey.Describe(sender->Thread)}, which does not live");
        if (sender->Vector >= Limits.Vectors)
            survey.Report($"sender {number} has vector {sender->Vector}");
        if ((sender->Slot != null) != (sender->PreviousOfSlot == 0))
            survey.Report(
                $"sender {number} names slot {survey.Describe((void*)sender->Slot)}, its predecessor being {sender->PreviousOfSlot}");
    }

    /// <summary>Goes through all chains of one kind; together they hold every sender once.</summary>
    private static void CheckChains(Survey survey, Chain kind)
    {
        KernelState* state = survey.State;
        s_chained!.Clear();
        switch (kind)
        {
            case Chain.Slot:
                foreach (nint slot in survey.Slots)
                    Walk(survey, kind, ((Slot*)slot)->FirstSender, (void*)slot);
                break;
            case Chain.Thread:
                foreach (nint thread in survey.Threads)
                    WalkThread(survey, (Tcb*)thread);
                break;
            default:
                for (int index = 1; index < state->Shared->ReceiverCount; index++)
                    Walk(survey, kind, state->Shared->Receivers[index].FirstSender, &state->Shared->Receivers[index]);
                break;
        }

        for (int number = 1; number < state->Shared->SenderCount; number++)
        {
            if (state->Shared->Senders[number].Thread != null && !s_chained.Contains(number))
                survey.Report($"sender {number} is in no {kind}'s chain");
        }
    }

    private static void Walk(Survey survey, Chain kind, ushort first, void* owner)
    {
        Slot* slot = kind == Chain.Slot ? (Slot*)owner : null;
        ushort previous = 0;
        for (ushort number = first; number != 0;)
        {
            Sender* sender = &survey.State->Shared->Senders[number];
            if (number >= survey.State->Shared->SenderCount || sender->Thread == null || !s_chained!.Add(number))
            {
                survey.Report($"the chain of senders of {kind} {survey.Describe(owner)} runs wild at {number}");
                return;
            }

            (ushort next, ushort back, bool isOwned) = kind switch
            {
                Chain.Slot => (sender->NextOfSlot, sender->PreviousOfSlot, IsThrough(survey, sender, slot)),
                Chain.Thread => (sender->NextOfThread, sender->PreviousOfThread, sender->Thread == owner),
                _ => (sender->NextOfReceiver, sender->PreviousOfReceiver, &survey.State->Shared->Receivers[sender->Receiver] == owner),
            };
            if (back != previous || !isOwned)
                survey.Report($"sender {number} is in the chain of {kind} {survey.Describe(owner)} without belonging there");
            previous = number;
            number = next;
        }
    }

    /// <summary>Tells whether a sender can have been registered through a slot.</summary>
    private static bool IsThrough(Survey survey, Sender* sender, Slot* slot) =>
        (sender->PreviousOfSlot != 0 || sender->Slot == slot)
        && slot->Cap.Type == CapType.Notification
        && slot->Cap.Has(CapRights.Write)
        && slot->Cap.Badge == 1UL << sender->Vector
        && slot->Cap.Address == survey.State->Shared->Receivers[sender->Receiver].Notification;

    private static void WalkThread(Survey survey, Tcb* thread)
    {
        Walk(survey, Chain.Thread, thread->FirstSender, thread);
        ReadOnlySpan<ulong> indices = new(&thread->SenderIndices, SenderIndexSet.Capacity / 64);
        int used = 0;
        foreach (ulong word in indices)
            used += BitOperations.PopCount(word);
        s_unique!.Clear();
        Sender* senders = survey.State->Shared->Senders;
        for (ushort number = thread->FirstSender; number != 0 && number < survey.State->Shared->SenderCount && used >= 0; used--)
        {
            int index = senders[number].Index;
            if (index >= SenderIndexSet.Capacity || ((indices[index / 64] >> (index % 64)) & 1) == 0 || !s_unique.Add((ulong)index))
                survey.Report($"sender {number} has index {index}, which its thread did not give out once");
            number = senders[number].NextOfThread;
        }

        if (used != 0)
            survey.Report($"thread {survey.Describe(thread)} has given out other sender indices than it has senders");
    }

    private static void CheckBackPointers(Survey survey)
    {
        KernelState* state = survey.State;
        foreach (nint address in survey.Threads)
        {
            var thread = (Tcb*)address;
            if (thread->Receiver != 0 && (thread->Receiver >= state->Shared->ReceiverCount || state->Shared->Receivers[thread->Receiver].Thread != thread))
                survey.Report($"thread {survey.Describe(thread)} names receiver {thread->Receiver}, which does not name it");
        }

        foreach (ref KernelObject found in survey.Objects)
        {
            if (found.Type != CapType.Notification)
                continue;
            var notification = (Notification*)found.Address;
            ushort index = notification->Receiver;
            if (index != 0 && (index >= state->Shared->ReceiverCount || state->Shared->Receivers[index].Notification != notification))
                survey.Report($"notification {survey.Describe(notification)} names receiver {index}, which does not name it");
        }
    }
}
