using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>Registers and reclaims the receivers and senders of U-notifications.</summary>
/// <remarks>A receiver is a thread (<see cref="Tcb.ReceivedNotification"/>). So it and its senders are paid for by who made the threads.</remarks>
internal static unsafe class UserInterrupts<TMachine>
    where TMachine : struct, IScheduler, IUserInterruptController
{
    /// <summary>Senders that can be registered through one slot: who needs more copies the capability. So a search has a bound.</summary>
    public const int MostOfSlot = 256;

    /// <summary>Ties a notification to a thread; neither has a receiver. What was signalled becomes pending.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="notification">The notification.</param>
    /// <param name="thread">The thread.</param>
    /// <param name="interruption">How its code is interrupted.</param>
    public static Refusal RegisterReceiver(KernelState* kernel, Notification* notification, Tcb* thread, in Interruption interruption)
    {
        if (!TMachine.TryOpenReceiver(kernel, thread, interruption))
            return Refusal.NotEnoughMemory(0);
        notification->Receiver = thread;
        thread->ReceivedNotification = notification;

        ulong word = notification->Word;
        if (word != 0)
        {
            notification->Word = 0;
            notification->State = NotificationState.Idle;
            TMachine.Post(kernel, thread, word);
        }

        if (thread->BlockedOn == notification || (thread->BoundNotification == notification && thread->State == ThreadState.BlockedOnReceive))
            TMachine.SetWaitsInKernel(kernel, thread, waits: true);
        return default;
    }

    /// <summary>Ends a thread's registration and all senders that name it. What is pending becomes the notification's word again. To be repeated until it is done.</summary>
    public static Outcome UnregisterReceiver(KernelState* kernel, Tcb* thread)
    {
        if (CloseSendersTo(kernel, thread) != Outcome.Done)
            return Outcome.Preempted;
        Notification* notification = thread->ReceivedNotification;
        ulong pending = TMachine.TakePending(kernel, thread);
        TMachine.CloseReceiver(kernel, thread);
        notification->Receiver = null;
        thread->ReceivedNotification = null;
        if (pending != 0)
            Signals<TMachine>.Signal(kernel, notification, pending);
        return Outcome.Done;
    }

    /// <summary>Closes the senders that others have of a receiver. To be repeated until it is done.</summary>
    public static Outcome CloseSendersTo(KernelState* kernel, Tcb* receiver)
    {
        while (receiver->FirstOfReceiver != 0)
        {
            CloseSender(kernel, SenderLinks.At(kernel->Shared, receiver->FirstOfReceiver));
            if (TMachine.PreemptionPending(kernel))
                return Outcome.Preempted;
        }

        return Outcome.Done;
    }

    /// <summary>Closes the senders that were registered through a capability. To be repeated until it is done.</summary>
    public static Outcome CloseSendersThrough(KernelState* kernel, Slot* slot)
    {
        while (slot->FirstSender != 0)
        {
            CloseSender(kernel, SenderLinks.At(kernel->Shared, slot->FirstSender));
            if (TMachine.PreemptionPending(kernel))
                return Outcome.Preempted;
        }

        return Outcome.Done;
    }

    /// <summary>Gives a thread a sender for the notification of a capability whose badge has one bit.</summary>
    public static Refusal RegisterSender(KernelState* kernel, Tcb* thread, Slot* slot, out SenderHandle handle)
    {
        Sender* sender = FindSender(kernel, thread, slot, out int count);
        if (sender == null)
        {
            uint generation = kernel->Shared->SenderGeneration + 1;
            if (generation == 0)
                generation = 1;
            sender = count == MostOfSlot || !SenderLinks.Reaches(kernel->Shared, slot) ? null : TMachine.TryOpenSender(kernel, thread, slot, generation);
            if (sender == null)
            {
                handle = default;
                return Refusal.NotEnoughMemory(0);
            }

            kernel->Shared->SenderGeneration = generation;
            sender->Generation = generation;
            Link(kernel, sender, slot);
        }

        handle = new SenderHandle(TMachine.PlaceOf(kernel, sender).Index, sender->Generation);
        return default;
    }

    /// <summary>Finds the sender that a thread registered through a slot; null if there is none.</summary>
    public static Sender* FindSender(KernelState* kernel, Tcb* thread, Slot* slot) => FindSender(kernel, thread, slot, out _);

    /// <summary>Finds the sender that a handle of a thread's names; null if the handle is stale.</summary>
    /// <remarks>It may be closed.</remarks>
    public static Sender* FindSender(KernelState* kernel, Tcb* thread, SenderHandle handle)
    {
        Sender* sender = TMachine.FindSender(kernel, thread, handle.Index);
        return sender != null && sender->Generation == handle.Generation ? sender : null;
    }

    /// <summary>Takes a sender back from its thread, which may be about to die.</summary>
    public static void UnregisterSender(KernelState* kernel, Sender* sender)
    {
        Unlink(kernel, sender);
        TMachine.ReleaseSender(kernel, sender);
    }

    /// <summary>Takes away a sender whose thread knows nothing of it.</summary>
    public static void CloseSender(KernelState* kernel, Sender* sender)
    {
        Unlink(kernel, sender);
        TMachine.CloseSender(kernel, sender);
    }

    /// <summary>Ends all registrations of a thread that dies, whose senders others have no more (<see cref="CloseSendersTo"/>).</summary>
    public static void ForgetThread(KernelState* kernel, Tcb* thread)
    {
        if (thread->ReceivedNotification != null)
            UnregisterReceiver(kernel, thread);
        for (Sender* sender = TMachine.FindAnySender(kernel, thread); sender != null; sender = TMachine.FindAnySender(kernel, thread))
            UnregisterSender(kernel, sender);
    }

    private static Sender* FindSender(KernelState* kernel, Tcb* thread, Slot* slot, out int count)
    {
        count = 0;
        for (uint link = slot->FirstSender; link != 0; count++)
        {
            Sender* sender = SenderLinks.At(kernel->Shared, link);
            if (TMachine.PlaceOf(kernel, sender).Thread == thread)
                return sender;
            link = sender->NextOfSlot;
        }

        return null;
    }

    private static void Link(KernelState* kernel, Sender* sender, Slot* slot)
    {
        SharedState* shared = kernel->Shared;
        Tcb* receiver = TMachine.PlaceOf(kernel, sender).Receiver;
        uint link = SenderLinks.To(shared, sender);
        sender->SlotNumber = SenderLinks.NumberOf(shared, slot);
        sender->NextOfSlot = slot->FirstSender;
        sender->NextOfReceiver = receiver->FirstOfReceiver;
        if (sender->NextOfSlot != 0)
            SenderLinks.At(shared, sender->NextOfSlot)->PreviousOfSlot = link;
        if (sender->NextOfReceiver != 0)
            SenderLinks.At(shared, sender->NextOfReceiver)->PreviousOfReceiver = link;
        slot->FirstSender = link;
        receiver->FirstOfReceiver = link;
    }

    /// <summary>Takes a sender out of its chains, if it is open.</summary>
    private static void Unlink(KernelState* kernel, Sender* sender)
    {
        if (!sender->IsOpen)
            return;
        SharedState* shared = kernel->Shared;
        Sender* next = SenderLinks.At(shared, sender->NextOfSlot);
        if (!sender->IsFirstOfSlot)
        {
            SenderLinks.At(shared, sender->PreviousOfSlot)->NextOfSlot = sender->NextOfSlot;
            if (sender->NextOfSlot != 0)
                next->PreviousOfSlot = sender->PreviousOfSlot;
        }
        else
        {
            SenderLinks.SlotOf(shared, sender)->FirstSender = sender->NextOfSlot;
            if (sender->NextOfSlot != 0)
                next->SlotNumber = sender->SlotNumber;
        }

        if (sender->PreviousOfReceiver == 0)
            TMachine.PlaceOf(kernel, sender).Receiver->FirstOfReceiver = sender->NextOfReceiver;
        else
            SenderLinks.At(shared, sender->PreviousOfReceiver)->NextOfReceiver = sender->NextOfReceiver;
        if (sender->NextOfReceiver != 0)
            SenderLinks.At(shared, sender->NextOfReceiver)->PreviousOfReceiver = sender->PreviousOfReceiver;
        *sender = new Sender { Generation = sender->Generation };
    }
}
