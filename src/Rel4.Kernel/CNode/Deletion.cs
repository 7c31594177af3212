namespace Rel4.Kernel;

/// <summary>Deletes capabilities, and the objects whose last capability goes (manual section "Deletion and Revocation").</summary>
/// <remarks>
/// The last capability to a CNode or thread becomes a <em>zombie</em>, which counts the slots of the object that may still hold capabilities;
/// they are deleted from the last to the first. If one of them is in turn the last capability to a CNode or thread, it changes
/// places with the first slot of that object: it now lies inside what it names, unreachable, and the recursion ends there. After every slot there
/// is a preemption point; a zombie is a capability like others, so what is left of the work is in the tree for whoever repeats it.
/// </remarks>
internal static unsafe class Deletion<TMachine>
    where TMachine : struct, IKernelMachine
{
    /// <summary>Tells whether the slot is deleted for a user, or as part of a container.</summary>
    private enum Exposure
    {
        Contained,
        Direct,
    }

    /// <summary>Deletes a capability.</summary>
    public static Outcome Delete(KernelState* kernel, Slot* slot) => Delete(kernel, slot, Exposure.Direct);

    /// <summary>Deletes all that was derived from a capability.</summary>
    public static Outcome Revoke(KernelState* kernel, Slot* slot)
    {
        while (DerivationTree.HasChildren(slot))
        {
            Outcome outcome = Delete(kernel, slot->Next, Exposure.Direct);
            if (outcome != Outcome.Done)
                return outcome;
            if (TMachine.PreemptionPending(kernel))
                return Outcome.Preempted;
        }

        return Outcome.Done;
    }

    /// <summary>Ends what a thread does, and leaves the object; for a machine on which threads can die.</summary>
    public static void Bury(KernelState* kernel, Tcb* thread)
    {
        StopForEver(kernel, thread);
        Replies.ForgetCaller<TMachine>(kernel, thread);
    }

    /// <summary>Deletes all capabilities in a CNode. To be repeated while it is preempted.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="node">The CNode.</param>
    /// <param name="emptied">How many slots are done, 0 at first. One that was empty was work, too.</param>
    public static Outcome Empty(KernelState* kernel, in Capability node, ref ulong emptied)
    {
        Slot* slots = node.Slots;
        for (ulong count = 1UL << node.Bits; emptied < count;)
        {
            Outcome outcome = Delete(kernel, &slots[emptied]);
            if (outcome != Outcome.Done)
                return outcome;
            emptied++;
            if (TMachine.PreemptionPending(kernel))
                return Outcome.Preempted;
        }

        return Outcome.Done;
    }

    private static Outcome Delete(KernelState* kernel, Slot* slot, Exposure exposure)
    {
        if (CloseSenders(kernel, slot) != Outcome.Done)
            return Outcome.Preempted;
        Outcome outcome = Clear(kernel, slot, exposure, out bool removable);
        if (outcome == Outcome.Done && removable)
            DerivationTree.Remove(slot);
        return outcome;
    }

    /// <summary>Does all that must happen before a slot can be emptied.</summary>
    private static Outcome Clear(KernelState* kernel, Slot* slot, Exposure exposure, out bool removable)
    {
        while (!slot->IsEmpty)
        {
            Capability rest = Finalise(kernel, slot);
            if (rest.IsNull || rest.SlotsLeft == 0 || (rest.SlotsLeft == 1 && rest.Slots == slot))
                break;
            slot->Cap = rest;
            if (exposure == Exposure.Contained && rest.Slots == slot)
            {
                removable = false;
                return Outcome.Done;
            }

            Outcome outcome = exposure == Exposure.Direct ? DeleteLastOf(kernel, slot) : ExchangeWithFirst(kernel, slot);
            if (outcome == Outcome.Done && TMachine.PreemptionPending(kernel))
                outcome = Outcome.Preempted;
            if (outcome != Outcome.Done)
            {
                removable = false;
                return outcome;
            }
        }

        removable = !slot->IsEmpty;
        return Outcome.Done;
    }

    /// <summary>Closes the senders that end with a capability: those registered through it, or those to the thread that ends with it.</summary>
    private static Outcome CloseSenders(KernelState* kernel, Slot* slot) => slot->Cap.Type switch
    {
        CapType.Notification => UserInterrupts<TMachine>.CloseSendersThrough(kernel, slot),
        CapType.Thread when DerivationTree.IsFinal(slot) => UserInterrupts<TMachine>.CloseSendersTo(kernel, slot->Cap.Thread),
        _ => Outcome.Done,
    };

    /// <summary>Deletes the last capability in the object of a zombie.</summary>
    private static Outcome DeleteLastOf(KernelState* kernel, Slot* zombie)
    {
        Capability before = zombie->Cap;
        Slot* last = before.Slots + (before.SlotsLeft - 1);
        Outcome outcome = Delete(kernel, last, Exposure.Contained);

        // The deletion may have emptied this very slot, or put something else in it, if the slot is inside what it names.
        if (outcome == Outcome.Done && last->IsEmpty && zombie->Cap.Word0 == before.Word0 && zombie->Cap.Word1 == before.Word1)
            zombie->Cap.SlotsLeft = before.SlotsLeft - 1;
        return outcome;
    }

    private static void StopForEver(KernelState* kernel, Tcb* thread)
    {
        // First, so that what is pending for it is not delivered to it, but stays its notification's.
        Threads<TMachine>.Suspend(kernel, thread);
        UserInterrupts<TMachine>.ForgetThread(kernel, thread);
    }

    private static Outcome ExchangeWithFirst(KernelState* kernel, Slot* zombie)
    {
        Slot* first = zombie->Cap.Slots;

        // What comes in the zombie's place is deleted next, without having been looked at.
        if (CloseSenders(kernel, first) != Outcome.Done)
            return Outcome.Preempted;
        DerivationTree.Swap(kernel, zombie->Cap, zombie, first->Cap, first);
        return Outcome.Done;
    }

    /// <summary>Ends what a capability stands for, if it is the last to its object.</summary>
    /// <returns>The zombie to put in its place, or null if the slot can be emptied.</returns>
    private static Capability Finalise(KernelState* kernel, Slot* slot)
    {
        Capability capability = slot->Cap;
        if (capability.Type == CapType.Zombie)
            return capability;
        if (capability.Type == CapType.Reply && !capability.IsMasterReply)
        {
            Replies.Abandon<TMachine>(kernel, capability.Thread);
            return default;
        }

        bool last = DerivationTree.IsFinal(slot);
        if (capability.Type is CapType.Thread or >= CapType.Frame)
            TMachine.Finalise(kernel, capability, last ? Finality.Last : Finality.Shared);
        if (!last)
            return default;
        switch (capability.Type)
        {
            case CapType.Endpoint:
                Rendezvous<TMachine>.CancelAll(kernel, capability.Endpoint);
                return default;
            case CapType.Notification:
                Notification* notification = capability.Notification;
                Signals<TMachine>.Unbind(notification);

                // Its senders are gone with the capabilities that they were registered through.
                if (notification->Receiver != null)
                    UserInterrupts<TMachine>.UnregisterReceiver(kernel, notification->Receiver);
                Signals<TMachine>.CancelAll(kernel, notification);
                return default;
            case CapType.CNode:
                return Capability.CNodeZombie(capability);
            case CapType.Thread:
                Tcb* thread = capability.Thread;
                if (thread->BoundNotification != null)
                    Signals<TMachine>.Unbind(thread->BoundNotification);
                StopForEver(kernel, thread);
                return Capability.ThreadZombie(thread);
            default:
                return default;
        }
    }
}
