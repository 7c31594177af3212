using System.Diagnostics;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests.Supervision;

namespace Rel4.Contracts.Tests;

/// <summary>Do streams that clients send come whole, within the server's credit, and end with either side?</summary>
[Collection(nameof(OneKernel))]
public sealed class UploadTests
{
    private static readonly string[] s_sums = ["0", "0", "90", "110", "24995000", "1996 none", "no stream"];

    [Fact]
    public async Task Streams_ThatAreReadToTheirEnd_AreWhole() => Assert.Equal(s_sums, await ContractSystem.RunAsync(UploadPrograms.Serve, UploadPrograms.SendAll));

    [Fact]
    public async Task Streams_FromTheThreadPool_AreWhole() =>
        Assert.Equal(s_sums, await ContractSystem.RunAsync(UploadPrograms.Serve, UploadPrograms.SendAllFromThePool));

    [Fact]
    public async Task Stream_ThatFails_BringsItsItemsAndItsError() => Assert.Equal(
        ["6, then ContractException 7", "6, then ContractFailedException 0", "7: no more", "my own", "0", "2", "4", "left"],
        await ContractSystem.RunAsync(UploadPrograms.Serve, UploadPrograms.Fail));

    [Fact]
    public async Task Client_OfAServerThatWaitsAndStops_MakesNoMoreThanTheCreditAndEndsItsStream() => Assert.Equal(
        ["within the credit", "disposed of, and the call is under way"], await ContractSystem.RunAsync(UploadPrograms.Serve, UploadPrograms.SendTooMuch));

    [Fact]
    public async Task Call_ThatIsCancelled_EndsItsStreamsOnBothSides() => Assert.Equal(
        ["cancelled", "cancelled", "both have ended", "3", "refused: TooMany 0 OutOfResources"], await ContractSystem.RunAsync(UploadPrograms.Serve, UploadPrograms.Cancel));

    [Fact]
    public async Task Death_OfAClientThatSends_EndsItsStream()
    {
        var output = new Recorder();
        await using RunningSystem system = await ContractSystem.StartAsync(output, UploadPrograms.Serve, UploadPrograms.SendForEver, UploadPrograms.AwaitEnd);
        await output.WaitForAsync("sends");
        Process.GetProcessById(system["client0"].ProcessId!.Value).Kill();
        await output.WaitForAsync("its stream has ended");
    }

    [Fact]
    public async Task Death_OfTheServer_EndsTheClientsStream()
    {
        var output = new Recorder();
        await using RunningSystem system = await ContractSystem.StartAsync(output, UploadPrograms.Serve, UploadPrograms.SendForEver);
        await output.WaitForAsync("sends");
        Process.GetProcessById(system["server"].ProcessId!.Value).Kill();
        await output.WaitForAsync("ended");
    }

    [Fact]
    public async Task Pushes_ThatMakeNoSense_AreRefusedAndTheServerServesOn() => Assert.Equal(
        [
            "unknown: 5", "no such stream: Malformed", "short: Malformed", "first of items: Malformed", "its call: Malformed",
            "a second: Malformed", "after it ended: 6", "too many items: Malformed", "garbage: Malformed", "no kind: Malformed", "a call instead: Malformed", "3",
        ],
        await ContractSystem.RunAsync(UploadPrograms.Serve, HostilePrograms.PushWrongly));
}
