using System.Diagnostics;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests.Supervision;

namespace Rel4.Contracts.Tests;

/// <summary>Do calls reach the server, and its answers the client, between processes?</summary>
[Collection(nameof(OneKernel))]
public sealed class UnaryTests
{
    private static readonly string[] s_answers =
        ["42", "ab 00000000-0000-0000-0000-000000000000 Friday 1.5", " 00000000-0000-0000-0000-000000000000 Sunday ", "20971520", "10"];

    [Fact]
    public async Task Calls_OfAllTypes_AreAnswered() => Assert.Equal(s_answers, await ContractSystem.RunAsync(UnaryPrograms.Serve, UnaryPrograms.Call));

    [Fact]
    public async Task Calls_FromTheThreadPool_AreAnswered() =>
        Assert.Equal(s_answers, await ContractSystem.RunAsync(UnaryPrograms.Serve, UnaryPrograms.CallFromThePool));

    [Fact]
    public async Task Errors_OfTheServer_TellNoDetailsUnlessMeant()
    {
        const string Failed = "failed: The server's method has failed by an exception that is not for clients. The server's log says which.";
        Assert.Equal(
            ["42: no such thing", "42: no such thing", Failed, Failed, Failed, Failed],
            await ContractSystem.RunAsync(UnaryPrograms.Serve, UnaryPrograms.CallInVain));
    }

    [Fact]
    public async Task Errors_OfAServerThatTellsNobody_AreWrittenWithTheMethodsName()
    {
        var output = new Recorder();
        await using RunningSystem system = await ContractSystem.StartAsync(output, UnaryPrograms.Serve, UnaryPrograms.CallInVain);

        await output.WaitForAsync("reL4: Rel4.Contracts.Tests.ICalculator/FailAsync failed in a call of badge 1: System.");
    }

    [Fact]
    public async Task Errors_OfAServerThatTells_HaveTypeAndMessage()
    {
        IReadOnlyList<string> output = await ContractSystem.RunAsync(UnaryPrograms.ServeWithDetails, UnaryPrograms.CallInVain);

        Assert.Equal(2, output.Count(line => line == "failed: The server's method has failed: InvalidOperationException: secret"));
        Assert.Equal(2, output.Count(line => line == "log: secret"));
    }

    [Fact]
    public async Task Cancel_OfACallThatWaits_ReachesTheServer() =>
        Assert.Equal(["0", "cancelled", "1 cancelled"], await ContractSystem.RunAsync(UnaryPrograms.Serve, UnaryPrograms.Cancel));

    [Fact]
    public async Task Cancel_FromTheThreadPool_ReachesTheServer() =>
        Assert.Equal(["0", "cancelled", "1 cancelled"], await ContractSystem.RunAsync(UnaryPrograms.Serve, UnaryPrograms.CancelFromThePool));

    [Fact]
    public async Task Deadline_OfACallThatWaits_EndsBothSides() =>
        Assert.Equal(["3", "late", "1 cancelled"], await ContractSystem.RunAsync(UnaryPrograms.Serve, UnaryPrograms.RunLate));

    [Fact]
    public async Task Calls_BeyondWhatABadgeMay_AreRefused() =>
        Assert.Equal(["refused: TooMany 0 OutOfResources", "3 cancelled", "7"], await ContractSystem.RunAsync(UnaryPrograms.ServeWithDetails, UnaryPrograms.CallTooOften));

    [Fact]
    public async Task Death_OfAClientThatWaits_CancelsItsCall()
    {
        var output = new Recorder();
        await using RunningSystem system = await ContractSystem.StartAsync(
            output, UnaryPrograms.Serve, UnaryPrograms.WaitForEver, UnaryPrograms.AwaitCancelled);
        await output.WaitForAsync("waits");
        Process.GetProcessById(system["client0"].ProcessId!.Value).Kill();
        await output.WaitForAsync("1 cancelled");
    }
}
