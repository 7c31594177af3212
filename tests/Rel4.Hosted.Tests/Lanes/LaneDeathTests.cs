using Rel4.Abi;
using Rel4.Hosted.Tests.Supervision;
using Rel4.Hosted.Tests.Survival;

namespace Rel4.Hosted.Tests.Lanes;

/// <summary>What becomes of a lane's other end, and of everybody else, when a process dies in the middle of it?</summary>
[Collection(nameof(OneKernel))]
public sealed class LaneDeathTests
{
    [Theory]
    [InlineData(LaneMoment.Idle)]
    [InlineData(LaneMoment.Called)]
    [InlineData(LaneMoment.Handled)]
    [InlineData(LaneMoment.Replied)]
    public async Task Death_OfTheClient_LeavesTheServerToOthers(LaneMoment moment)
    {
        await using LaneSystem system = await LaneSystem.StartAsync(TestContext.Current.CancellationToken);
        await system.ReachAsync(moment);

        system.KillClient();
        await ClosesAsync(system);
        system.GoOn();

        await system.CallFromOtherAsync();
        Assert.Empty(HostedInvariants.Find(system.Kernel));
    }

    [Theory]
    [InlineData(LaneMoment.Called)]
    [InlineData(LaneMoment.Handled)]
    public async Task Death_OfTheServerWithACall_IsToldTheClient(LaneMoment moment)
    {
        await using LaneSystem system = await LaneSystem.StartAsync(TestContext.Current.CancellationToken);
        await system.ReachAsync(moment);

        system.KillServer();

        await Eventually.HoldsAsync(() => system.Result == LaneSystem.Abandoned, () => $"the client got {system.Result}");
        Assert.Empty(HostedInvariants.Find(system.Kernel));
    }

    [Fact]
    public async Task Death_OfTheServerBehindItsReply_LeavesTheReplyToTheClient()
    {
        await using LaneSystem system = await LaneSystem.StartAsync(TestContext.Current.CancellationToken);
        await system.ReachAsync(LaneMoment.Replied);

        system.KillServer();
        await ClosesAsync(system);
        Assert.Equal(LaneState.Answered, system.ClientsWord.State);
        system.GoOn();

        await Eventually.HoldsAsync(() => system.Result == 8, () => $"the client got {system.Result}");
        Assert.Empty(HostedInvariants.Find(system.Kernel));
    }

    [Theory]
    [InlineData(LaneMoment.Idle)]
    [InlineData(LaneMoment.Called)]
    [InlineData(LaneMoment.Handled)]
    [InlineData(LaneMoment.Replied)]
    public async Task Stop_OfTheClient_LeavesTheServerToOthers(LaneMoment moment)
    {
        await using LaneSystem system = await LaneSystem.StartAsync(TestContext.Current.CancellationToken);
        await system.ReachAsync(moment);

        system.StopClient();
        system.LetServerGoOn();

        await system.CallFromOtherAsync();
        Assert.Empty(HostedInvariants.Find(system.Kernel));
        system.GoOn();
        await Eventually.HoldsAsync(() => system.Result == 8, () => $"the client got {system.Result}");
    }

    [Theory]
    [InlineData(LaneMoment.Idle)]
    [InlineData(LaneMoment.Called)]
    [InlineData(LaneMoment.Handled)]
    [InlineData(LaneMoment.Replied)]
    public async Task Stop_OfTheServer_HoldsNobodyButItsCallers(LaneMoment moment)
    {
        await using LaneSystem system = await LaneSystem.StartAsync(TestContext.Current.CancellationToken);
        await system.ReachAsync(moment);

        system.StopServer();
        Task others = system.CallFromOtherAsync();
        await ClosesAsync(system);
        Assert.Empty(HostedInvariants.Find(system.Kernel));
        system.GoOn();

        await others;
        await Eventually.HoldsAsync(() => system.Result == 8, () => $"the client got {system.Result}");
    }

    [Fact]
    public async Task Call_OfAnother_WaitsForTheReplyInTheLane()
    {
        await using LaneSystem system = await LaneSystem.StartAsync(TestContext.Current.CancellationToken);
        await system.ReachAsync(LaneMoment.Handled);

        Task others = system.CallFromOtherAsync();
        await ClosesAsync(system);
        Assert.False(others.IsCompleted);
        system.GoOn();

        await others;
        await Eventually.HoldsAsync(() => system.Result == 8, () => $"the client got {system.Result}");
    }

    private static Task ClosesAsync(LaneSystem system) => Eventually.HoldsAsync(
        () => system.ClientsWord.State is LaneState.Closed or LaneState.Answered && system.ServersWord.State == LaneState.Closed,
        () => "the kernel does not take the lane back");
}
