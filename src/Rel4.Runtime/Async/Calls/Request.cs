using System.Buffers;
using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <summary>Is a message that an asynchronous server received, read in place.</summary>
/// <remarks>
/// <para>
/// It is ended once, by a reply or by <see cref="Dispose"/>, on the executor's thread; then its place is given back, and copies of this value are
/// stale. The order in which requests are ended is free. A request that is kept keeps its client from writing over it.
/// </para>
/// <para>
/// The payload lies in the client's frame, or in memory of the runtime's own where the message was long or came by <see cref="SeL4.Call"/>. In place
/// the client can change it at any time, so copy what is checked before it is checked.
/// </para>
/// </remarks>
public readonly struct Request : IDisposable
{
    // A ChannelSource or a SynchronousCall.
    private readonly object? _owner;
    private readonly MessagePlace _place;
    private readonly int _length;
    private readonly uint _id;

    internal Request(ChannelSource source, in ChannelMessage message)
    {
        _owner = source;
        _place = message.Place;
        _length = message.Length;
        _id = message.Kind == RecordKind.Call ? message.Id : 0;
        Label = message.Label;
    }

    internal Request(SynchronousCall caller, ushort label, int length)
    {
        _owner = caller;
        _length = length;
        Label = label;
    }

    /// <summary>Gets the badge of the capability that the client called through: who it is, as whoever composed the system said.</summary>
    public ulong Badge => _owner switch
    {
        ChannelSource source => source.Badge,
        SynchronousCall caller => caller.Badge,
        _ => 0,
    };

    /// <summary>Gets the client's label.</summary>
    public ushort Label { get; }

    /// <summary>Gets whether the client waits for a reply. Of a synchronous message this can't be told: it is so.</summary>
    public bool IsCall => _id != 0 || _owner is SynchronousCall;

    /// <summary>Gets the bytes of the payload.</summary>
    public int Length => _length;

    /// <summary>Gets the payload, until the request is ended.</summary>
    public ReadOnlySpan<byte> Payload => _owner is SynchronousCall caller ? caller.Payload.AsSpan(0, _length) : _place.Payload(_length);

    /// <summary>Replies, and ends the request.</summary>
    /// <param name="label">The label.</param>
    /// <param name="payload">The payload; also the request's own.</param>
    /// <returns>A task that is complete.</returns>
    /// <remarks>
    /// Never waits for the client: a reply for which there is no room yet is kept, and no more of the client's requests are read until it is written. A
    /// reply to a client that is gone, and one to a message that wanted none, goes nowhere.
    /// </remarks>
    /// <exception cref="ArgumentException">It is longer than the client takes.</exception>
    public ValueTask ReplyAsync(ushort label, ReadOnlySpan<byte> payload = default)
    {
        if (_owner is not ChannelSource source)
            return ReplyToCaller(label, payload);
        if (_id == 0 || source.TryWrite(RecordKind.Reply, _id, label, payload) || !source.IsOpen)
        {
            source.Release(_place);
            return ValueTask.CompletedTask;
        }

        if ((ulong)payload.Length > source.PeerMaxMessageBytes)
            return RefuseReply(source, payload.Length);
        source.WriteReplyLater(_id, label, payload, _place, _length);
        return ValueTask.CompletedTask;
    }

    /// <summary>Replies with what a callback writes in place, and ends the request.</summary>
    /// <param name="label">The label.</param>
    /// <param name="length">The bytes of payload.</param>
    /// <param name="state">Handed to the callback.</param>
    /// <param name="write">Writes the payload; what the place held before may be there still.</param>
    /// <inheritdoc cref="ReplyAsync(ushort, ReadOnlySpan{byte})"/>
    public ValueTask ReplyAsync<TState>(ushort label, int length, TState state, SpanAction<byte, TState> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (_owner is ChannelSource source && _id != 0 && source.TryWrite(RecordKind.Reply, _id, label, length, state, write))
        {
            source.Release(_place);
            return ValueTask.CompletedTask;
        }

        byte[] payload = RemoteCopy.Of(length, state, write);
        ValueTask written = ReplyAsync(label, payload.AsSpan(0, length));
        RemoteCopy.Return(payload);
        return written;
    }

    /// <summary>Ends the request without a reply; a client that waits for one gets a <see cref="ReplyAbandonedException"/>.</summary>
    public void Dispose()
    {
        if (_owner is ChannelSource source)
        {
            if (_id != 0)
                source.WriteFailure(_id);
            source.Release(_place);
        }
        else if (_owner is SynchronousCall caller)
        {
            caller.Abandon();
        }
    }

    /// <summary>Tells the channel that the request is no longer among those that wait for the server's code.</summary>
    internal void TakenFromBacklog()
    {
        if (_owner is ChannelSource source)
            source.Taken(_place, _length);
    }

    private ValueTask RefuseReply(ChannelSource source, int length)
    {
        source.WriteFailure(_id);
        source.Release(_place);
        return ValueTask.FromException(new ArgumentException(
            $"A reply of {length} bytes is longer than the {source.PeerMaxMessageBytes} bytes that the caller takes; it was told that there is none."));
    }

    private ValueTask ReplyToCaller(ushort label, ReadOnlySpan<byte> payload)
    {
        if (_owner is SynchronousCall caller)
            caller.Reply(label, payload);
        return ValueTask.CompletedTask;
    }
}
