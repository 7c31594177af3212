using Rel4.Abi;

namespace Rel4.Runtime.Channels;

/// <content>Tells in .NET's words how the peer broke the protocol.</content>
internal sealed unsafe partial class ChannelEnd
{
    /// <summary>Gets how the peer broke the protocol, if it did.</summary>
    public ProtocolViolation? Violation => Describe(Fault, Number);

    /// <inheritdoc cref="TryJoin(ChannelFrame*, ChannelFrame*, nuint, Doorbell, ChannelOptions, out Fault)"/>
    /// <param name="violation">What is wrong with the peer's frame.</param>
    public static ChannelEnd? TryOpen(
        ChannelFrame* own, ChannelFrame* peer, nuint peerLength, Doorbell doorbell, ChannelOptions options, out ProtocolViolation? violation)
    {
        ChannelEnd? end = TryJoin(own, peer, peerLength, doorbell, options, out Fault fault);
        violation = Describe(fault, options.Channel);
        return end;
    }

    private static ProtocolViolation? Describe(Fault fault, ulong channel) =>
        fault.IsAny ? new(channel, fault.Field, fault.Offset, fault.Value, fault.Limit) : null;
}
