using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests.Supervision;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Async;

/// <summary>What becomes of those whose peer is killed, stops, or goes and comes back?</summary>
[Collection(nameof(OneKernel))]
public sealed partial class DeathTests(ITestOutputHelper output)
{
    private const int ServerMemory = 31, ServerSlots = 14;

    private readonly Recorder _output = new();

    /// <summary>One is killed while it opens channels, others in a long message, with thousands of calls under way, and stopped.</summary>
    [Fact]
    public async Task Client_Killed_LeavesNothingBehind()
    {
        var random = new Random(Soak.Seed(output));
        var builder = new SystemBuilder();
        EndpointDefinition requests = builder.AddEndpoint(AsyncSystem.Requests);
        AddServer(builder, requests);
        TaskBuilder observer = builder.AddTask("observer", DeathPrograms.Observe).Grant(AsyncSystem.Requests, requests, AsyncSystem.Client).CNodeBits(12);
        for (int i = 0; i < DeathPrograms.Victims; i++)
        {
            string number = i.ToString(CultureInfo.InvariantCulture), gate = DeathPrograms.Gate + number;
            NotificationDefinition notification = builder.AddNotification(gate);
            observer.Grant(gate, notification, CapRights.Write, badge: 1);
            builder.AddTask("victim" + number, DeathPrograms.Victim).Environment(DeathPrograms.Number, number)
                .Grant(AsyncSystem.Requests, requests, AsyncSystem.Client).Grant(gate, notification, CapRights.Read);
        }

        await using RunningSystem system = await AsyncSystem.StartAsync(builder, _output);
        await _output.WaitForAsync("alive", DeathPrograms.Victims);
        Signal(system["victim4"], "STOP");
        await AwaitLineAsync(line => true);
        foreach (RunningTask victim in system.Tasks.Where(task => task.Name.StartsWith("victim", StringComparison.Ordinal)))
        {
            await Task.Delay(random.Next(100), TestContext.Current.CancellationToken);
            Signal(victim, "KILL");
        }

        await AwaitHoldingsOfBeforeAsync(system["server"]);
    }

    /// <summary>Memory of the client's is out at the server then, and memory of the server's at the client.</summary>
    [Fact]
    public async Task Client_KilledWhileMemoryIsLent_LeavesNothingBehind()
    {
        var composition = new AsyncComposition(LentDeathPrograms.Serve);
        composition.AddClient("victim", LentDeathPrograms.Die, badge: 1)
            .Restart(new RestartPolicy { When = RestartCondition.Always, FirstDelay = TimeSpan.FromMilliseconds(1), Factor = 1 });
        composition.AddClient("client", LentDeathPrograms.GoOn, badge: 2);

        Assert.Equal(["was served"], await AsyncSystem.RunAsync(composition.Builder));
    }

    [Fact]
    public async Task Client_ThatReconnects_LeavesNothingBehind()
    {
        var builder = new SystemBuilder();
        EndpointDefinition requests = builder.AddEndpoint(AsyncSystem.Requests);
        AddServer(builder, requests);
        builder.AddTask("observer", DeathPrograms.Reconnect).Grant(AsyncSystem.Requests, requests, AsyncSystem.Client).CNodeBits(12);

        await using RunningSystem system = await AsyncSystem.StartAsync(builder, _output);
        await _output.WaitForAsync("own 0 0 0");
        await AwaitHoldingsOfBeforeAsync(system["server"]);
    }

    [Fact]
    public async Task Server_Killed_FailsAllItsClientsCallsWithinASecond()
    {
        await using RunningSystem system = await AsyncSystem.StartAsync(
            AsyncSystem.Compose(Service.Run, DeathPrograms.Await, DeathPrograms.Await, DeathPrograms.Await), _output);
        await _output.WaitForAsync("pending", 3);

        long start = Stopwatch.GetTimestamp();
        Signal(system["server"], "KILL");
        await AsyncSystem.EndOfClientsAsync(system, _output);

        foreach (string line in _output.Output.Where(line => line.StartsWith("told ", StringComparison.Ordinal)))
        {
            TimeSpan after = Stopwatch.GetElapsedTime(start, long.Parse(line[5..], CultureInfo.InvariantCulture));
            output.WriteLine($"1000 calls failed after {after.TotalMilliseconds:0} ms");
            Assert.True(after < TimeSpan.FromSeconds(1), $"only after {after}");
        }
    }

    [Fact]
    public async Task Channel_WithoutTraffic_TakesNoProcessorTime()
    {
        TimeSpan window = TimeSpan.FromSeconds(Soak.Minutes > 0 ? 10 : 2);
        await using RunningSystem system = await AsyncSystem.StartAsync(AsyncSystem.Compose(Service.Run, DeathPrograms.Idle), _output);
        await _output.WaitForAsync("open");
        Process[] processes = [.. system.Tasks.Select(task => Process.GetProcessById(task.ProcessId!.Value))];
        double share = 1;
        // .NET itself works on for a while after a start.
        for (int attempt = 0; attempt < 8 && share >= 0.01; attempt++)
        {
            TimeSpan[] before = [.. processes.Select(Used)];
            await Task.Delay(window, TestContext.Current.CancellationToken);
            share = processes.Zip(before).Max(pair => (Used(pair.First) - pair.Second) / window);
            output.WriteLine($"{share:P2} of a processor");
        }

        Assert.True(share < 0.01, $"{share:P2} of a processor");

        static TimeSpan Used(Process process)
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
    }

    private static void AddServer(SystemBuilder builder, EndpointDefinition requests) => builder.AddTask("server", Service.Run)
        .Grant(AsyncSystem.Requests, requests, AsyncSystem.Server).AsyncMemory(ServerMemory).CNodeBits(ServerSlots);

    private static void Signal(RunningTask task, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", task.ProcessId!.Value.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>Waits for a line that comes from now on.</summary>
    private Task AwaitLineAsync(Func<string, bool> isIt, Func<string>? describe = null)
    {
        int from = _output.Output.Count();
        return Eventually.HoldsAsync(() => _output.Output.Skip(from).Any(isIt), () => $"{describe?.Invoke()}What was written:\n{_output.All}");
    }

    private async Task AwaitHoldingsOfBeforeAsync(RunningTask server)
    {
        int[] before = Numbers(_output.Output.First(line => line.StartsWith("before", StringComparison.Ordinal)));
        output.WriteLine(string.Join(' ', before));
        await AwaitLineAsync(
            line => line.StartsWith("now", StringComparison.Ordinal) && IsCovered(Numbers(line)),
            () => $"The server's descriptors:\n{string.Join('\n', new DirectoryInfo($"/proc/{server.ProcessId}/fd").EnumerateFileSystemInfos().Select(file => $"{file.Name} {file.LinkTarget}"))}\n");
        output.WriteLine(_output.Output.Last(line => line.StartsWith("now", StringComparison.Ordinal)));

        bool IsCovered(int[] now) => now[0] == before[0] && now[1] <= before[1] && now[2] <= before[2] && now[3] <= before[3];
    }

    private static int[] Numbers(string line) => [.. Digits().Matches(line).Select(match => int.Parse(match.Value, CultureInfo.InvariantCulture))];

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Digits();
}
