namespace Rel4.Hosted.Tests.Async;

/// <summary>Does what was waited for in vain, and cancelled, take no memory?</summary>
[Collection(nameof(OneKernel))]
public sealed class CancelledTests
{
    [Fact]
    public async Task Wait_CancelledAgainAndAgain_KeepsNothing() => Assert.Equal(
        ["receives: nothing", "waits: nothing", "calls without a channel: nothing", "calls without room: nothing"],
        await AsyncSystem.RunAsync(AsyncSystem.Compose(CancelledPrograms.StandStill, CancelledPrograms.WaitInVain), TimeSpan.FromMinutes(2)));
}
