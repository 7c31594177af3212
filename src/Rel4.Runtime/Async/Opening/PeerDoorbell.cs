using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <summary>Wakes a channel's peer by a user interrupt.</summary>
/// <remarks>A peer that can't be reached any more is found by <see cref="ChannelSource.CheckPeer"/>.</remarks>
internal sealed class PeerDoorbell(InterruptSender sender) : Doorbell
{
    /// <inheritdoc/>
    public override void Ring() => sender.TryPost();
}
