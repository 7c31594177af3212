namespace Rel4.Runtime.Tests.Async.Calls;

/// <summary>Has a peer as many requests under way as its share is for?</summary>
public sealed class PeerShareTests
{
    [Fact]
    public void Requests_AsManyAsTheLimitIsFor_AreAll()
    {
        var share = new PeerShare(1 << 20);
        for (int i = 1; i < 64; i++)
            Assert.False(share.BeginRequest());

        Assert.True(share.BeginRequest());
        share.EndRequest();
        Assert.True(share.BeginRequest());
        Assert.False(share.IsUnused);
        for (int i = 0; i < 64; i++)
            share.EndRequest();
        Assert.True(share.IsUnused);
    }

    [Fact]
    public void Requests_UnderWay_TakeNothingOfTheMemory()
    {
        var share = new PeerShare(1 << 20);
        share.BeginRequest();

        Assert.True(share.TryTake(1 << 20));
    }
}
