namespace Rel4.Runtime;

/// <summary>Names why a channel is closed.</summary>
public enum ChannelEndReason
{
    /// <summary>This side closed it, by ending its runtime.</summary>
    ClosedHere,

    /// <summary>The peer closed it in good order.</summary>
    ClosedByPeer,

    /// <summary>The peer has died, or its capability for this side's doorbell was taken away.</summary>
    PeerEnded,

    /// <summary>The peer wrote into its frame what the protocol does not allow.</summary>
    ProtocolViolation,
}
