namespace Rel4.Spec.Rules;

/// <summary>The rules of reply capabilities (manual, "Calling and Replying").</summary>
public static class Replies
{
    /// <summary>
    /// Replies with the capability in the thread's caller slot, if there is one (manual, "System Calls", <c>seL4_Reply</c>).
    /// </summary>
    public static SpecState ReplyToCaller(this SpecState s, ulong thread)
    {
        SlotId slot = new(thread, TcbSlot.Caller);
        return s.Cap(slot) is ReplyCap reply ? s.Reply(thread, slot, reply) : s;
    }

    /// <summary>Replies to a thread that waits for it, which uses the capability up.</summary>
    /// <remarks>A faulted thread goes on as its handler says.</remarks>
    public static SpecState Reply(this SpecState s, ulong sender, SlotId slot, ReplyCap reply)
    {
        if (s.Thread(reply.Thread).Fault is { } fault)
            return s.Empty(slot).ReplyToFault(sender, reply.Thread, fault);
        return s.TransferMessage(sender, reply.Thread, endpoint: null, badge: 0, reply.CanGrant)
            .Empty(slot)
            .SetState(reply.Thread, new Running())
            .Wake(reply.Thread);
    }
}
