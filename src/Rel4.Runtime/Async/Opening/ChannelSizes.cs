using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <summary>Says how large the rings of channels are.</summary>
internal static class ChannelSizes
{
    /// <summary>The lines of a ring, which ends with its eighth unit; the others of a large frame are lent.</summary>
    /// <remarks>A record takes at most a quarter of them, so almost 128 KiB go in one piece. A larger ring would leave the processor's own cache.</remarks>
    private const uint RingLines = ((8 * ChannelFrame.UnitSize) - ChannelFrame.HeaderSize) / ChannelFrame.LineSize;

    /// <summary>Gets what a peer is allowed.</summary>
    public static ChannelOptions Options(ulong number) => new() { Channel = number, RingLines = RingLines, MaxMessageBytes = ReL4.MaxMessageBytes };
}
