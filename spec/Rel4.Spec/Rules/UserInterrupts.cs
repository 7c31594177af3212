using System.Numerics;
using Rel4.Abi;

namespace Rel4.Spec.Rules;

/// <summary>The rules of the user-interrupt controller (<c>docs/architecture.md</c>, "U-notification").</summary>
public static class UserInterrupts
{
    private const int SendersPerThread = 1024;

    /// <summary>Finds the receiver of a notification.</summary>
    public static int? ReceiverOf(this SpecState s, ulong notification) =>
        s.FindReceiver(receiver => receiver.Notification == notification);

    /// <summary>Finds the receiver that a thread is.</summary>
    public static int? ReceiverThatIs(this SpecState s, ulong thread) => s.FindReceiver(receiver => receiver.Thread == thread);

    /// <summary>Sets pending bits of a receiver.</summary>
    public static SpecState AddPending(this SpecState s, int index, ulong bits) => s with
    {
        Receivers = s.Receivers.SetItem(index, s.Receivers[index] with { Pending = s.Receivers[index].Pending | bits }),
    };

    /// <summary>Makes a thread the receiver of a notification. What was signalled before becomes pending.</summary>
    /// <returns>The receiver's index. Any free one would do; it is the one that was freed last.</returns>
    /// <exception cref="RefusalException">The table is full.</exception>
    public static (SpecState State, int Index) BeginReceiver(this SpecState s, ulong notification, ulong thread)
    {
        if (s.FreeReceivers is not [int index, ..])
            throw RefusalException.NotEnoughMemory(0);
        Notification ntfn = s.Notification(notification);
        s = s with
        {
            FreeReceivers = s.FreeReceivers.RemoveAt(0),
            Receivers = s.Receivers.Add(index, new Receiver(notification, thread, ntfn.Word)),
        };
        return (s.Put(ntfn with { IsActive = ntfn.IsActive && ntfn.Word == 0, Word = 0 }), index);
    }

    /// <summary>Ends the receiver of a notification, if there is one, and every sender that names it.</summary>
    /// <remarks>What is pending is signalled once more, now as to any notification.</remarks>
    public static SpecState EndReceiverOf(this SpecState s, ulong notification)
    {
        if (s.ReceiverOf(notification) is not { } index)
            return s;
        ulong pending = s.Receivers[index].Pending;
        s = s with
        {
            FreeReceivers = s.FreeReceivers.Insert(0, index),
            Receivers = s.Receivers.Remove(index),
            Senders = s.Senders.RemoveAll(sender => sender.Receiver == index),
        };
        return pending == 0 ? s : s.Signal(notification, pending);
    }

    /// <summary>Ends what a dying thread has: its receiver and its senders.</summary>
    public static SpecState EndUserInterruptsOf(this SpecState s, ulong thread)
    {
        if (s.ReceiverThatIs(thread) is { } index)
            s = s.EndReceiverOf(s.Receivers[index].Notification);
        return s with { Senders = s.Senders.RemoveAll(sender => sender.Thread == thread) };
    }

    /// <summary>Finds the sender that a thread registered with the capability in a slot.</summary>
    public static Sender? FindSender(this SpecState s, ulong thread, SlotId slot) =>
        s.Senders.Find(sender => sender.Thread == thread && sender.Slot == slot);

    /// <summary>Gives a thread a sender: the lowest index that it has free, under a generation never used before.</summary>
    /// <exception cref="RefusalException">The thread's table or the kernel's is full.</exception>
    public static (SpecState State, Sender Sender) BeginSender(this SpecState s, ulong thread, SlotId slot, int receiver, ulong badge)
    {
        HashSet<int> used = [.. s.Senders.Where(sender => sender.Thread == thread).Select(sender => sender.Index)];
        if (used.Count == SendersPerThread || s.Senders.Count == s.MaxSenders)
            throw RefusalException.NotEnoughMemory(0);
        int index = Enumerable.Range(0, SendersPerThread).First(i => !used.Contains(i));
        Sender made = new(thread, index, s.NextGeneration, slot, receiver, BitOperations.TrailingZeroCount(badge));
        return (s with { Senders = s.Senders.Add(made), NextGeneration = s.NextGeneration + 1 }, made);
    }

    /// <summary>Gives the handle of a sender.</summary>
    public static SenderHandle HandleOf(Sender sender) => new((ushort)sender.Index, sender.Generation);

    /// <summary>Posts a user interrupt. The kernel has no part in it unless the receiver's thread waits in the kernel.</summary>
    public static SpecState Post(this SpecState s, ulong thread, ulong handle)
    {
        Sender? sender = s.Senders.Find(candidate => candidate.Thread == thread && HandleOf(candidate).Raw == handle);
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

    private static int? FindReceiver(this SpecState s, Func<Receiver, bool> isWanted)
    {
        foreach ((int index, Receiver receiver) in s.Receivers)
        {
            if (isWanted(receiver))
                return index;
        }
        return null;
    }
}
