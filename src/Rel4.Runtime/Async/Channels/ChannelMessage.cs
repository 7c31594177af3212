using Rel4.Abi;

namespace Rel4.Runtime.Channels;

/// <summary>Points at a message that was read and not released yet.</summary>
/// <remarks>
/// The payload of a message that came in one record lies in the peer's frame, and the peer can change it at any time: copy what is checked
/// before it is checked. It stays in place until <see cref="ChannelEnd.Release(MessagePlace)"/>, and no longer: the copies of this value know nothing of it.
/// </remarks>
internal readonly unsafe struct ChannelMessage
{
    private readonly byte* _payload;
    private readonly RecordHeader _header;
    private readonly int _capacity;

    internal ChannelMessage(RecordHeader header, byte* payload, int length, NativeBuffer buffer, CallWaiter waiter)
    {
        _header = header;
        _payload = payload;
        Length = length;
        _capacity = buffer.Capacity;
        Waiter = waiter;
    }

    /// <summary>Gets what the message is for; never a pad.</summary>
    public RecordKind Kind => _header.Kind;

    /// <summary>Gets the call's id: that of the peer's call to reply to, or of one's own call that this is the reply to.</summary>
    public uint Id => _header.Id;

    /// <summary>Gets the sender's label.</summary>
    public ushort Label => _header.Label;

    /// <summary>Gets the bytes of the payload.</summary>
    public int Length { get; }

    /// <summary>Gets the payload.</summary>
    public ReadOnlySpan<byte> Payload => new(_payload, Length);

    /// <summary>Gets who waits for this reply; nobody if it is no reply, or the call was abandoned.</summary>
    public CallWaiter Waiter { get; }

    /// <summary>Gets where the payload is, for whoever keeps the message.</summary>
    internal MessagePlace Place => new(_payload, _capacity);
}
