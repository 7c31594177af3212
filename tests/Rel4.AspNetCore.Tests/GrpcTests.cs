using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests;
using Rel4.Hosted.Tests.Async;
using Rel4.Hosted.Tests.Supervision;

namespace Rel4.AspNetCore.Tests;

/// <summary>Do an ordinary service of gRPC and its client, in two processes with a capability between them, do what they do elsewhere?</summary>
[Collection(nameof(OneKernel))]
public sealed class GrpcTests
{
    [Fact]
    public async Task Unary_OneAndMany_AreAnsweredAndTheBadgeIsSeen() =>
        await ExpectAsync(WebServer.RunGrpc, WebClient.CallUnary, "{ \"value\": \"42\", \"badge\": \"1\" }", "39800");

    [Fact]
    public async Task Streams_BothWays_BringAll() =>
        await ExpectAsync(WebServer.RunGrpc, WebClient.Stream, "up 500500", "down 1000", "both 5050", "False");

    [Fact]
    public async Task Payload_Of20Megabytes_ComesBack() => await ExpectAsync(WebServer.RunGrpc, WebClient.SendLarge, "True");

    [Fact]
    public async Task Cancellation_OfTheClient_ReachesTheService() =>
        await ExpectAsync(WebServer.RunGrpc, WebClient.Cancel, "waits", "Cancelled", "cancelled in the service", "OK");

    [Fact]
    public async Task Deadline_ThatPasses_ReachesTheService() =>
        await ExpectAsync(WebServer.RunGrpc, WebClient.OverrunDeadline, "waits", "DeadlineExceeded", "cancelled in the service");

    [Fact]
    public async Task Server_KilledUnderCalls_EndsThemAndIsCalledAgain()
    {
        var composition = new AsyncComposition(WebServer.RunGrpc);
        composition.Server.Restart(new RestartPolicy { When = RestartCondition.Always, FirstDelay = TimeSpan.FromMilliseconds(1) });
        composition.AddClient(WebClient.OutliveServer);

        IEnumerable<string> written = await AsyncSystem.RunAsync(composition.Builder, TimeSpan.FromSeconds(60));

        Assert.Equal(["killed: Unavailable", "under way: Unavailable", "again: OK"], written.Where(line => line != "waits"));
    }

    [Fact]
    public async Task Http1_WithoutTls_IsServed() => await ExpectAsync(WebServer.RunHttp1, WebClient.GetAndPost, "HTTP/1.1 1", "True", "HTTP/1.1 1");

    /// <summary>Runs a system until its client has ended and both have written so many lines; in which order is chance.</summary>
    private static async Task ExpectAsync(Action server, Action client, params string[] lines)
    {
        var output = new Recorder();
        await using RunningSystem system = await AsyncSystem.StartAsync(AsyncSystem.Compose(server, client), output);
        await AsyncSystem.EndOfClientsAsync(system, output);
        await Eventually.HoldsAsync(() => output.Output.Count() >= lines.Length, () => output.All);
        Assert.Equal(lines.Order(StringComparer.Ordinal), output.Output.Order(StringComparer.Ordinal));
        Assert.DoesNotContain(output.Of(OutputKind.Error), line => line.Text.Contains("Exception", StringComparison.Ordinal));
    }
}
