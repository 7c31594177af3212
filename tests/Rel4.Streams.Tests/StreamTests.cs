using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests;
using Rel4.Hosted.Tests.Async;
using Rel4.Hosted.Tests.Supervision;

namespace Rel4.Streams.Tests;

/// <summary>Do connections between processes carry bytes, end as they should, and keep their bounds?</summary>
[Collection(nameof(OneKernel))]
public sealed class StreamTests
{
    [Fact]
    public async Task Bytes_OfSeveralConnections_ComeBackAndEnd() =>
        await ExpectAsync(StreamPrograms.EchoMuch, "True True True", "echoed for 1", "echoed for 1", "echoed for 1");

    [Fact]
    public async Task Stream_OfAConnection_ReadsAndWrites() =>
        await ExpectAsync(StreamPrograms.UseStream, "bytes", "echoed for 1");

    [Fact]
    public async Task Abort_OfTheServer_EndsTheClient() =>
        await ExpectAsync(StreamPrograms.EndByAbort, "closed: True", "read: PeerAborted", "write: PeerAborted");

    [Fact]
    public async Task Death_OfTheServer_EndsTheClient() =>
        await ExpectAsync(StreamPrograms.EndByExit, "closed: True", "read: PeerEnded", "write: PeerEnded");

    [Fact]
    public async Task Dispose_OfTheListener_EndsTheClient() =>
        await ExpectAsync(StreamPrograms.EndByLeave, "closed: True", "left", "read: PeerAborted", "write: PeerAborted");

    [Fact]
    public async Task Dispose_OfTheListener_EndsWritersThatWait() =>
        await ExpectAsync(StreamPrograms.EndFloodByLeave, "flooded little", "left", "of 1: AbortedHere", "read: PeerAborted");

    [Fact]
    public async Task Dispose_WithBytesThatNobodyTakes_AbortsAfterItsLimit() =>
        await ExpectAsync(StreamPrograms.DisposeStalled, "closed: True", "of 1: PeerAborted");

    [Fact]
    public async Task Connection_OnAnExecutorsThread_ComesBackThere() =>
        await ExpectAsync(StreamPrograms.UseInRun, "5 bytes, at home: True", "echoed for 1");

    [Fact]
    public async Task Dispose_OfTheServersConnection_EndsItsBytesAndTakesNoMore() =>
        await ExpectAsync(StreamPrograms.EndByDispose, "closed: True", "read: 0 bytes", "write: PeerClosed");

    [Fact]
    public async Task Abort_OfTheClient_EndsTheServer() =>
        await ExpectAsync(StreamPrograms.AbortHere, "of 1: PeerAborted", "of 1: PeerAborted", "other: AbortedHere", "read: AbortedHere", "write: AbortedHere");

    [Fact]
    public async Task Death_OfTheClient_EndsTheServer()
    {
        var composition = new AsyncComposition(StreamServer.Run);
        composition.AddClient("victim", StreamPrograms.Die);
        var output = new Recorder();
        await using RunningSystem system = await AsyncSystem.StartAsync(composition.Builder, output);

        await output.WaitForAsync("PeerEnded");
    }

    [Fact]
    public async Task Connections_ThatStall_KeepTheirBoundsAndHoldUpNobody() =>
        await ExpectAsync(StreamPrograms.OutwaitStalled, "2048000 bytes came back", "bounded", "echoed for 1", "flooded little", "of 1: PeerAborted", "of 1: PeerAborted");

    [Fact]
    public async Task Connections_MoreThanABadgeMayHave_AreRefusedUntilOneEnds() =>
        await ExpectAsync(StreamPrograms.ConnectTooOften, "0", "Refused", "echoed for 1", "echoed for 1", "of 1: PeerEnded", "of 1: PeerEnded");

    /// <summary>A client that may do all but name what is another's; beside it an honest one.</summary>
    [Fact]
    public async Task Numbers_OfAnothersConnection_MeanNothing()
    {
        var composition = new AsyncComposition(StreamServer.Run);
        composition.AddClient(HostilePrograms.ServeAsVictim);
        composition.AddClient(HostilePrograms.NameAnothers);
        await ExpectAsync(
            composition.Builder,
            "Read Closed, Write Closed, Abort sent, Close sent", "echoed for 1", "victim's bytes came back");
    }

    [Fact]
    public async Task Garbage_OfAClient_ClosesItsConnectionAtMost() => await ExpectOfClientAsync(
        HostilePrograms.SendGarbage,
        "empty: Closed", "short: Closed", "no connection: Closed", "other version: Violation", "same number: Violation", "send: none", "unknown label: Violation",
        "wrong sequence: Violation", "too long: Violation", "behind the last: Violation", "other connection: 3 bytes");

    [Fact]
    public async Task Credit_Overrun_ClosesThatConnection() => await ExpectOfClientAsync(
        HostilePrograms.OverrunCredit,
        "writes: Violation", "reads: Violation", "other connection: 3 bytes");

    /// <summary>Runs a client, and looks at what it writes itself.</summary>
    private static async Task ExpectOfClientAsync(Action client, params string[] lines)
    {
        var output = new Recorder();
        await using RunningSystem system = await AsyncSystem.StartAsync(AsyncSystem.Compose(StreamServer.Run, client), output);
        await AsyncSystem.EndOfClientsAsync(system, output);
        Assert.Equal(lines, output.Of(OutputKind.Output).Where(line => line.Task == "client1").Select(line => line.Text));
        Assert.Equal(0, system["server"].Restarts);
    }

    private static Task ExpectAsync(Action client, params string[] lines) => ExpectAsync(AsyncSystem.Compose(StreamServer.Run, client), lines);

    /// <summary>Runs a system until its clients have ended and all has written so many lines; in which order is chance.</summary>
    private static async Task ExpectAsync(SystemBuilder builder, params string[] lines)
    {
        var output = new Recorder();
        await using RunningSystem system = await AsyncSystem.StartAsync(builder, output);
        await AsyncSystem.EndOfClientsAsync(system, output);
        await Eventually.HoldsAsync(() => output.Output.Count() >= lines.Length, () => output.All);
        Assert.Equal(lines.Order(StringComparer.Ordinal), output.Output.Order(StringComparer.Ordinal));
    }
}
