using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests.Supervision;

namespace Rel4.Contracts.Tests;

/// <summary>Does a server outlive clients that keep to no contract, and say what was wrong?</summary>
[Collection(nameof(OneKernel))]
public sealed class HostileTests
{
    [Fact]
    public async Task Messages_ThatAreNone_AreRefusedByReason() => Assert.Equal(
        [
            "empty: Malformed", "short: Malformed", "version: Version", "flags: Malformed", "reserved: Malformed", "kind: Malformed",
            "contract: Contract", "method: Method", "arguments: Malformed", "surplus: Malformed", "right: 0",
        ],
        await ContractSystem.RunAsync(UnaryPrograms.Serve, HostilePrograms.SendGarbage));

    [Fact]
    public async Task Server_OfRandomMessages_ServesOn() =>
        Assert.Equal(["has fuzzed", "2"], await ContractSystem.RunAsync(UnaryPrograms.Serve, HostilePrograms.Fuzz));

    [Fact]
    public async Task Server_OfFloodsOfCancels_ServesOn() =>
        Assert.Equal(["has flooded", "2"], await ContractSystem.RunAsync(UnaryPrograms.Serve, HostilePrograms.FloodCancels));

    [Fact]
    public async Task Number_ThatIsUnderWay_IsRefusedAndCanBeUsedLater() => Assert.Equal(
        ["replay: Malformed", "first: 3", "again: 3", "2"], await ContractSystem.RunAsync(UnaryPrograms.Serve, HostilePrograms.Replay));

    [Fact]
    public async Task Pulls_ThatMakeNoSense_AreRefused() => Assert.Equal(
        [
            "unknown: 5", "without a number: Malformed", "no credit: Malformed", "short: Malformed", "all: 0", "end: 0", "after the end: 5",
            "a second: Malformed", "cancelled: 3", "its pull: 5",
        ],
        await ContractSystem.RunAsync(StreamPrograms.Serve, HostilePrograms.PullWrongly));

    [Fact]
    public async Task Cancel_OfAnotherBadgesNumber_CancelsNothing()
    {
        var output = new Recorder();
        await using RunningSystem system = await ContractSystem.StartAsync(
            output, UnaryPrograms.Serve, HostilePrograms.WaitAsSeven, HostilePrograms.CancelOthers);
        await output.WaitForAsync("cancelled ");
        Assert.Equal(["2", "cancelled 0"], output.Output);
    }
}
