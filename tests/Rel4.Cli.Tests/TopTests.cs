using System.Text.Json;

namespace Rel4.Cli.Tests;

/// <summary>Looks at a running system from outside.</summary>
public sealed class TopTests
{
    [Fact]
    public async Task Json_OfARunningSystem_ShowsTasksThreadsQueuesAndHoldings()
    {
        using var system = new SampleSystem();
        await using Rel4Command run = await StartAsync(system);

        JsonElement snapshot = await LookAsync(run, root =>
            Thread(root, "server").GetProperty("state").GetString() == "receives"
            && Thread(root, "client").GetProperty("state").GetString() == "awaitsSignal");

        Assert.Equal(system.Path, snapshot.GetProperty("name").GetString());
        Assert.Equal(run.Id, snapshot.GetProperty("processId").GetInt32());
        Assert.Equal("running", Named(snapshot, "tasks", "server").GetProperty("state").GetString());
        Assert.Equal("requests", Thread(snapshot, "server").GetProperty("waitsFor").GetString());
        Assert.Equal("never", Thread(snapshot, "client").GetProperty("waitsFor").GetString());
        Assert.True(Thread(snapshot, "client").GetProperty("systemCalls").GetUInt32() >= 2);
        JsonElement requests = Named(snapshot, "objects", "requests");
        Assert.Equal("receivers", requests.GetProperty("state").GetString());
        Assert.Equal(1, requests.GetProperty("queueLength").GetInt32());
        Assert.Equal("server", requests.GetProperty("waiting")[0].GetString());
        Assert.Equal("signal", Named(snapshot, "objects", "served").GetProperty("state").GetString());
        JsonElement held = snapshot.GetProperty("holdings").EnumerateArray()
            .Single(holding => holding.GetProperty("task").GetString() == "client" && holding.GetProperty("object").GetString() == "requests");
        Assert.Equal(["write", "grant", "grantReply"], held.GetProperty("rights").EnumerateArray().Select(right => right.GetString()));
        Assert.Equal(7UL, held.GetProperty("badge").GetUInt64());
        Assert.Equal("service", held.GetProperty("grant").GetString());
    }

    [Fact]
    public async Task Json_OfASystemWithAChannel_ShowsWhatBothSidesHaveDone()
    {
        using var system = new SampleSystem(client: nameof(Programs.AskForeverAsynchronously), server: nameof(Programs.ServeAsynchronously));
        await using Rel4Command run = await StartAsync(system);

        JsonElement first = await LookAsync(run, root => root.GetProperty("channels").GetArrayLength() == 2);
        JsonElement second = await LookAsync(run, root => Side(root, "client").GetProperty("recordsWritten").GetInt64()
            > Side(first, "client").GetProperty("recordsWritten").GetInt64());

        JsonElement client = Side(second, "client"), server = Side(second, "server");
        Assert.Equal("server", client.GetProperty("peer").GetString());
        Assert.Equal("client", server.GetProperty("peer").GetString());
        Assert.True(server.GetProperty("recordsRead").GetInt64() > 0);
        Assert.True(client.GetProperty("bytesWritten").GetUInt64() >= 64 * (ulong)Side(first, "client").GetProperty("recordsWritten").GetInt64());
        Assert.True(client.GetProperty("doorbellsSent").GetInt64() + client.GetProperty("doorbellsElided").GetInt64() > 0);

        (int exitCode, string output, _) = await Rel4Command.RunAsync("top", $"{run.Id}", "--once", "--interval", "0.2");
        Assert.Equal(0, exitCode);
        Assert.Matches(@"client -> server +service +[1-9]", output);
    }

    [Fact]
    public async Task Json_OfCoroutinesThatWaitForReplies_ShowsHowManyCallsAreOpen()
    {
        using var system = new SampleSystem(client: nameof(Programs.AskThriceAsynchronously), server: nameof(Programs.KeepAsynchronously));
        await using Rel4Command run = await StartAsync(system);

        JsonElement now = await LookAsync(
            run, root => root.GetProperty("channels").GetArrayLength() == 2 && Side(root, "client").GetProperty("callsOpen").GetInt64() == 3);

        Assert.Equal(0, Side(now, "server").GetProperty("callsOpen").GetInt64());
        (_, string output, _) = await Rel4Command.RunAsync("top", $"{run.Id}", "--once", "--interval", "0.2");
        Assert.Matches(@"client -> server +service .* 3 *\n", output);
    }

    [Fact]
    public async Task Table_OfARunningSystem_IsPlainInAPipe()
    {
        using var system = new SampleSystem();
        await using Rel4Command run = await StartAsync(system);

        (int exitCode, string output, string error) = await Rel4Command.RunAsync("top", $"{run.Id}", "--once", "--interval", "0.2");

        Assert.True(exitCode == 0, error);
        Assert.DoesNotContain('\e', output);
        Assert.Contains("receives from 'requests'", output, StringComparison.Ordinal);
        Assert.Contains("waits for 'never'", output, StringComparison.Ordinal);
        Assert.DoesNotContain(output.Split('\n'), line => line.Length > 200);
    }

    [Fact]
    public async Task Table_OfACallThatNobodyMayReplyTo_SaysThatItWaitsForEver()
    {
        using var system = new SampleSystem(client: nameof(Programs.AskByAddress), rights: "\"write\"");
        await using Rel4Command run = await StartAsync(system);
        JsonElement snapshot = await LookAsync(run, root => Named(root, "objects", "served").GetProperty("state").GetString() == "signal");

        Assert.Equal("awaitsNoReply", Thread(snapshot, "client").GetProperty("state").GetString());
        Assert.Equal("requests", Thread(snapshot, "client").GetProperty("waitsFor").GetString());
        (_, string output, _) = await Rel4Command.RunAsync("top", $"{run.Id}", "--once", "--interval", "0.2");
        Assert.Contains("waits for ever for a reply (no GrantReply) from 'requests'", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Follow_OfASystemThatEnds_Ends()
    {
        using var system = new SampleSystem();
        await using Rel4Command run = await StartAsync(system);
        await using Rel4Command top = Rel4Command.Start("top", $"{run.Id}", "--interval", "0.1");
        await top.WaitForAsync("requests");

        await run.InterruptAsync();

        Assert.Equal(0, await top.WaitForEndAsync());
        Assert.EndsWith("The system has ended.\n", top.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Top_OfAProcessWithoutASystem_Fails()
    {
        (int exitCode, _, string error) = await Rel4Command.RunAsync("top", "1", "--once");

        Assert.Equal(1, exitCode);
        Assert.Matches("^rel4: (No system of this user is running|Process 1 runs no system of this user)", error);
    }

    internal static async Task<Rel4Command> StartAsync(SampleSystem system)
    {
        Rel4Command run = Rel4Command.Start("run", system.Path);
        await run.WaitForAsync("twice 21 is 42");
        return run;
    }

    private static async Task<JsonElement> LookAsync(Rel4Command run, Func<JsonElement, bool> isReady)
    {
        while (true)
        {
            (int exitCode, string output, string error) = await Rel4Command.RunAsync("top", $"{run.Id}", "--once", "--json");
            Assert.True(exitCode == 0, error);
            using var document = JsonDocument.Parse(output);
            JsonElement root = document.RootElement.Clone();
            if (isReady(root))
                return root;
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    private static JsonElement Side(JsonElement root, string task) =>
        root.GetProperty("channels").EnumerateArray().Single(side => side.GetProperty("task").GetString() == task);

    private static JsonElement Thread(JsonElement root, string task) => Named(root, "tasks", task).GetProperty("threads")[0];

    private static JsonElement Named(JsonElement root, string list, string name) =>
        root.GetProperty(list).EnumerateArray().Single(item => item.GetProperty("name").GetString() == name);
}
