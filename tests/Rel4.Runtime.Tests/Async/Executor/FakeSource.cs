using Rel4.Abi;

namespace Rel4.Runtime.Tests;

/// <summary>Is a channel without a channel: what a test puts in is what a poll finds.</summary>
internal sealed class FakeSource(List<string> log, string name) : PollSource
{
    public int Incoming { get; set; }

    public int Polls { get; private set; }

    public bool IsAttentive { get; private set; }

    /// <summary>Arrives between showing parked and the second look.</summary>
    public int ComesWhileGoingCold { get; set; }

    public Action? OnPoll { get; set; }

    public Action<bool>? OnShown { get; set; }

    /// <summary>Gets or sets what the peer shows.</summary>
    public ChannelAttention Peer { get; set; }

    /// <summary>Gets or sets where the peer runs.</summary>
    public int PeersProcessor { get; set; } = 1;

    internal override void ShowAwake(int processor, bool isSpinning)
    {
        IsAttentive = true;
        log.Add($"{name} {(isSpinning ? "spinning" : "attentive")}");
        OnShown?.Invoke(isSpinning);
    }

    internal override bool IsPeerAwake(int processor, bool countsIdle) =>
        PeersProcessor != processor && (Peer == ChannelAttention.Attentive || (countsIdle && Peer == ChannelAttention.Spinning));

    internal override bool Poll()
    {
        Polls++;
        if (Incoming == 0)
            return false;
        Incoming--;
        log.Add($"{name} work");
        OnPoll?.Invoke();
        return true;
    }

    internal override void Publish() => log.Add($"{name} publish");

    internal override void NotifyPeer() => log.Add($"{name} notify");

    internal override bool TryGoCold()
    {
        Incoming += ComesWhileGoingCold;
        ComesWhileGoingCold = 0;
        log.Add($"{name} {(Incoming == 0 ? "cold" : "stays hot")}");
        IsAttentive = Incoming != 0;
        return !IsAttentive;
    }
}
