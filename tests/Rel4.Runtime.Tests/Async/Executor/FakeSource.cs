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

    internal override void ShowAttentive()
    {
        IsAttentive = true;
        log.Add($"{name} attentive");
    }

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
