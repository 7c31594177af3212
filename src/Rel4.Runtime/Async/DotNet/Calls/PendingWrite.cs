using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <content>Payloads in memory of .NET's, and exceptions.</content>
internal sealed unsafe partial class PendingWrite
{
    private byte[]? _borrowed;
    private ReadOnlyMemory<byte> _payload;
    private ChannelSource? _lessor;
    private LentPlace _lease;
    private int _leasedLength;

    private partial ReadOnlySpan<byte> Stored => _lessor is null ? _payload.Span : new(_lessor.At(_lease), _leasedLength);

    /// <summary>Begins a message whose payload stays as it is until it is written.</summary>
    /// <param name="kind">What it is for.</param>
    /// <param name="label">The label.</param>
    /// <param name="payload">The payload.</param>
    /// <param name="completion">What waits for the reply, of a call; otherwise what waits for it to be written.</param>
    /// <param name="borrowed">The array that the payload is in, to be given back when it is written.</param>
    public void Begin(RecordKind kind, ushort label, ReadOnlyMemory<byte> payload, Completion completion, byte[]? borrowed)
    {
        Begin(kind, 0, label, completion);
        _payload = payload;
        _borrowed = borrowed;
    }

    /// <summary>Begins a message that lies in leased memory, which is this one's from now on.</summary>
    public void Begin(RecordKind kind, uint id, ushort label, ChannelSource lessor, LentPlace lease, int length, Completion? completion)
    {
        Begin(kind, id, label, completion);
        _lessor = lessor;
        _lease = lease;
        _leasedLength = length;
    }

    /// <summary>Gets whether the message lies in memory that a channel has leased; another channel copies it.</summary>
    public bool IsLeasedFrom(ChannelSource channel, out LentPlace lease)
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

    /// <summary>Tells that the message will not be written.</summary>
    public void Fail(Exception error) => Completion?.TrySetException(_version, error);

    private partial void Store(ReadOnlySpan<byte> payload)
    {
        _borrowed = RemoteCopy.Of(payload);
        _payload = _borrowed.AsMemory(0, payload.Length);
    }

    private partial void Drop()
    {
        if (_borrowed is not null)
            RemoteCopy.Return(_borrowed);
        _borrowed = null;
        _payload = default;
        _lessor?.EndLease(_lease);
        _lessor = null;
    }
}
