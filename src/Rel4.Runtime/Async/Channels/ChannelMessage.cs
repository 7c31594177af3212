using System.Runtime.CompilerServices;
using Rel4.Abi;

namespace Rel4.Runtime.Channels;

/// <summary>A message that was read and not released yet; used again after that.</summary>
/// <remarks>
/// The payload lies in the peer's frame, where the peer can change it at any time (copy what is checked before it is checked), or in memory of this
/// process: a message that came in fragments, or one that was kept for so long that the peer wanted its place. It stays until
/// <see cref="ChannelEnd.Release(ChannelMessage)"/>, and no longer.
/// </remarks>
internal sealed unsafe class ChannelMessage
{
    private byte* _payload;
    private RecordHeader _header;
    private int _capacity;

    /// <summary>Gets what the message is for; never a pad.</summary>
    public RecordKind Kind => _header.Kind;

    /// <summary>Gets the call's id: that of the peer's call to reply to, or of one's own call that this is the reply to.</summary>
    public uint Id => _header.Id;

    /// <summary>Gets the sender's label.</summary>
    public ushort Label => _header.Label;

    /// <summary>Gets the bytes of the payload.</summary>
    public int Length { get; private set; }

    /// <summary>Gets the payload.</summary>
    public ReadOnlySpan<byte> Payload => new(_payload, Length);

    /// <summary>Tells whether bytes are the payload, in its place.</summary>
    public bool Holds(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* first = bytes)
            return first == _payload && bytes.Length == Length;
    }

    /// <summary>Gets or sets which coroutine has looked at the message last; 0 for none.</summary>
    public ulong Holder { get; set; }

    /// <summary>Gets or sets what stands for the message in somebody's hands, while it is in nobody's.</summary>
    public object? Handle { get; set; }

    /// <summary>Gets or sets what finds the handle as long as it is not forgotten, while it is in somebody's hands.</summary>
    public object? WeakHandle { get; set; }

    /// <summary>Gets or sets where the message is.</summary>
    internal MessageState State { get; set; }

    /// <summary>Gets or sets the line in which its record begins, counted since the start.</summary>
    internal ulong Position { get; set; }

    /// <summary>Gets or sets where in the memory that the peer lends the message is, if it is there.</summary>
    internal LentPlace Place { get; set; }

    /// <summary>Gets the object that the channel made before this one.</summary>
    internal ChannelMessage? Older { get; init; }

    /// <summary>Gets or sets the next that is free.</summary>
    internal ChannelMessage? NextFree { get; set; }

    /// <summary>Gets the memory of this process that the payload lies in; none while it lies in the peer's frame.</summary>
    internal NativeBuffer Buffer => new(_capacity == 0 ? null : _payload, _capacity);

    /// <summary>Shows a message in the peer's frame.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Show(RecordHeader header, byte* payload)
    {
        _header = header;
        Length = header.Length;
        Holder = 0;
        _payload = payload;
    }

    /// <summary>Shows a message in memory that the peer lends, or has returned.</summary>
    internal void Show(RecordHeader header, byte* payload, LentPlace place, MessageState state)
    {
        Show(header, payload);
        Length = place.Length;
        Place = place;
        State = state;
    }

    /// <summary>Shows a message in memory of this process.</summary>
    internal void Show(RecordHeader header, NativeBuffer buffer, int length)
    {
        Show(header, buffer.Bytes);
        Length = length;
        _capacity = buffer.Capacity;
    }

    /// <summary>Has the payload in memory of this process from now on.</summary>
    internal void MoveTo(NativeBuffer buffer)
    {
        Payload.CopyTo(new Span<byte>(buffer.Bytes, Length));
        _payload = buffer.Bytes;
        _capacity = buffer.Capacity;
    }

    /// <summary>Forgets the memory that it was in.</summary>
    internal void Leave()
    {
        _capacity = 0;
        State = MessageState.Free;
    }
}

/// <summary>Tells where a message is.</summary>
internal enum MessageState
{
    /// <summary>It is none.</summary>
    Free,

    /// <summary>In the peer's ring, which goes no further than to the first of these.</summary>
    InRing,

    /// <summary>In memory of this process.</summary>
    Apart,

    /// <summary>In memory that the peer lends, which keeps nobody from anything but the peer from lending more.</summary>
    Lent,

    /// <summary>In memory of this side's own frame, which the peer was lent and has returned.</summary>
    Own,

    /// <summary>It was in memory that the peer lends, and was returned by a record.</summary>
    Returned,
}
