namespace Rel4.Runtime;

/// <content>There is one thread, and every message comes by a channel.</content>
internal sealed partial class MessageHandle
{
    private partial ChannelSource? Home => Source;

    private partial ulong BadgeElsewhere => 0;

    private partial ReadOnlySpan<byte> PayloadElsewhere(int version) => default;
}
