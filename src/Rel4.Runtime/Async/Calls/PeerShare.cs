using System.Runtime.CompilerServices;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <summary>What one peer may have lying in the memory of this process and under way, and the channels that stand still until some of it is given back.</summary>
/// <remarks>
/// On the executor's thread. Requests under way are those that code has and has not ended: each may be answered at the same moment as all others, to a peer
/// that reads nothing. So there are no more of them than the limit has room for replies of <c>BytesPerRequest</c>. They are counted, not taken, so that
/// one that is not answered for long keeps no long message from its turn. A channel learns by the request that it takes that this was the last, so each further one may have one above the limit.
/// </remarks>
/// <param name="limit">In bytes.</param>
internal sealed partial class PeerShare(long limit) : MemoryShare(limit)
{
    private const int BytesPerRequest = 16 * 1024;

    private long _requestsLeft = limit / BytesPerRequest;

    // In the order in which they came, by ChannelSource.NextWaiting.
    private ChannelSource? _waiting;

    /// <summary>Gets or sets how many of the peer's channels are open.</summary>
    public int Channels { get; set; }

    /// <summary>Gets whether nothing is left of the peer.</summary>
    public bool IsUnused => Channels == 0 && Used == 0 && _requestsLeft == Limit / BytesPerRequest;

    /// <summary>Takes note that code has a request.</summary>
    /// <returns>Whether the peer has as many now as it may have.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool BeginRequest() => --_requestsLeft <= 0;

    /// <summary>Takes note that it has ended one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void EndRequest()
    {
        _requestsLeft++;
        if (_waiting is not null)
            OnGivenBack();
    }

    /// <summary>Has a channel told when memory is given back, or a request ended.</summary>
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
