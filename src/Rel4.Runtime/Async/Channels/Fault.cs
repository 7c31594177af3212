namespace Rel4.Runtime.Channels;

/// <summary>Says what is wrong in a peer's frame, before the channel it belongs to is known.</summary>
/// <param name="Field">What is wrong.</param>
/// <param name="Offset">Where it was read, in bytes from the start of the frame.</param>
/// <param name="Value">What was read.</param>
/// <param name="Limit">What it is compared with.</param>
internal readonly record struct Fault(ChannelField Field, ulong Offset, ulong Value, ulong Limit)
{
    /// <summary>Gets whether anything is wrong.</summary>
    public bool IsAny => Field != ChannelField.None;
}
