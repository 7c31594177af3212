namespace Rel4.Runtime.Channels;

/// <summary>Says what is wrong in a peer's frame, before the channel it belongs to is known.</summary>
/// <param name="wrong">What is wrong.</param>
/// <param name="offset">Where it was read, in bytes from the start of the frame.</param>
/// <param name="value">What was read.</param>
/// <param name="limit">What it is compared with: the greatest value allowed, or the one expected.</param>
internal readonly struct Fault(ChannelField wrong, ulong offset, ulong value, ulong limit)
{
    /// <summary>Gets what is wrong.</summary>
    public ChannelField Field => wrong;

    /// <summary>Gets where it was read, in bytes from the start of the frame.</summary>
    public ulong Offset { get; init; } = offset;

    /// <summary>Gets what was read.</summary>
    public ulong Value => value;

    /// <summary>Gets what it is compared with.</summary>
    public ulong Limit => limit;

    /// <summary>Gets whether anything is wrong.</summary>
    public bool IsAny => Field != ChannelField.None;
}
