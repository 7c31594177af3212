using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <content>There is one thread; messages that came by no channel are synchronous ones.</content>
internal sealed partial class MessageHandle
{
    private readonly SynchronousCall? _caller;

    /// <summary>Stands for synchronous messages, one after another.</summary>
    public MessageHandle(SynchronousCall caller)
    {
        _caller = caller;
        Message = new ChannelMessage();
    }

    private partial ChannelSource? Home => Source;

    private partial ulong BadgeElsewhere => _caller!.Badge;

    private partial ReadOnlySpan<byte> PayloadElsewhere(int version) => Message.Payload;

    partial void ReplyElsewhere(int version, ushort label, ReadOnlySpan<byte> payload)
    {
        Check(version);
        Retire(version);
        _caller!.Reply(label, payload);
    }

    partial void EndElsewhere(int version)
    {
        if (!IsLive(version))
            return;
        Retire(version);
        _caller!.Abandon();
    }
}
