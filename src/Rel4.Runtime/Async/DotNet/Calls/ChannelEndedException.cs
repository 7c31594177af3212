namespace Rel4.Runtime;

/// <summary>Tells that a call will not be answered, or a message was not taken, because its channel is closed.</summary>
/// <remarks>
/// Whether a call that was under way was carried out is unknown. The next call through the same capability opens a new channel, and waits until
/// somebody receives from the endpoint.
/// </remarks>
public sealed class ChannelEndedException : Rel4Exception
{
    internal ChannelEndedException(string channel, ulong endpoint, ChannelEndReason reason, ProtocolViolation? violation)
        : base(CodeOf(reason), $"{channel} is closed: {Describe(reason, violation)}. Whether the other side acted on what was under way is unknown; "
            + "the next call opens a new channel.")
    {
        Reason = reason;
        Violation = violation;
        GrantedName = AsyncMachine.NameOf(endpoint);
    }

    /// <summary>Gets why.</summary>
    public ChannelEndReason Reason { get; }

    /// <summary>Gets how the peer broke the protocol, if it did.</summary>
    public ProtocolViolation? Violation { get; }

    private static Rel4ErrorCode CodeOf(ChannelEndReason reason) => reason switch
    {
        ChannelEndReason.ClosedHere => Rel4ErrorCode.EndedHere,
        ChannelEndReason.ClosedByPeer or ChannelEndReason.PeerEnded => Rel4ErrorCode.PeerEnded,
        _ => Rel4ErrorCode.ProtocolViolation,
    };

    private static string Describe(ChannelEndReason reason, ProtocolViolation? violation) => reason switch
    {
        ChannelEndReason.ClosedHere => "this side has ended its runtime",
        ChannelEndReason.ClosedByPeer => "the other side has closed it",
        ChannelEndReason.PeerEnded => "the other side has died, or its capability was taken away",
        _ => $"the other side broke the protocol ({violation?.Field} {violation?.Value} at offset {violation?.Offset} of its frame, the limit is {violation?.Limit})",
    };
}
