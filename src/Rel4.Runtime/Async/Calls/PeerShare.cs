using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <summary>What one peer may have lying in the memory of this process, and the channels that stand still until some of it is given back.</summary>
/// <remarks>On the executor's thread.</remarks>
/// <param name="limit">In bytes.</param>
internal sealed partial class PeerShare(long limit) : MemoryShare(limit)
{
    // In the order in which they came, by ChannelSource.NextWaiting.
    private ChannelSource? _waiting;

    /// <summary>Gets or sets how many of the peer's channels are open.</summary>
    public int Channels { get; set; }

    /// <summary>Has a channel told when memory is given back.</summary>
    public void Wait(ChannelSource channel)
    {
        if (_waiting is null)
            OnStandstill();
        ref ChannelSource? link = ref _waiting;
        while (link is not null)
            link = ref link.NextWaiting;
        link = channel;
    }

    /// <summary>Has a channel not told.</summary>
    public void StopWaiting(ChannelSource channel)
    {
        ref ChannelSource? link = ref _waiting;
        while (link is not null && link != channel)
            link = ref link.NextWaiting;
        if (link is null)
            return;
        link = channel.NextWaiting;
        channel.NextWaiting = null;
        if (_waiting is null)
            OnStandstillEnded();
    }

    /// <inheritdoc/>
    protected override void OnGivenBack()
    {
        if (_waiting is null)
            return;
        while (_waiting is { } channel)
        {
            _waiting = channel.NextWaiting;
            channel.NextWaiting = null;
            channel.OnMemoryGivenBack();
        }

        OnStandstillEnded();
    }

    /// <summary>Takes note that channels stand still.</summary>
    static partial void OnStandstill();

    /// <summary>Takes note that none does any more.</summary>
    static partial void OnStandstillEnded();
}
