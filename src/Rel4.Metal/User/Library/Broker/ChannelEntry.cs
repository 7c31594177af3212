using System.Runtime.InteropServices;

namespace Rel4.Metal.User;

/// <summary>What the broker tells a task of one of its channels.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ChannelEntry
{
    /// <summary>A <see cref="ChannelStage"/>, written last.</summary>
    public uint Stage;

    /// <summary>One more than the index of the sender that rings the peer; 0 where the kernel has no room for one: the peer is rung by the capability in <see cref="BrokerLayout.PeerBells"/>.</summary>
    public uint Sender;
}
