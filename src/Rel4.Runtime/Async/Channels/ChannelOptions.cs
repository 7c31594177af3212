namespace Rel4.Runtime.Channels;

/// <summary>Says what one end of a channel allows its peer.</summary>
internal readonly struct ChannelOptions()
{
    /// <summary>The longest message that a span can hold in one piece and the protocol promises to carry: 1 GiB.</summary>
    public const int LargestMessageBytes = 1 << 30;

    /// <summary>Gets the number that names the channel in messages.</summary>
    public ulong Channel { get; init; }

    /// <summary>Gets the bytes of the longest message taken; the peer can read it in the frame.</summary>
    public int MaxMessageBytes { get; init; } = LargestMessageBytes;
}
