using System.Buffers;
using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <content>
/// <para>
/// Other threads, the garbage collector, and messages that came by no channel. The channel keeps the message, and does not refer to this while code has it: so
/// it is collected when the code has forgotten it, and its finalizer has the message given back. A handle that goes back to its message costs the collector nothing.
/// </para>
/// <para>
/// On any thread but home a use is ended by winning an exchange, and the rest is brought home; the
/// payload is copied first, since its place may be written over or moved meanwhile. Invariants: 1. <c>_homeVersion</c> changes at home only, when a use
/// ends there; 2. <c>_version</c> is the same or, after an end elsewhere that has not come home, one more. So of two that end a use at the same time one
/// counts.
/// </para>
/// </content>
internal sealed partial class MessageHandle
{
    private readonly SynchronousCall? _caller;
    private readonly byte[]? _bytes;
    private readonly RemoteCall? _call;
    private Copy? _copy;
    private int _homeVersion;

    /// <summary>Stands for a synchronous message.</summary>
    public MessageHandle(SynchronousCall caller, ushort label)
    {
        _caller = caller;
        _bytes = caller.Payload;
        Message = Describe(RecordKind.Call, label, _bytes.Length);
    }

    /// <summary>Stands for the copies of replies that calls of threads without an executor have.</summary>
    public MessageHandle(RemoteCall call)
    {
        _call = call;
        Message = new ChannelMessage();
        // If it is forgotten the call is collected, and nobody waits.
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives a message back that was forgotten.</summary>
    ~MessageHandle()
    {
        if (Message.Handle is not null)
            return;
        if (_caller is { } caller)
            caller.Forget(Message);
        else
            Source!.Forget(Message);
    }

    /// <summary>Gets whether a use that has ended elsewhere has not ended at home. At home.</summary>
    public bool IsLiveAtHome(int version) => version == _homeVersion;

    /// <summary>Replies by what a callback writes in place, and ends a use. Any thread.</summary>
    public void Reply<TState>(int version, ushort label, int length, TState state, SpanAction<byte, TState> write)
    {
        Check(version);
        if (Source is { IsHome: true } source && source.TryReply(this, version, label, length, state, write))
            return;
        byte[] payload = RemoteCopy.Of(length, state, write);
        Reply(version, label, payload.AsSpan(0, length));
        RemoteCopy.Return(payload);
    }

    /// <summary>Replies with what was written before, and ends a use. Any thread.</summary>
    public void Reply(int version, ushort label, MessageWriter message)
    {
        Check(version);
        if (Source is { IsHome: true } source && message.TryTakeFrom(source, out LentPlace lease, out int length))
        {
            source.Reply(this, version, label, lease, length);
            return;
        }

        Reply(version, label, message.Written);
        message.Abandon();
    }

    /// <summary>Ends a use, and tells whoever waits why there is no reply. Any thread.</summary>
    public void Fail(int version, ReplyFailure why, ulong limit)
    {
        Check(version);
        if (Home is { } source)
            source.Fail(this, version, why, limit);
        else if (Source is null)
            EndElsewhere(version);
        else if (!TryClaim(version))
            RefuseEnded();
        else
            Source.BringHome(this, version, label: 0, reply: null, length: 0, why, limit);
    }

    /// <summary>Ends the use that there is without a reply, unless it was ended here or elsewhere. At home.</summary>
    public void EndUnlessEnded()
    {
        if (IsLiveAtHome(_version))
            End(_version);
    }

    /// <summary>Shows the next reply of a <see cref="RemoteCall"/>, whose copy is there.</summary>
    public IpcResponse ShowReply(ushort label, int length)
    {
        Message.Show(new RecordHeader(RecordKind.Reply, RecordPart.Whole, 0, label, 0), default, length);
        return new IpcResponse(this);
    }

    private partial ChannelSource? Home => Source is { IsHome: true } source ? source : null;

    private partial ulong BadgeElsewhere => _caller?.Badge ?? 0;

    private static ChannelMessage Describe(RecordKind kind, ushort label, int length)
    {
        var message = new ChannelMessage();
        message.Show(new RecordHeader(kind, RecordPart.Whole, 0, label, 0), default, length);
        return message;
    }

    partial void OnMade() => Message.WeakHandle = new WeakReference<MessageHandle>(this);

    partial void OnRetire(int next)
    {
        _homeVersion = next;
        _copy = null;
    }

    partial void NoteHolder(ChannelSource source) => Message.Holder = source.CurrentCoroutine.Value;

    partial void NoteHolderElsewhere() => _caller?.NoteHolder();

    private partial ReadOnlySpan<byte> PayloadElsewhere(int version)
    {
        if (_call is not null)
            return CopyOf(_call, version);
        if (Source is { } source)
            return CopyOut(source, version);
        _caller?.NoteHolder();
        return _bytes;
    }

    partial void ReplyElsewhere(int version, ushort label, ReadOnlySpan<byte> payload)
    {
        if (!TryClaim(version))
            RefuseEnded();
        if (_caller is { } caller)
            caller.Reply(label, payload);
        else
            Source!.BringHome(this, version, label, RemoteCopy.Of(payload), payload.Length);
    }

    partial void EndElsewhere(int version)
    {
        if (!TryClaim(version))
            return;
        _caller?.Abandon();
        _call?.Return();
        Source?.BringHome(this, version, label: 0, reply: null, length: 0);
    }

    private ReadOnlySpan<byte> CopyOf(RemoteCall call, int version)
    {
        ReadOnlySpan<byte> copy = call.Bytes.Span;
        // Or it was disposed of meanwhile, and this is another reply.
        Check(version);
        return copy;
    }

    /// <summary>Ends a use on any thread but at home.</summary>
    /// <returns>False if it has ended.</returns>
    private bool TryClaim(int version)
    {
        if (Interlocked.CompareExchange(ref _version, version + 1, version) != version)
            return false;
        if (Source is null)
            Message.Handle = this;
        return true;
    }

    /// <summary>Copies the payload for another thread, which may keep the span for longer than the message is there.</summary>
    private ReadOnlySpan<byte> CopyOut(ChannelSource source, int version)
    {
        // Nothing is moved, freed or unmapped meanwhile. What is written over meanwhile is of a use that has ended, which is seen behind.
        lock (source.Memory)
        {
            if (_copy is { } copy && copy.Version == version)
                return copy.Bytes;
            ReadOnlySpan<byte> payload = Message.Payload;
            // pairs with Retire: the message is shown anew only after that, so place and length are of this use if it has not ended.
            Interlocked.MemoryBarrier();
            Check(version);
            byte[] bytes = payload.ToArray();
            Interlocked.MemoryBarrier();
            Check(version);
            _copy = new Copy(bytes, version);
            return bytes;
        }
    }

    /// <summary>A payload that was copied for another thread.</summary>
    private sealed record Copy(byte[] Bytes, int Version);
}
