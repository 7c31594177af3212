namespace Rel4.Spec.Rules;

/// <summary>The rules of notifications (manual, "Signalling, Polling and Waiting", "Binding Notifications").</summary>
/// <remarks>
/// With a user-interrupt receiver, badges gather in the receiver's pending bits in place of the notification's word (<c>docs/architecture.md</c>,
/// "U-notification").
/// </remarks>
public static class Notifications
{
    /// <summary>
    /// Signals: the first waiter gets the badge, or else a bound thread that waits on an endpoint, or else the badge is kept.
    /// </summary>
    public static SpecState Signal(this SpecState s, ulong notification, ulong badge)
    {
        Notification ntfn = s.Notification(notification);
        s = s.AddSignal(notification, badge);
        if (ntfn.Queue is [ulong waiter, ..])
            return s.Awaken(notification, waiter);
        return ntfn.BoundThread is { } bound && s.Thread(bound).State is BlockedOnReceive ? s.Awaken(notification, bound) : s;
    }

    /// <summary>Waits for a signal, or polls: a kept one is taken at once.</summary>
    public static SpecState Wait(this SpecState s, ulong thread, ulong notification, bool isBlocking)
    {
        if (s.HasSignal(notification))
            return s.TakeSignal(notification, thread);
        if (!isBlocking)
            return s.DeliverSignal(thread, 0);
        Notification ntfn = s.Notification(notification);
        return s.Put(ntfn with { Queue = ntfn.Queue.Add(thread) }).SetState(thread, new BlockedOnNotification(notification));
    }

    /// <summary>Tells whether a signal is kept.</summary>
    public static bool HasSignal(this SpecState s, ulong notification) =>
        s.Notification(notification).IsActive || s.ReceiverOf(notification) is { } receiver && s.Receivers[receiver].Pending != 0;

    /// <summary>Hands a thread all that has been signalled.</summary>
    public static SpecState TakeSignal(this SpecState s, ulong notification, ulong thread)
    {
        Notification ntfn = s.Notification(notification);
        ulong word = ntfn.Word;
        if (s.ReceiverOf(notification) is { } receiver)
        {
            word |= s.Receivers[receiver].Pending;
            s = s with { Receivers = s.Receivers.SetItem(receiver, s.Receivers[receiver] with { Pending = 0 }) };
        }
        return s.Put(ntfn with { IsActive = false, Word = 0 }).DeliverSignal(thread, word);
    }

    /// <summary>Hands a thread that waits, on the notification or on an endpoint, all that has been signalled.</summary>
    public static SpecState Awaken(this SpecState s, ulong notification, ulong thread) => s.CancelIpc(thread)
        .TakeSignal(notification, thread)
        .SetState(thread, new Running())
        .Wake(thread);

    /// <summary>Keeps a badge. An unbadged signal has no bit, so it always makes the notification active.</summary>
    private static SpecState AddSignal(this SpecState s, ulong notification, ulong badge)
    {
        if (badge != 0 && s.ReceiverOf(notification) is { } index)
            return s.AddPending(index, badge);
        Notification ntfn = s.Notification(notification);
        return s.Put(ntfn with { IsActive = true, Word = ntfn.Word | badge });
    }
}
