namespace Rel4.Hosted.Tests.Async;

/// <summary>Does a process get back what one run has taken, so that the next can have it?</summary>
[Collection(nameof(OneKernel))]
public sealed class RunTests
{
    [Fact]
    public async Task Run_AgainAndAgain_ReceivesAndWaitsAsBefore() =>
        Assert.Equal(
            ["as much as before"],
            await AsyncSystem.RunAsync(AsyncSystem.Compose(RunPrograms.Serve, RunPrograms.CallFromManyRuns)));

    [Fact]
    public async Task Run_InsideOfARun_IsRefusedAndTakesNothing() =>
        Assert.Equal(["refused, nothing taken"], await AsyncSystem.RunAsync(AsyncSystem.Compose(Service.Run, RunPrograms.RunInsideOfARun)));

    [Fact]
    public async Task Failure_OfACoroutineThatNobodyJoins_IsALineOfError() => Assert.Equal(
        [
            "reL4: a coroutine that nobody joins, or posted work, has failed: System.InvalidOperationException: on purpose (Executor.CoroutineFailed tells more)",
        ],
        await AsyncSystem.RunAsync(AsyncSystem.Compose(Service.Run, RunPrograms.FailUnnoticed)));

    [Fact]
    public async Task Call_OfAReceiverThatKnowsNoTicket_SaysThatTwoMayReceive() => Assert.Contains(
        "two tasks receive from the endpoint",
        Assert.Single(await AsyncSystem.RunAsync(AsyncSystem.Compose(RunPrograms.KnowNoTicket, RunPrograms.CallWithoutAChannel))),
        StringComparison.Ordinal);

    [Fact]
    public async Task Receive_FromMoreEndpointsThanThreadsAreFor_IsRefusedAndChannelsOpenStill()
    {
        IReadOnlyList<string> written = await AsyncSystem.RunAsync(AsyncSystem.Compose(Service.Run, RunPrograms.ReceiveEverywhere));

        Assert.Equal(2, written.Count);
        Assert.StartsWith("This process receives from 64 endpoints already", written[0], StringComparison.Ordinal);
        Assert.Equal("answered", written[1]);
    }

    [Fact]
    public async Task Requests_EndedOnOtherThreadsAtTheEnd_AreGivenBack() => Assert.Equal(
        ["ended"], await AsyncSystem.RunAsync(AsyncSystem.Compose(Service.Run, RunPrograms.EndElsewhereAtTheEnd), TimeSpan.FromSeconds(30)));

    [Fact]
    public async Task Call_OfAServerWhoseRunHasFailed_TellsThatItEnded()
    {
        IReadOnlyList<string> written = await AsyncSystem.RunAsync(AsyncSystem.Compose(RunPrograms.ServeOnceAndFail, RunPrograms.CallUntilRefused));

        Assert.Equal(2, written.Count);
        Assert.EndsWith(
            "the server has ended: its ReL4.Run has returned, or failed. See what it wrote last, and call again once it runs anew.",
            written[0],
            StringComparison.Ordinal);
        Assert.Equal("abandoned", written[1]);
    }
}
