using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <summary>Is a message that could not be written at once: its channel is not open yet, its ring is full, or it is too long for one record.</summary>
/// <remarks>Pooled by its runtime. Invariant: once its completion is stale, because its coroutine was cancelled, the payload is not read.</remarks>
internal sealed class PendingWrite
{
    private Completion? _completion;
    private int _version;
    private byte[]? _borrowed;
    private ReadOnlyMemory<byte> _payload;
    private ChannelSource? _lessor;
    private LeasedUnits _lease;
    private int _leasedLength;

    /// <summary>How much of it is written, and as what.</summary>
    public MessageTransfer Transfer;

    /// <summary>Gets the message.</summary>
    public ReadOnlySpan<byte> Payload =>
        Request is { } request ? request.Payload : _lessor is null ? _payload.Span : _lease.First(_leasedLength);

    /// <summary>Gets the request whose own payload this is, and which is to be released when the message is written, if there is one.</summary>
    public ChannelMessage? Request { get; private set; }

    /// <summary>Gets whether nobody waits for it any more.</summary>
    public bool IsStale => _completion is { } completion && !completion.IsPending(_version);

    /// <summary>Gets who waits for the reply, of a call.</summary>
    public CallWaiter Waiter => new(_completion, _version);

    /// <summary>The next in its queue, or in the pool.</summary>
    public PendingWrite? Next { get; set; }

    /// <summary>Begins a message whose payload stays as it is until it is written.</summary>
    /// <param name="kind">What it is for.</param>
    /// <param name="id">The call's id, of a reply.</param>
    /// <param name="label">The label.</param>
    /// <param name="payload">The payload.</param>
    /// <param name="completion">What waits for the reply, of a call; otherwise what waits for it to be written, or nobody.</param>
    /// <param name="borrowed">The array that the payload is in, to be given back when it is written.</param>
    public void Begin(RecordKind kind, uint id, ushort label, ReadOnlyMemory<byte> payload, Completion? completion, byte[]? borrowed = null)
    {
        Transfer = new MessageTransfer(kind, id, label);
        _payload = payload;
        _borrowed = borrowed;
        _completion = completion;
        _version = completion?.Version ?? 0;
    }

    /// <summary>Begins a reply whose payload is the request's own, which stays until it is written.</summary>
    public void Begin(RecordKind kind, uint id, ushort label, ChannelMessage request)
    {
        Begin(kind, id, label, default, completion: null);
        Request = request;
    }

    /// <summary>Begins a message that lies in leased memory, which is this one's from now on.</summary>
    public void Begin(RecordKind kind, uint id, ushort label, ChannelSource lessor, LeasedUnits lease, int length, Completion? completion)
    {
        Begin(kind, id, label, default, completion);
        _lessor = lessor;
        _lease = lease;
        _leasedLength = length;
    }

    /// <summary>Gets whether the message lies in memory that a channel has leased; another channel copies it.</summary>
    public bool IsLeasedFrom(ChannelSource channel, out LeasedUnits lease)
    {
        lease = _lease;
        return _lessor == channel;
    }

    /// <summary>Takes note that the lease has become a loan.</summary>
    public void Lent()
    {
        _lessor!.LeaseEnded();
        _lessor = null;
    }

    /// <summary>Tells that the message is written.</summary>
    public void Succeed()
    {
        if (_completion is Completion<Nothing> written)
            written.TrySetResult(_version, default);
    }

    /// <summary>Tells that the message will not be written.</summary>
    public void Fail(Exception error) => _completion?.TrySetException(_version, error);

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        if (_borrowed is not null)
            RemoteCopy.Return(_borrowed);
        _borrowed = null;
        _lessor?.EndLease(_lease);
        _lessor = null;
        Request = null;
        _completion = null;
        _payload = default;
    }
}
