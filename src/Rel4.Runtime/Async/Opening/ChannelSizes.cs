using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <summary>Says how large the rings of channels are.</summary>
internal static class ChannelSizes
{
    /// <summary>The lines of a ring.</summary>
    /// <remarks>A record takes at most a quarter of them, so 128 KiB go in one piece. A larger ring would leave the processor's own cache.</remarks>
    private const nuint Lines = 8192;

    /// <summary>Gets how much of a frame is used.</summary>
    public static nuint FrameBytes(nuint length) => nuint.Min(length, ChannelFrame.HeaderSize + (Lines * ChannelFrame.LineSize));

    /// <summary>Gets what a peer is allowed.</summary>
    public static ChannelOptions Options(ulong number) => new() { Channel = number, MaxMessageBytes = ReL4.MaxMessageBytes };
}
