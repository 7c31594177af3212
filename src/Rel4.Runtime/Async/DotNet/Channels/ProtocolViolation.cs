namespace Rel4.Runtime;

/// <summary>Tells what a peer wrote into its frame that the protocol does not allow; the channel it belonged to is closed.</summary>
/// <param name="Channel">The number that this side gave the channel.</param>
/// <param name="Field">What was wrong.</param>
/// <param name="Offset">Where it was read, in bytes from the start of the peer's frame.</param>
/// <param name="Value">What was read.</param>
/// <param name="Limit">What it is compared with: the greatest value allowed, or the one expected.</param>
public sealed record ProtocolViolation(ulong Channel, ChannelField Field, ulong Offset, ulong Value, ulong Limit)
{
    /// <summary>Says it in a sentence.</summary>
    public override string ToString() =>
        $"Channel {Channel} is closed: the peer's frame has {Field} {Value} (0x{Value:x}) at offset {Offset}; the limit is {Limit} (0x{Limit:x}).";
}
