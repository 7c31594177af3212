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

    [Fact]
    public async Task Task_AddedToARunningSystem_RunsThereOrIsRefusedLineByLine()
    {
        using var system = new SampleSystem();
        await using Rel4Command run = await TopTests.StartAsync(system);
        string process = $"{run.Id}", grants = """{ "service": { "object": "requests", "rights": ["write", "grant", "grantReply"] }, "never": { "object": "never", "rights": ["read"] } }""";
        string good = system.Write($$"""{ "tasks": { "second": { {{SampleSystem.Program(nameof(Programs.AskAndWait))}}, "grants": {{grants}} } } }""", "second.json");
        string bad = system.Write("""{ "endpoints": ["more"], "tasks": { "third": { "program": "third.dll" } } }""", "third.json");

        Assert.Equal((0, "", ""), await Rel4Command.RunAsync("add", good, process));
        Assert.Matches(@"\nsecond Running \d+ 0\n\z", (await Rel4Command.RunAsync("list", process)).Output);
        (int again, _, string taken) = await Rel4Command.RunAsync("add", good, process);
        (int refused, _, string why) = await Rel4Command.RunAsync("add", bad, process);
        (int absent, _, string noFile) = await Rel4Command.RunAsync("add", system.PathOf("absent.json"), process);

        Assert.Equal((1, 1, 1), (again, refused, absent));
        Assert.StartsWith("rel4: second.json, the system: 'second' is the name of ", taken, StringComparison.Ordinal);
        Assert.Equal(
            "rel4: third.json, line 1, endpoints: a system that runs has its own, and none can be added. Leave it out, and grant what the system has ('rel4 top').\n", why);
        Assert.StartsWith("rel4: There is no file ", noFile, StringComparison.Ordinal);
    }
}
