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
    private readonly ChannelSource? _source;
    private readonly ChannelMessage _message;
    private readonly SynchronousCall? _caller;
    private readonly byte[]? _copy;
    private readonly int _length;

    internal Request(ChannelSource source, in ChannelMessage message)
    {
        _source = source;
        _message = message;
        Badge = source.Badge;
        Label = message.Label;
        _length = message.Length;
    }

    internal Request(SynchronousCall caller, ulong badge, ushort label, byte[] copy, int length)
    {
        _caller = caller;
        Badge = badge;
        Label = label;
        _copy = copy;
        _length = length;
    }

    /// <summary>Gets the badge of the capability that the client called through: who it is, as whoever composed the system said.</summary>
    public ulong Badge { get; }

    /// <summary>Gets the client's label.</summary>
    public ushort Label { get; }

    /// <summary>Gets whether the client waits for a reply. Of a synchronous message this can't be told: it is so.</summary>
    public bool IsCall => _source is null || _message.Kind == RecordKind.Call;

    /// <summary>Gets the bytes of the payload.</summary>
    public int Length => _length;

    /// <summary>Gets the payload, until the request is ended.</summary>
    public ReadOnlySpan<byte> Payload => _copy is null ? _message.Payload : _copy.AsSpan(0, _length);

    internal ChannelSource? Source => _source;

    internal ref readonly ChannelMessage Message => ref System.Runtime.CompilerServices.Unsafe.AsRef(in _message);

    /// <summary>Replies, and ends the request.</summary>
    /// <param name="label">The label.</param>
    /// <param name="payload">The payload; also the request's own.</param>
    /// <returns>A task that is complete when the reply is written: at once, unless the client doesn't read its replies.</returns>
    /// <remarks>A reply to a client that is gone, and one to a message that wanted none, goes nowhere.</remarks>
    /// <exception cref="ArgumentException">It is longer than the client takes.</exception>
    public ValueTask ReplyAsync(ushort label, ReadOnlySpan<byte> payload = default)
    {
        if (_source is null)
            return ReplyToCaller(label, payload);
        if (!IsCall || !_source.IsOpen || _source.TryWrite(RecordKind.Reply, _message.Id, label, payload))
        {
            _source.Release(_message);
            return ValueTask.CompletedTask;
        }

        // Before the release: the payload may be the request's own.
        ValueTask written = _source.WaitToWrite(RecordKind.Reply, _message.Id, label, RemoteCopy.Of(payload), payload.Length, default);
        _source.Release(_message);
        return written;
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
        if (_source is not null && IsCall && _source.IsOpen && _source.TryWrite(RecordKind.Reply, _message.Id, label, length, state, write))
        {
            _source.Release(_message);
            return ValueTask.CompletedTask;
        }

        byte[] payload = ArrayPool<byte>.Shared.Rent(length);
        write(payload.AsSpan(0, length), state);
        ValueTask written = ReplyAsync(label, payload.AsSpan(0, length));
        RemoteCopy.Return(payload);
        return written;
    }

    /// <summary>Ends the request without a reply; a client that waits for one gets a <see cref="ReplyAbandonedException"/>.</summary>
    public void Dispose()
    {
        if (_source is null)
        {
            _caller?.Abandon();
            if (_copy is not null)
                RemoteCopy.Return(_copy);
            return;
        }

        if (IsCall)
            _source.WriteFailure(_message.Id);
        _source.Release(_message);
    }

    private ValueTask ReplyToCaller(ushort label, ReadOnlySpan<byte> payload)
    {
        _caller!.Reply(label, payload);
        RemoteCopy.Return(_copy!);
        return ValueTask.CompletedTask;
    }
}
