using System.Diagnostics;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests.Supervision;

namespace Rel4.Contracts.Tests;

/// <summary>Do streams come whole, within their credit, and end with either side?</summary>
[Collection(nameof(OneKernel))]
public sealed class StreamTests
{
    [Fact]
    public async Task Stream_ThatIsReadToItsEnd_IsWhole() =>
        Assert.Equal(["0", "1", "64", "10000"], await ContractSystem.RunAsync(StreamPrograms.Serve, StreamPrograms.ReadAll));

    [Fact]
    public async Task Stream_FromTheThreadPool_IsWhole() =>
        Assert.Equal(["0", "1", "64", "10000"], await ContractSystem.RunAsync(StreamPrograms.Serve, StreamPrograms.ReadAllFromThePool));

    [Fact]
    public async Task Stream_ThatFails_BringsItsItemsAndItsError() =>
        Assert.Equal(["0", "1", "2", "9: no more"], await ContractSystem.RunAsync(StreamPrograms.Serve, StreamPrograms.ReadToFailure));

    [Fact]
    public async Task Server_OfAReaderThatWaits_MakesNoMoreThanItsCredit() =>
        Assert.Equal(["within the credit", "1 ended"], await ContractSystem.RunAsync(StreamPrograms.Serve, StreamPrograms.ReadSome));

    [Fact]
    public async Task Stream_ThatIsCancelled_EndsAtTheServer() =>
        Assert.Equal(["cancelled", "1 ended"], await ContractSystem.RunAsync(StreamPrograms.Serve, StreamPrograms.Cancel));

    [Fact]
    public async Task Streams_BeyondWhatABadgeMay_AreRefused() => Assert.Equal(
        ["0", "0", "TooMany", "2 ended", "0", "1", "64", "10000"], await ContractSystem.RunAsync(StreamPrograms.Serve, StreamPrograms.ReadTooMany));

    [Fact]
    public async Task Death_OfAReader_EndsItsStream()
    {
        var output = new Recorder();
        await using RunningSystem system = await ContractSystem.StartAsync(output, StreamPrograms.Serve, StreamPrograms.ReadForEver, StreamPrograms.AwaitEnd);
        await output.WaitForAsync("reads");
        Process.GetProcessById(system["client0"].ProcessId!.Value).Kill();
        await output.WaitForAsync("1 ended");
    }

    [Fact]
    public async Task Death_OfTheServer_EndsTheReader()
    {
        var output = new Recorder();
        await using RunningSystem system = await ContractSystem.StartAsync(output, StreamPrograms.Serve, StreamPrograms.ReadForEver);
        await output.WaitForAsync("reads");
        Process.GetProcessById(system["server"].ProcessId!.Value).Kill();
        await output.WaitForAsync("closed");
    }
}
