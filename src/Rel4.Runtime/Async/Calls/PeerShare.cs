using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <summary>What one peer may have lying in the memory of this process, and the channels that stand still until some of it is given back.</summary>
/// <remarks>On the executor's thread.</remarks>
internal sealed class PeerShare() : MemoryShare(ReL4.MemoryPerPeer)
{
    private readonly List<ChannelSource> _waiting = [];

    /// <summary>Gets or sets how many of the peer's channels are open.</summary>
    public int Channels { get; set; }

    /// <summary>Has a channel told when memory is given back.</summary>
    public void Wait(ChannelSource channel)
    {
        if (_waiting.Count == 0)
            ForgottenSearch.Begin();
        _waiting.Add(channel);
    }

    /// <summary>Has a channel not told.</summary>
    public void StopWaiting(ChannelSource channel)
    {
        if (_waiting.Remove(channel) && _waiting.Count == 0)
            ForgottenSearch.End();
    }

    /// <inheritdoc/>
    protected override void OnGivenBack()
    {
        if (_waiting.Count == 0)
            return;
        foreach (ChannelSource channel in _waiting)
            channel.OnMemoryGivenBack();
        _waiting.Clear();
        ForgottenSearch.End();
    }
}
