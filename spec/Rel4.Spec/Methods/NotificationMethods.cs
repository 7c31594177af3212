using System.Collections.Immutable;
using System.Numerics;
using Rel4.Abi;
using Rel4.Spec.Rules;

namespace Rel4.Spec.Methods;

/// <summary>The methods of notifications, which are reL4's own (<c>docs/architecture.md</c>, "U-notification").</summary>
/// <remarks>
/// They need a Call; whatever else is sent to a notification signals it. A thread has them as well, with the notification as the argument.
/// </remarks>
public static class NotificationMethods
{
    /// <summary>Tells whether a label names a method.</summary>
    public static bool IsMethod(ulong label) =>
        (InvocationLabel)label is >= InvocationLabel.NotificationRegisterReceiver and <= InvocationLabel.NotificationUnregisterSender;

    /// <summary>Does what a message asks of a notification.</summary>
    public static (SpecState State, ImmutableArray<ulong> Results) InvokeNotification(
        this SpecState s, Invocation invocation, NotificationCap cap)
    {
        Need((InvocationLabel)invocation.Label, cap, number: 0);
        ulong thread = invocation.Thread;
        if ((InvocationLabel)invocation.Label is InvocationLabel.NotificationRegisterReceiver)
        {
            invocation.Need(words: 0, caps: 1);
            thread = invocation.Caps[0].Cap is TcbCap { Address: var named } ? named : throw RefusalException.InvalidCapability(1);
        }

        return s.Perform((InvocationLabel)invocation.Label, invocation.Slot, cap, thread, number: 0);
    }

    /// <summary>Does what a message asks of a thread, with a notification as the argument.</summary>
    public static (SpecState State, ImmutableArray<ulong> Results) InvokeNotificationFor(
        this SpecState s, Invocation invocation, ulong thread, InvocationLabel method)
    {
        if (method is InvocationLabel.NotificationUnregisterSender && invocation.Caps.IsEmpty)
        {
            invocation.Need(words: 1, caps: 0);
            return (s.EndSender(thread, invocation.Words[0]), []);
        }

        invocation.Need(words: 0, caps: 1);
        if (invocation.Caps[0] is not { Cap: NotificationCap cap, Slot: var slot })
            throw RefusalException.InvalidCapability(1);
        Need(method, cap, number: 1);
        if (method is InvocationLabel.NotificationUnregisterReceiver && s.ReceiverOf(cap.Address) != thread)
            throw RefusalException.IllegalOperation();
        return s.Perform(method, slot, cap, thread, number: 1);
    }

    private static (SpecState State, ImmutableArray<ulong> Results) Perform(
        this SpecState s, InvocationLabel label, SlotId slot, NotificationCap cap, ulong thread, ulong number)
    {
        switch (label)
        {
            case InvocationLabel.NotificationRegisterReceiver:
                return s.RegisterReceiver(cap.Address, thread);
            case InvocationLabel.NotificationUnregisterReceiver:
                return s.ReceiverOf(cap.Address) is null ? throw RefusalException.IllegalOperation() : (s.EndReceiverOf(cap.Address), []);
            case InvocationLabel.NotificationRegisterSender:
                return s.RegisterSender(slot, cap, thread, number);
            default:
                Sender sender = s.FindSender(thread, slot) ?? throw RefusalException.IllegalOperation();
                return (s.EndSenders(candidate => candidate == sender), []);
        }
    }

    /// <summary>Makes a thread the receiver. Only it may wait on the notification from then on, so nobody else may wait already.</summary>
    private static (SpecState State, ImmutableArray<ulong> Results) RegisterReceiver(this SpecState s, ulong notification, ulong thread)
    {
        Notification ntfn = s.Notification(notification);
        if (s.ReceiverOf(notification) is not null
            || s.Receivers.ContainsKey(thread)
            || (ntfn.BoundThread ?? thread) != thread
            || ntfn.Queue.Exists(waiter => waiter != thread))
        {
            throw RefusalException.IllegalOperation();
        }
        return (s.BeginReceiver(notification, thread), [0]);
    }

    /// <summary>Gives a thread a sender index; the badge's single bit becomes its vector.</summary>
    private static (SpecState State, ImmutableArray<ulong> Results) RegisterSender(
        this SpecState s, SlotId slot, NotificationCap cap, ulong thread, ulong number)
    {
        if (BitOperations.PopCount(cap.Badge) != 1)
            throw RefusalException.InvalidCapability(number);
        if (s.ReceiverOf(cap.Address) is not { } receiver)
            throw RefusalException.IllegalOperation();
        if (s.FindSender(thread, slot) is { } known)
            return (s, [UserInterrupts.HandleOf(known).Raw]);
        (s, Sender sender) = s.BeginSender(thread, slot, receiver, cap.Badge);
        return (s, [UserInterrupts.HandleOf(sender).Raw]);
    }

    private static void Need(InvocationLabel label, NotificationCap cap, ulong number)
    {
        CapRights right = label is InvocationLabel.NotificationRegisterReceiver or InvocationLabel.NotificationUnregisterReceiver
            ? CapRights.Read : CapRights.Write;
        if (!cap.Rights.HasFlag(right))
            throw RefusalException.InvalidCapability(number);
    }
}
