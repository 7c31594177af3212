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
}
