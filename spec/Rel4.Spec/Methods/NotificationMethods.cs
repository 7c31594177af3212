using System.Collections.Immutable;
using System.Numerics;
using Rel4.Abi;
using Rel4.Spec.Rules;

namespace Rel4.Spec.Methods;

/// <summary>The methods of notifications, which are reL4's own (design, "U-notification").</summary>
/// <remarks>They need a Call; whatever else is sent to a notification signals it.</remarks>
public static class NotificationMethods
{
    /// <summary>Tells whether a label names a method.</summary>
    public static bool IsMethod(ulong label) =>
        (InvocationLabel)label is >= InvocationLabel.NotificationRegisterReceiver and <= InvocationLabel.NotificationUnregisterSender;

    /// <summary>Does what a message asks of a notification.</summary>
    public static (SpecState State, ImmutableArray<ulong> Results) InvokeNotification(
        this SpecState s, Invocation invocation, NotificationCap cap)
    {
        switch ((InvocationLabel)invocation.Label)
        {
            case InvocationLabel.NotificationRegisterReceiver:
                Need(cap, CapRights.Read);
                return s.RegisterReceiver(invocation, cap.Address);
            case InvocationLabel.NotificationUnregisterReceiver:
                Need(cap, CapRights.Read);
                return s.ReceiverOf(cap.Address) is null ? throw RefusalException.IllegalOperation() : (s.EndReceiverOf(cap.Address), []);
            case InvocationLabel.NotificationRegisterSender:
                Need(cap, CapRights.Write);
                return s.RegisterSender(invocation, cap);
            default:
                Need(cap, CapRights.Write);
                Sender sender = s.FindSender(invocation.Thread, invocation.Slot) ?? throw RefusalException.IllegalOperation();
                return (s with { Senders = s.Senders.Remove(sender) }, []);
        }
    }

    /// <summary>Makes a thread the receiver. Only it may wait on the notification from then on, so nobody else may wait already.</summary>
    private static (SpecState State, ImmutableArray<ulong> Results) RegisterReceiver(
        this SpecState s, Invocation invocation, ulong notification)
    {
        invocation.Need(words: 0, caps: 1);
        if (invocation.Caps[0].Cap is not TcbCap { Address: var thread })
            throw RefusalException.InvalidCapability(1);
        Notification ntfn = s.Notification(notification);
        if (s.ReceiverOf(notification) is not null
            || s.ReceiverThatIs(thread) is not null
            || (ntfn.BoundThread ?? thread) != thread
            || ntfn.Queue.Exists(waiter => waiter != thread))
        {
            throw RefusalException.IllegalOperation();
        }
        (s, int index) = s.BeginReceiver(notification, thread);
        return (s, [(ulong)index]);
    }

    /// <summary>Gives the calling thread a sender index; the badge's single bit becomes its vector.</summary>
    private static (SpecState State, ImmutableArray<ulong> Results) RegisterSender(
        this SpecState s, Invocation invocation, NotificationCap cap)
    {
        if (BitOperations.PopCount(cap.Badge) != 1)
            throw RefusalException.InvalidCapability(0);
        if (s.ReceiverOf(cap.Address) is not { } receiver)
            throw RefusalException.IllegalOperation();
        if (s.FindSender(invocation.Thread, invocation.Slot) is { } known)
            return (s, [UserInterrupts.HandleOf(known).Raw]);
        (s, Sender sender) = s.BeginSender(invocation.Thread, invocation.Slot, receiver, cap.Badge);
        return (s, [UserInterrupts.HandleOf(sender).Raw]);
    }

    private static void Need(NotificationCap cap, CapRights right)
    {
        if (!cap.Rights.HasFlag(right))
            throw RefusalException.InvalidCapability(0);
    }
}
