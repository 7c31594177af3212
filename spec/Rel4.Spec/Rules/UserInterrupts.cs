using System.Numerics;
using Rel4.Abi;

namespace Rel4.Spec.Rules;

/// <summary>The rules of the user-interrupt controller (<c>docs/architecture.md</c>, "U-notification").</summary>
public static class UserInterrupts
{
    // Those of one capability. It can be copied.
    private const int SendersPerSlot = 256;

    /// <summary>Finds the thread that receives for a notification.</summary>
    public static ulong? ReceiverOf(this SpecState s, ulong notification)
    {
        foreach (Receiver receiver in s.Receivers.Values)
        {
            if (receiver.Notification == notification)
                return receiver.Thread;
        }
        return null;
    }

    /// <summary>Sets pending bits of a receiver.</summary>
    public static SpecState AddPending(this SpecState s, ulong thread, ulong bits) => s with
    {
        Receivers = s.Receivers.SetItem(thread, s.Receivers[thread] with { Pending = s.Receivers[thread].Pending | bits }),
    };

    /// <summary>Makes a thread the receiver of a notification. What was signalled before becomes pending.</summary>
    public static SpecState BeginReceiver(this SpecState s, ulong notification, ulong thread)
    {
        Notification ntfn = s.Notification(notification);
        s = s with { Receivers = s.Receivers.Add(thread, new Receiver(notification, thread, ntfn.Word)) };
        return s.Put(ntfn with { IsActive = ntfn.IsActive && ntfn.Word == 0, Word = 0 });
    }

    /// <summary>Ends the receiver of a notification, if there is one, and every sender that names it.</summary>
    /// <remarks>What is pending is signalled once more, now as to any notification.</remarks>
    public static SpecState EndReceiverOf(this SpecState s, ulong notification)
    {
        if (s.ReceiverOf(notification) is not { } thread)
            return s;
        ulong pending = s.Receivers[thread].Pending;
        s = s.EndSenders(sender => sender.Receiver == thread) with { Receivers = s.Receivers.Remove(thread) };
        return pending == 0 ? s : s.Signal(notification, pending);
    }

    /// <summary>Ends what a dying thread has: its receiver and its senders.</summary>
    public static SpecState EndUserInterruptsOf(this SpecState s, ulong thread)
    {
        if (s.Receivers.TryGetValue(thread, out Receiver? receiver))
            s = s.EndReceiverOf(receiver.Notification);
        return s.EndSenders(sender => sender.Thread == thread);
    }

    /// <summary>Ends senders. Their indices are free, that of the first one registered to be used first. (Any order would do.)</summary>
    public static SpecState EndSenders(this SpecState s, Func<Sender, bool> isEnded)
    {
        foreach (Sender sender in s.Senders.Where(isEnded).OrderByDescending(sender => sender.Generation).ToList())
            s = s with { Senders = s.Senders.Remove(sender), FreeSenders = s.FreeSenders.Insert(0, sender.Index) };
        return s;
    }

    /// <summary>Finds the sender that a thread registered with the capability in a slot.</summary>
    public static Sender? FindSender(this SpecState s, ulong thread, SlotId slot) =>
        s.Senders.Find(sender => sender.Thread == thread && sender.Slot == slot);

    /// <summary>Gives a thread a sender: an index that was free, under a generation never used before.</summary>
    /// <exception cref="RefusalException">The table is full, or the capability has its share of it.</exception>
    public static (SpecState State, Sender Sender) BeginSender(this SpecState s, ulong thread, SlotId slot, ulong receiver, ulong badge)
    {
        if (s.FreeSenders is not [int index, ..] || s.Senders.Count(sender => sender.Slot == slot) == SendersPerSlot)
            throw RefusalException.NotEnoughMemory(0);
        Sender made = new(thread, index, s.NextGeneration, slot, receiver, BitOperations.TrailingZeroCount(badge));
        return (s with { Senders = s.Senders.Add(made), FreeSenders = s.FreeSenders.RemoveAt(0), NextGeneration = s.NextGeneration + 1 }, made);
    }

    /// <summary>Takes back the sender that a handle of a thread's names.</summary>
    /// <exception cref="RefusalException">The handle is stale.</exception>
    public static SpecState EndSender(this SpecState s, ulong thread, ulong handle)
    {
        Sender sender = s.FindSender(thread, handle) ?? throw RefusalException.IllegalOperation();
        return s.EndSenders(candidate => candidate == sender);
    }

    /// <summary>Gives the handle of a sender.</summary>
    public static SenderHandle HandleOf(Sender sender) => new((ushort)sender.Index, sender.Generation);

    /// <summary>Posts a user interrupt. The kernel has no part in it unless the receiver's thread waits in the kernel.</summary>
    public static SpecState Post(this SpecState s, ulong thread, ulong handle)
    {
        Sender? sender = s.FindSender(thread, handle);
        if (sender is null)
            return s with { PostAccepted = false };
        s = s.AddPending(sender.Receiver, 1UL << sender.Vector) with { PostAccepted = true };
        (ulong notification, ulong receiver, _) = s.Receivers[sender.Receiver];
        bool waits = s.Thread(receiver).State switch
        {
            BlockedOnNotification wait => wait.Notification == notification,
            BlockedOnReceive => s.Thread(receiver).BoundNotification == notification,
            _ => false,
        };
        return waits ? s.Awaken(notification, receiver).Exit() : s;
    }

    private static Sender? FindSender(this SpecState s, ulong thread, ulong handle) =>
        s.Senders.Find(candidate => candidate.Thread == thread && HandleOf(candidate).Raw == handle);
}
