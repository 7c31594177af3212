using Rel4.Hosted.Tests.Async;

namespace Rel4.Hosted.Tests.Hostile;

/// <summary>May a client have no more requests under way than its share of the memory is for, and is the rest served later?</summary>
[Collection(nameof(OneKernel))]
public sealed class UnderWayTests
{
    [Fact]
    public async Task Calls_BeyondTheShare_WaitInTheRingAndAreAnsweredLater() => Assert.Equal(
        ["64 under way", "all answered", "all taken"],
        (await AsyncSystem.RunAsync(AsyncSystem.Compose(UnderWayPrograms.Serve, UnderWayPrograms.Ask, UnderWayPrograms.LookOn))).Order(StringComparer.Ordinal));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Sends_BeyondTheShare_OutliveTheirSender(bool dies)
    {
        var composition = new AsyncComposition(UnderWayPrograms.Serve);
        composition.AddClient("sender", dies ? UnderWayPrograms.SendAndDie : UnderWayPrograms.SendAndExit, badge: 1);
        composition.AddClient("client", UnderWayPrograms.LookOn, badge: 2);

        Assert.Equal(["64 under way", "all taken"], await AsyncSystem.RunAsync(composition.Builder));
    }
}
