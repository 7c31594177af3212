using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;

namespace Rel4.Cli.Tests;

/// <summary>Tells a running system from outside what to do with its tasks.</summary>
public sealed class TaskCommandTests
{
    [Fact]
    public async Task Tasks_OfARunningSystem_AreListedStoppedStartedRestartedAndRemoved()
    {
        using var system = new SampleSystem();
        await using Rel4Command run = await TopTests.StartAsync(system);
        string process = $"{run.Id}";
        Assert.Matches(@"^server Running \d+ 0\nclient Running \d+ 0\n\z", (await Rel4Command.RunAsync("list", process)).Output);

        Assert.Equal((0, "", ""), await Rel4Command.RunAsync("stop", "client", process));
        Assert.Matches(@"\nclient Stopped - 0\n\z", (await Rel4Command.RunAsync("list", process)).Output);
        Assert.Equal((0, "", ""), await Rel4Command.RunAsync("start", "client", process));
        Assert.Equal((0, "", ""), await Rel4Command.RunAsync("restart", "client", process));
        Assert.Matches(@"\nclient Running \d+ 2\n\z", (await Rel4Command.RunAsync("list", process)).Output);
        Assert.Equal((0, "", ""), await Rel4Command.RunAsync("remove", "client", process));
        Assert.Matches(@"^server Running \d+ 0\n\z", (await Rel4Command.RunAsync("list", process)).Output);

        (int exitCode, _, string error) = await Rel4Command.RunAsync("stop", "client", process);
        Assert.Equal((1, "rel4: The system has no task 'client'. It has 'server'. (Parameter 'name')\n"), (exitCode, error));
    }

    [Fact]
    public async Task Task_InsideOfTheComposingProcess_IsListedAndShownAsNotIsolated()
    {
        var builder = new SystemBuilder();
        EndpointDefinition requests = builder.AddEndpoint("requests");
        builder.AddTask("server", Programs.ServeAsynchronously).Grant("requests", requests, CapRights.Read | CapRights.Grant).InProcess();
        await using RunningSystem system = await builder.StartAsync(cancellationToken: TestContext.Current.CancellationToken);

        string list = await Rel4Command.RunAsGrandchildAsync("list", $"{Environment.ProcessId}");
        string top = await Rel4Command.RunAsGrandchildAsync("top", $"{Environment.ProcessId}", "--once", "--interval", "0.1");
        string graph = await Rel4Command.RunAsGrandchildAsync("graph", $"{Environment.ProcessId}", "--format", "mermaid");

        Assert.Equal($"server Running {Environment.ProcessId} 0 NOT-ISOLATED\n", list);
        Assert.Matches($@"server +Running, NOT ISOLATED \(in process\) +{Environment.ProcessId} ", top);
        Assert.Contains("n0[\"server\"]:::debugged", graph, StringComparison.Ordinal);
    }
}
