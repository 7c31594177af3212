namespace Rel4.Hosted.Tests.Async;

/// <summary>Can code on ordinary threads call, when it blocks them all, and does the runtime keep nothing of whoever came first?</summary>
[Collection(nameof(OneKernel))]
public sealed class PoolTests
{
    [Fact]
    public async Task Call_FromAllThreadsOfThePoolBlocking_IsAnsweredAndLimited() =>
        Assert.Equal(
            ["1280 answered, TimeoutException"],
            await AsyncSystem.RunAsync(AsyncSystem.Compose(Service.Run, PoolPrograms.BlockThePool), TimeSpan.FromSeconds(30)));

    [Fact]
    public async Task Call_FirstOfTheProcess_KeepsNothingThatFlowedWithIt() =>
        Assert.Equal(["let go"], await AsyncSystem.RunAsync(AsyncSystem.Compose(Service.Run, PoolPrograms.FlowAway)));
}
