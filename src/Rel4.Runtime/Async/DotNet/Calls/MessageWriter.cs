using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <summary>A message that is written piece by piece, where possible into memory that the receiver reads it from.</summary>
/// <remarks>
/// <para>
/// <see cref="Begin(EndpointCap, int)"/> or <see cref="Begin(IpcRequest, int)"/> leases a part of the frame of the endpoint's, or the request's, open channel, if the
/// message is to have 32 KiB to 1.5 MiB, there is so much free, and this is an executor's thread. Otherwise, and when more is written than was said, it
/// lies in memory of the process, and is copied when it is sent.
/// </para>
/// <para>
/// Whoever is at the other end of the channel can read leased memory from the start, and after <see cref="Abandon"/>, too: begin a message for whom it is meant.
/// </para>
/// <para>
/// <see cref="EndpointCap.CallAsync(ushort, MessageWriter, CancellationToken)"/>, <see cref="EndpointCap.SendAsync(ushort, MessageWriter, CancellationToken)"/> and
/// <see cref="IpcRequest.ReplyAsync(ushort, MessageWriter)"/> take the message, and the writer is empty: write the next with it, so that nothing is allocated. What
/// is leased is taken from what the channel has for long messages, so send or abandon soon. One thread at a time uses a writer, the executor's where it
/// began there; its memory is not to be written after the message was sent. A writer that is forgotten with a message in it
/// is given back, and the message reported (<see cref="ReL4.MessageForgotten"/>), when the garbage collector finds it.
/// </para>
/// </remarks>
public sealed class MessageWriter : IBufferWriter<byte>, IDisposable
{
    private const int FirstCapacity = 256;

    private readonly LeasedMemory _leased;
    private ulong _endpoint;
    private ChannelSource? _lessor;
    private LentPlace _lease;
    private byte[]? _borrowed;
    private Memory<byte> _memory;
    private int _written;
    private bool _isBegun;
    private bool _isDisposed;

    /// <summary>Makes an empty one.</summary>
    public MessageWriter() => _leased = new LeasedMemory(this);

    /// <summary>Gives back memory of a writer that was forgotten, and reports its message.</summary>
    ~MessageWriter()
    {
        if (_memory.IsEmpty)
            return;
        // Not here: whoever listens may take time.
        ThreadPool.UnsafeQueueUserWorkItem(ReL4.ReportForgotten, new ForgottenMessageEventArgs(_endpoint, _written), preferLocal: false);
        _lessor?.BringHome(_lease);
    }

    /// <summary>Gets the bytes that are written.</summary>
    public int WrittenCount => _written;

    /// <summary>Gets whether the message lies where its receiver is to read it.</summary>
    public bool IsInPlace => _lessor is not null;

    /// <summary>Gets what is written.</summary>
    internal ReadOnlySpan<byte> Written => _memory.Span[.._written];

    /// <summary>Begins a message to whoever receives from an endpoint; one that was begun before is abandoned.</summary>
    /// <param name="endpoint">The endpoint that it is to be sent through; otherwise it is copied.</param>
    /// <param name="capacity">The bytes that it will have at most, as far as is known.</param>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is below 0, or above 1 GiB.</exception>
    /// <exception cref="ObjectDisposedException">The writer was disposed of.</exception>
    public void Begin(EndpointCap endpoint, int capacity) =>
        Begin(endpoint.CPtr, TaskRuntime.Current?.ConnectionTo(endpoint.CPtr).OpenChannel, capacity);

    /// <summary>Begins a reply; a message that was begun before is abandoned.</summary>
    /// <param name="request">The request that it is to answer; otherwise it is copied.</param>
    /// <param name="capacity">The bytes that it will have at most, as far as is known.</param>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is below 0, or above 1 GiB.</exception>
    /// <exception cref="ObjectDisposedException">The request was ended, or the writer disposed of.</exception>
    /// <exception cref="InvalidOperationException">The request is the default value, none.</exception>
    public void Begin(IpcRequest request, int capacity) => Begin(request.SourceAtHome?.Endpoint ?? 0, request.SourceAtHome, capacity);

    /// <summary>Takes note that so many more bytes are written.</summary>
    /// <param name="count">At most as many as the span or memory has that was given out last; all of them are to be written.</param>
    /// <exception cref="ArgumentOutOfRangeException">They are more, or below 0.</exception>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _memory.Length - _written);
        _written += count;
    }

    /// <summary>Gets memory for what comes next, until that is noted, or the message sent or abandoned.</summary>
    /// <param name="sizeHint">The least bytes that are needed; 0 for any.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is below 0, or the message would be longer than 1 GiB.</exception>
    /// <exception cref="ObjectDisposedException">The writer was disposed of.</exception>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        int needed = Math.Max(sizeHint, 1);
        if (needed > _memory.Length - _written)
            Grow(needed);
        return _memory[_written..];
    }

    /// <summary>Gets a span for what comes next, until that is noted, the message sent or abandoned, or the next <c>await</c>.</summary>
    /// <inheritdoc cref="GetMemory"/>
    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <summary>Gives up what was written. The writer can begin another message.</summary>
    public void Abandon()
    {
        if (_lessor is { } lessor)
        {
            if (lessor.IsHome)
                lessor.EndLease(_lease);
            else
                lessor.BringHome(_lease);
        }

        if (_borrowed is not null)
            RemoteCopy.Return(_borrowed);
        Forget();
    }

    /// <summary>As <see cref="Abandon"/>, for ever.</summary>
    public void Dispose()
    {
        Abandon();
        _isDisposed = true;
        GC.SuppressFinalize(this);
    }

    /// <summary>Refuses none, one that was disposed of, and one without a message.</summary>
    internal static void Require([NotNull] MessageWriter? message)
    {
        ArgumentNullException.ThrowIfNull(message);
        ObjectDisposedException.ThrowIf(message._isDisposed, message);
        if (!message._isBegun)
        {
            throw new InvalidOperationException(
                "There is no message in this MessageWriter: none was begun since it was made, or since the last was sent or abandoned. Begin one; an empty one with a capacity of 0.");
        }
    }

    /// <summary>Makes what is written a message that waits to be written into a channel; this one is empty then. At home.</summary>
    internal PendingWrite Take(RecordKind kind, ushort label, Completion completion)
    {
        PendingWrite write = PendingWrite.Rent();
        // What was begun on another executor's thread, and what is empty, is no loan of this one's.
        if (_lessor is { } other && (!other.IsHome || _written == 0))
            MoveTo(RemoteCopy.Of(Written));
        if (_lessor is { } lessor)
            write.Begin(kind, 0, label, lessor, _lease, _written, completion);
        else
            write.Begin(kind, label, _memory[.._written], completion, _borrowed);
        Forget();
        return write;
    }

    /// <summary>Takes what is written, if it lies in memory that a channel has leased; this one is empty then. At home.</summary>
    internal bool TryTakeFrom(ChannelSource channel, out LentPlace lease, out int length)
    {
        lease = _lease;
        length = _written;
        if (_lessor != channel || _written == 0)
            return false;
        Forget();
        return true;
    }

    private void Begin(ulong endpoint, ChannelSource? channel, int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, ChannelOptions.LargestMessageBytes);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        Abandon();
        _isBegun = true;
        _endpoint = endpoint;
        if (channel is null || !channel.TryLease(capacity, out _lease))
        {
            if (capacity != 0)
                MoveTo(RemoteCopy.Of(capacity, default));
            return;
        }

        _lessor = channel;
        _memory = _leased.Show(channel, _lease, capacity);
    }

    private void Grow(int needed)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        long wanted = Math.Max((long)_written + needed, Math.Max(FirstCapacity, 2L * _written));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)_written + needed, ChannelOptions.LargestMessageBytes, nameof(needed));
        MoveTo(RemoteCopy.Of((int)Math.Min(wanted, ChannelOptions.LargestMessageBytes), Written));
    }

    /// <summary>Goes on in memory of the process, into which everything was copied.</summary>
    private void MoveTo(byte[] copy)
    {
        int written = _written;
        Abandon();
        _isBegun = true;
        _memory = _borrowed = copy;
        _written = written;
    }

    private void Forget()
    {
        _leased.Show(null, default, 0);
        _lessor = null;
        _lease = default;
        _borrowed = null;
        _memory = default;
        _written = 0;
        _isBegun = false;
    }

    /// <summary>Shows leased memory as what writers of .NET take.</summary>
    private sealed unsafe class LeasedMemory(MessageWriter writer) : MemoryManager<byte>
    {
        private byte* _bytes;
        private int _length;

        public Memory<byte> Show(ChannelSource? lessor, LentPlace lease, int length)
        {
            _bytes = lessor is null ? null : lessor.At(lease);
            _length = length;
            return Memory;
        }

        public override Span<byte> GetSpan() => new(_bytes, _length);

        /// <summary>Gets whose it is. Who has the memory keeps the writer, and so the lease.</summary>
        public MessageWriter Writer => writer;

        public override MemoryHandle Pin(int elementIndex = 0)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)_length);
            return new(_bytes + elementIndex);
        }

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
