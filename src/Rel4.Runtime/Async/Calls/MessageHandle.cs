using System.Runtime.CompilerServices;
using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <summary>A received message in the hands of code that may copy it, end it twice, use it after its end, take it to another thread, or forget it.</summary>
/// <remarks>
/// It stands for one message of its channel after another; each use has a version, which a <see cref="IpcRequest"/> or <see cref="IpcResponse"/> keeps beside it. A
/// handle that is ended goes back to its message. At home, on the executor's thread, nothing is locked or atomic.
/// </remarks>
internal sealed partial class MessageHandle
{
    private int _version;

    /// <summary>Stands for messages of a channel.</summary>
    public MessageHandle(ChannelSource source, ChannelMessage message)
    {
        Source = source;
        Message = message;
        OnMade();
    }

    /// <summary>Gets the channel; null if the message came by none.</summary>
    public ChannelSource? Source { get; }

    /// <summary>Gets the message.</summary>
    public ChannelMessage Message { get; }

    /// <summary>Gets the version of this use.</summary>
    public int Version => _version;

    /// <summary>Gets the sender's badge.</summary>
    public ulong Badge => Source is { } source ? source.Badge : BadgeElsewhere;

    /// <summary>Gets whether a use has not ended.</summary>
    public bool IsLive(int version) => version == _version;

    /// <summary>Refuses a use that has ended.</summary>
    public void Check(int version)
    {
        if (version != _version)
            RefuseEnded();
    }

    /// <summary>Gets the payload. Any thread.</summary>
    public ReadOnlySpan<byte> Payload(int version)
    {
        Check(version);
        if (Home is not { } source)
            return PayloadElsewhere(version);
        NoteHolder(source);
        return Message.Payload;
    }

    /// <summary>Gets the label. Any thread.</summary>
    public ushort Label(int version)
    {
        Check(version);
        if (Home is { } source)
            NoteHolder(source);
        else
            NoteHolderElsewhere();
        return Message.Label;
    }

    /// <summary>Replies, and ends a use. Any thread.</summary>
    public void Reply(int version, ushort label, ReadOnlySpan<byte> payload)
    {
        if (Home is { } source)
        {
            Check(version);
            source.Reply(this, version, label, payload);
        }
        else
        {
            ReplyElsewhere(version, label, payload);
        }
    }

    /// <summary>Ends a use without a reply, unless it has ended. Any thread.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void End(int version)
    {
        if (Home is not { } source)
            EndElsewhere(version);
        else if (IsLive(version))
            source.End(this, version);
    }

    /// <summary>Makes a use stale. At home.</summary>
    public void Retire(int version)
    {
        OnRetire(version + 1);
        _version = version + 1;
    }

    /// <summary>Gets the channel if the caller is at home, on its executor's thread.</summary>
    private partial ChannelSource? Home { get; }

    private partial ulong BadgeElsewhere { get; }

    private static void RefuseEnded() => Misuse.ThrowEnded(
        "This message was ended before, by a reply or by Dispose. Use what is needed of it first; copy what is needed for longer.");

    private partial ReadOnlySpan<byte> PayloadElsewhere(int version);

    partial void ReplyElsewhere(int version, ushort label, ReadOnlySpan<byte> payload);

    partial void EndElsewhere(int version);

    /// <summary>Takes note of which coroutine looks at the message, where forgotten ones are looked for.</summary>
    partial void NoteHolder(ChannelSource source);

    partial void NoteHolderElsewhere();

    partial void OnMade();

    /// <summary>Takes note of the version that follows.</summary>
    partial void OnRetire(int next);
}
