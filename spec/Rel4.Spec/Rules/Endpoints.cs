using Rel4.Abi;

namespace Rel4.Spec.Rules;

/// <summary>The rules of endpoints (manual, "Endpoints", "Calling and Replying").</summary>
public static class Endpoints
{
    /// <summary>
    /// Sends from a thread whose message lies ready: to the first receiver, or else the thread waits, or the message is dropped.
    /// </summary>
    public static SpecState Send(this SpecState s, ulong sender, BlockedOnSend send, bool isBlocking)
    {
        Endpoint endpoint = s.Endpoint(send.Endpoint);
        if (endpoint.Queue is not [ulong receiver, ..] || s.Thread(receiver).State is not BlockedOnReceive receive)
            return isBlocking ? s.Put(endpoint with { Queue = endpoint.Queue.Add(sender) }).SetState(sender, send) : s;
        s = s.Put(endpoint with { Queue = endpoint.Queue.RemoveAt(0) });
        s = s.TransferMessage(sender, receiver, send.Endpoint, send.Badge, send.CanGrant);
        s = s.SetState(receiver, new Running()).Wake(receiver);
        return send.IsCall ? s.AwaitReply(sender, receiver, send, receive.CanGrant) : s;
    }

    /// <summary>Receives on an endpoint: from the first sender, or else the thread waits, or returns with badge 0.</summary>
    /// <remarks>A signal on the bound notification goes first.</remarks>
    public static SpecState Receive(this SpecState s, ulong receiver, EndpointCap cap, bool isBlocking)
    {
        s = s.Delete(new SlotId(receiver, TcbSlot.Caller));
        if (s.Thread(receiver).BoundNotification is { } bound && s.HasSignal(bound))
            return s.TakeSignal(bound, receiver);
        bool canGrant = cap.Rights.HasFlag(CapRights.Grant);
        Endpoint endpoint = s.Endpoint(cap.Address);
        if (endpoint.Queue is not [ulong sender, ..] || s.Thread(sender).State is not BlockedOnSend send)
        {
            return isBlocking
                ? s.Put(endpoint with { Queue = endpoint.Queue.Add(receiver) })
                    .SetState(receiver, new BlockedOnReceive(cap.Address, canGrant))
                : s.DeliverSignal(receiver, 0);
        }
        s = s.Put(endpoint with { Queue = endpoint.Queue.RemoveAt(0) });
        s = s.TransferMessage(sender, receiver, cap.Address, send.Badge, send.CanGrant);
        return send.IsCall ? s.AwaitReply(sender, receiver, send, canGrant) : s.SetState(sender, new Running()).Wake(sender);
    }

    /// <summary>
    /// Lets a caller wait for its reply, whose capability the callee finds in its caller slot, with the Grant right of the callee's
    /// endpoint capability.
    /// A caller that may not grant one stops.
    /// </summary>
    private static SpecState AwaitReply(this SpecState s, ulong caller, ulong callee, BlockedOnSend send, bool calleeCanGrant)
    {
        if (!send.CanGrant && !send.CanGrantReply)
            return s.SetState(caller, new Inactive());
        ReplyCap reply = new(caller, calleeCanGrant, IsMaster: false);
        return s.SetState(caller, new BlockedOnReply())
            .Insert(reply, new SlotId(caller, TcbSlot.MasterReply), new SlotId(callee, TcbSlot.Caller));
    }
}
