using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <summary>A received message in the hands of code that may copy it, end it twice, use it after its end, take it to another thread, or forget it.</summary>
/// <remarks>
/// <para>
/// It stands for one message of its channel after another; each use has a version, which a <see cref="Request"/> or <see cref="Response"/> keeps beside it.
/// The channel keeps the message, and does not refer to this while code has it: so it is collected when the code has forgotten it, and its finalizer has
/// the message given back. A handle that is ended goes back to its message, and costs the collector nothing.
/// </para>
/// <para>
/// At home, on the executor's thread, nothing is locked or atomic. On any other thread a use is ended by winning an exchange, and the rest is brought home; the
/// payload is copied first, since its place may be written over or moved meanwhile. Invariants: 1. <c>_homeVersion</c> changes at home only, when a use
/// ends there; 2. <c>_version</c> is the same or, after an end elsewhere that has not come home, one more. So of two that end a use at the same time one
/// counts.
/// </para>
/// </remarks>
internal sealed class MessageHandle
{
    private readonly SynchronousCall? _caller;
    private readonly byte[]? _bytes;
    private readonly RemoteCall? _call;
    private Copy? _copy;
    private int _version;
    private int _homeVersion;

    /// <summary>Stands for messages of a channel.</summary>
    public MessageHandle(ChannelSource source, ChannelMessage message)
    {
        Source = source;
        Message = message;
    }

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
        try
        {
            if (_caller is { } caller)
                caller.Forget(Message);
            else
                Source!.Forget(Message);
        }
        catch (ObjectDisposedException)
        {
            // The run ends at this moment, and tells everybody who waits.
        }
    }

    /// <summary>Gets the channel; null if the message came by none.</summary>
    public ChannelSource? Source { get; }

    /// <summary>Gets the message.</summary>
    public ChannelMessage Message { get; }

    /// <summary>Gets the version of this use.</summary>
    public int Version => _version;

    /// <summary>Gets the sender's badge.</summary>
    public ulong Badge => Source is { } source ? source.Badge : _caller?.Badge ?? 0;

    /// <summary>Gets whether a use has not ended.</summary>
    public bool IsLive(int version) => version == _version;

    /// <summary>Gets whether a use that has ended elsewhere has not ended at home. At home.</summary>
    public bool IsLiveAtHome(int version) => version == _homeVersion;

    /// <summary>Refuses a use that has ended.</summary>
    /// <exception cref="ObjectDisposedException">It has.</exception>
    public void Check(int version)
    {
        if (version != _version)
            ThrowEnded();
    }

    /// <summary>Gets the payload. Any thread.</summary>
    public ReadOnlySpan<byte> Payload(int version)
    {
        Check(version);
        if (_call is not null)
            return CopyOf(_call, version);
        if (Source is not { } source)
        {
            _caller?.NoteHolder();
            return _bytes;
        }

        if (!source.IsHome)
            return CopyOut(source, version);
        Message.Holder = source.CurrentCoroutine.Value;
        return Message.Payload;
    }

    /// <summary>Gets the label. Any thread.</summary>
    public ushort Label(int version)
    {
        Check(version);
        if (Source is { IsHome: true } source)
            Message.Holder = source.CurrentCoroutine.Value;
        else
            _caller?.NoteHolder();
        return Message.Label;
    }

    /// <summary>Replies, and ends a use. Any thread.</summary>
    public void Reply(int version, ushort label, ReadOnlySpan<byte> payload)
    {
        if (Source is { IsHome: true } source)
        {
            Check(version);
            source.Reply(this, version, label, payload);
            return;
        }

        if (!TryClaim(version))
            ThrowEnded();
        if (_caller is { } caller)
            caller.Reply(label, payload);
        else
            Source!.BringHome(this, version, label, RemoteCopy.Of(payload), payload.Length);
    }

    /// <summary>Replies with what was written before, and ends a use. Any thread.</summary>
    public void Reply(int version, ushort label, MessageWriter message)
    {
        Check(version);
        if (Source is { IsHome: true } source && message.TryTakeFrom(source, out LeasedUnits lease, out int length))
        {
            source.Reply(this, version, label, lease, length);
            return;
        }

        Reply(version, label, message.Written);
        message.Abandon();
    }

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

    /// <summary>Ends a use without a reply, unless it has ended. Any thread.</summary>
    public void End(int version)
    {
        if (Source is { IsHome: true } source)
        {
            if (IsLive(version))
                source.End(this, version);
        }
        else if (TryClaim(version))
        {
            _caller?.Abandon();
            _call?.Return();
            Source?.BringHome(this, version, label: 0, reply: null, length: 0);
        }
    }

    /// <summary>Ends the use that there is without a reply, unless it was ended here or elsewhere. At home.</summary>
    public void EndUnlessEnded()
    {
        if (IsLiveAtHome(_version))
            End(_version);
    }

    /// <summary>Makes a use stale. At home.</summary>
    public void Retire(int version) => _version = _homeVersion = version + 1;

    /// <summary>Shows the next reply of a <see cref="RemoteCall"/>, whose copy is there.</summary>
    public Response ShowReply(ushort label, int length)
    {
        Message.Show(new RecordHeader(RecordKind.Reply, RecordPart.Whole, 0, label, 0), default, length);
        return new Response(this);
    }

    [DoesNotReturn]
    private static void ThrowEnded() => throw new ObjectDisposedException(
        objectName: null, "This message was ended before, by a reply or by Dispose. Use what is needed of it first; copy what is needed for longer.");

    private static ChannelMessage Describe(RecordKind kind, ushort label, int length)
    {
        var message = new ChannelMessage();
        message.Show(new RecordHeader(kind, RecordPart.Whole, 0, label, 0), default, length);
        return message;
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
