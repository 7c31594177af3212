using Rel4.Hosted.Composition;

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

    [Fact]
    public async Task Call_FromThePoolInSteadyState_ZeroBytes() =>
        Assert.Equal(
            ["0 bytes a call"],
            await AsyncSystem.RunAsync(AsyncSystem.Compose(Service.Run, PoolPrograms.CallWithoutGarbage), TimeSpan.FromSeconds(30)));

    [Fact]
    public async Task Response_UsedAfterItsEnd_ThrowsAndTouchesNoOther() =>
        Assert.Equal(
            ["ObjectDisposedException ObjectDisposedException ObjectDisposedException", "second", "True second"],
            await AsyncSystem.RunAsync(AsyncSystem.Compose(Service.Run, PoolPrograms.UseResponsesWrongly)));

    [Fact]
    public async Task Payload_ReadOnAnotherThread_IsNotKeptBehindItsMessage() =>
        Assert.Equal(["not kept"], await AsyncSystem.RunAsync(AsyncSystem.Compose(Service.Run, PoolPrograms.ReadElsewhere)));

    [Fact]
    public async Task Call_ManyFromThePoolWhenTheServerEnds_AllAreTold()
    {
        var composition = new AsyncComposition(Service.Run);
        composition.Server.Restart(new RestartPolicy { When = RestartCondition.Always, FirstDelay = TimeSpan.FromMilliseconds(1) });
        composition.AddClient(PoolPrograms.OutliveServer);

        Assert.Equal(["PeerEnded", "PeerEnded", "answered"], await AsyncSystem.RunAsync(composition.Builder));
    }
}
