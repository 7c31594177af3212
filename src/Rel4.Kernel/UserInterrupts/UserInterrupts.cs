using System.Numerics;
using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>Registers and reclaims the receivers and senders of U-notifications.</summary>
internal static unsafe class UserInterrupts<TMachine>
    where TMachine : struct, IScheduler, IUserInterruptController
{
    /// <summary>Ties a notification to a thread; neither has a receiver. What was signalled becomes pending.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="made">What the receiver is to be: its notification, its thread, and how that is interrupted.</param>
    /// <param name="index">Its place in the table.</param>
    public static Refusal RegisterReceiver(KernelState* kernel, in Receiver made, out ushort index)
    {
        index = kernel->Shared->FreeReceiver;
        if (index == 0)
            return Refusal.NotEnoughMemory(0);
        Receiver* receiver = &kernel->Shared->Receivers[index];
        ushort nextFree = receiver->NextFree;
        *receiver = made;
        if (!TMachine.TryOpenReceiver(kernel, receiver))
        {
            *receiver = new Receiver { NextFree = nextFree };
            return Refusal.NotEnoughMemory(0);
        }

        Notification* notification = receiver->Notification;
        Tcb* thread = receiver->Thread;
        kernel->Shared->FreeReceiver = nextFree;
        notification->Receiver = index;
        thread->Receiver = index;

        ulong word = notification->Word;
        if (word != 0)
        {
            notification->Word = 0;
            notification->State = NotificationState.Idle;
            TMachine.Post(kernel, receiver, word);
        }

        if (thread->BlockedOn == notification || (thread->BoundNotification == notification && thread->State == ThreadState.BlockedOnReceive))
            TMachine.SetWaitsInKernel(kernel, receiver, waits: true);
        return default;
    }

    /// <summary>Ends a registration and all senders that name it. What is pending becomes the notification's word again.</summary>
    public static void UnregisterReceiver(KernelState* kernel, ushort index)
    {
        if (index == 0)
            return;
        Receiver* receiver = &kernel->Shared->Receivers[index];
        while (receiver->FirstSender != 0)
            UnregisterSender(kernel, receiver->FirstSender);
        Notification* notification = receiver->Notification;
        ulong pending = TMachine.TakePending(kernel, receiver);
        TMachine.CloseReceiver(kernel, receiver);
        notification->Receiver = 0;
        receiver->Thread->Receiver = 0;
        *receiver = default;
        receiver->NextFree = kernel->Shared->FreeReceiver;
        kernel->Shared->FreeReceiver = index;
        if (pending != 0)
            Signals<TMachine>.Signal(kernel, notification, pending);
    }

    /// <summary>Gives a thread a sender for the notification of a capability whose badge has one bit.</summary>
    public static Refusal RegisterSender(KernelState* kernel, Tcb* thread, Slot* slot, out SenderHandle handle)
    {
        ushort number = FindSender(kernel, thread, slot);
        Sender* sender = &kernel->Shared->Senders[number];
        handle = new SenderHandle(sender->Index, sender->Generation);
        if (number != 0)
            return default;
        number = kernel->Shared->FreeSender;
        int index = number == 0 ? -1 : thread->SenderIndices.Take();
        if (index < 0)
            return Refusal.NotEnoughMemory(0);
        sender = &kernel->Shared->Senders[number];
        ushort nextFree = sender->NextOfSlot;
        *sender = default;
        sender->Thread = thread;
        sender->Index = (ushort)index;
        sender->Generation = kernel->Shared->SenderGeneration + 1;
        sender->Receiver = slot->Cap.Notification->Receiver;
        sender->Giver = thread->GivenSlot == slot ? thread->Giver : 0;
        sender->Vector = (byte)BitOperations.TrailingZeroCount(slot->Cap.Badge);
        if (!TMachine.TryOpenSender(kernel, sender))
        {
            thread->SenderIndices.Release(index);
            *sender = default;
            sender->NextOfSlot = nextFree;
            return Refusal.NotEnoughMemory(0);
        }

        kernel->Shared->FreeSender = nextFree;
        kernel->Shared->SenderGeneration++;
        Link(kernel, number, slot);
        handle = new SenderHandle(sender->Index, sender->Generation);
        return default;
    }

    /// <summary>Finds the sender that a thread registered through a slot; 0 if there is none.</summary>
    /// <remarks>Walks the slot's senders, all of one receiver: at most as many as the machine lets one have (<c>TryOpenSender</c>; 1,024 on Hosted).</remarks>
    public static ushort FindSender(KernelState* kernel, Tcb* thread, Slot* slot)
    {
        ushort number = slot->FirstSender;
        while (number != 0 && kernel->Shared->Senders[number].Thread != thread)
            number = kernel->Shared->Senders[number].NextOfSlot;
        return number;
    }

    public static void UnregisterSender(KernelState* kernel, ushort number)
    {
        Sender* sender = &kernel->Shared->Senders[number];
        TMachine.CloseSender(kernel, sender);
        sender->Thread->SenderIndices.Release(sender->Index);
        Unlink(kernel, sender);
        *sender = default;
        sender->NextOfSlot = kernel->Shared->FreeSender;
        kernel->Shared->FreeSender = number;
    }

    /// <summary>Ends all senders that were registered through a capability that is deleted.</summary>
    public static void ForgetSlot(KernelState* kernel, Slot* slot)
    {
        while (slot->FirstSender != 0)
            UnregisterSender(kernel, slot->FirstSender);
    }

    /// <summary>Ends the senders whose capabilities a process gave that has ended. To be repeated until it is done.</summary>
    public static Outcome ForgetGiver(KernelState* kernel, ulong process)
    {
        for (int number = 1; number < kernel->Shared->SenderCount; number++)
        {
            // A free one has none.
            if (kernel->Shared->Senders[number].Giver != process)
                continue;
            UnregisterSender(kernel, (ushort)number);
            if (TMachine.PreemptionPending(kernel))
                return Outcome.Preempted;
        }

        return Outcome.Done;
    }

    /// <summary>Ends all registrations of a thread that dies.</summary>
    public static void ForgetThread(KernelState* kernel, Tcb* thread)
    {
        UnregisterReceiver(kernel, thread->Receiver);
        while (thread->FirstSender != 0)
            UnregisterSender(kernel, thread->FirstSender);
    }

    private static void Link(KernelState* kernel, ushort number, Slot* slot)
    {
        Sender* sender = &kernel->Shared->Senders[number];
        Receiver* receiver = &kernel->Shared->Receivers[sender->Receiver];
        sender->NextOfSlot = slot->FirstSender;
        sender->NextOfThread = sender->Thread->FirstSender;
        sender->NextOfReceiver = receiver->FirstSender;

        // Entry 0 takes the writes that would go to a neighbour that does not exist; nobody reads them.
        kernel->Shared->Senders[sender->NextOfSlot].PreviousOfSlot = number;
        kernel->Shared->Senders[sender->NextOfSlot].Slot = null;
        kernel->Shared->Senders[sender->NextOfThread].PreviousOfThread = number;
        kernel->Shared->Senders[sender->NextOfReceiver].PreviousOfReceiver = number;
        sender->Slot = slot;
        slot->FirstSender = number;
        sender->Thread->FirstSender = number;
        receiver->FirstSender = number;
    }

    private static void Unlink(KernelState* kernel, Sender* sender)
    {
        Sender* all = kernel->Shared->Senders;
        if (sender->PreviousOfSlot == 0)
            sender->Slot->FirstSender = sender->NextOfSlot;
        else
            all[sender->PreviousOfSlot].NextOfSlot = sender->NextOfSlot;
        if (sender->PreviousOfThread == 0)
            sender->Thread->FirstSender = sender->NextOfThread;
        else
            all[sender->PreviousOfThread].NextOfThread = sender->NextOfThread;
        if (sender->PreviousOfReceiver == 0)
            kernel->Shared->Receivers[sender->Receiver].FirstSender = sender->NextOfReceiver;
        else
            all[sender->PreviousOfReceiver].NextOfReceiver = sender->NextOfReceiver;

        all[sender->NextOfSlot].PreviousOfSlot = sender->PreviousOfSlot;
        all[sender->NextOfSlot].Slot = sender->Slot;
        all[sender->NextOfThread].PreviousOfThread = sender->PreviousOfThread;
        all[sender->NextOfReceiver].PreviousOfReceiver = sender->PreviousOfReceiver;
    }
}
