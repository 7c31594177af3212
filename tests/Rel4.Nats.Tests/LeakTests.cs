using System.Globalization;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests;
using Rel4.Hosted.Tests.Supervision;

namespace Rel4.Nats.Tests;

/// <summary>Is nothing left of clients that came and went?</summary>
[Collection(nameof(OneKernel))]
public sealed class LeakTests : IAsyncDisposable
{
    private const int Clients = 500, Warm = 150;
    private const long MostGrowth = 48 << 20;

    private readonly TwoMachines _machines = new();

    public ValueTask DisposeAsync() => _machines.DisposeAsync();

    [Fact]
    public async Task Clients_ThatComeAndGo_LeaveNothing()
    {
        RunningSystem exporter = await _machines.StartAsync(_machines.Exporter(Programs.Serve, "one"));
        SystemBuilder builder = _machines.Importer("one");
        EndpointDefinition store = builder.ImportEndpoint("comers", TwoMachines.Subject, "one", _machines.Keys.File("one"));
        for (int i = 0; i < 2; i++)
            builder.AddTask($"comer{i}", Programs.ComeAndGo).Grant("store", store, CapRights.Write | CapRights.Grant);
        RunningSystem importer = await _machines.StartAsync(builder);
        await TwoMachines.ReadyAsync(importer);
        (string Name, RunningTask Task)[] tasks = [("exporting bridge", exporter["nats"]), ("server", exporter["server"]), ("importing bridge", importer["nats"])];

        await WaitAsync($"came {Warm}");
        (long Memory, int Files)[] before = [.. tasks.Select(task => Measure(task.Task))];
        await WaitAsync($"came {Clients}");
        // What goes is told in time.
        await Eventually.HoldsAsync(
            () => tasks.Select((task, i) => Measure(task.Task) is var now && now.Memory - before[i].Memory < MostGrowth && now.Files <= before[i].Files + 8).All(isSmall => isSmall),
            () => string.Join('\n', tasks.Select((task, i) => $"{task.Name}: {before[i]} became {Measure(task.Task)}")));
        TestContext.Current.TestOutputHelper!.WriteLine(string.Join('\n', tasks.Select((task, i) => $"{task.Name}: {before[i]} became {Measure(task.Task)}")));
        Assert.All(tasks, task => Assert.Equal(0, task.Task.Restarts));

        // And bridges that are killed, whose clients are gone without a word.
        for (int i = 0; i < 3; i++)
        {
            int restarts = importer["nats"].Restarts;
            NatsServer.Signal(importer["nats"].ProcessId!.Value, "KILL");
            await Eventually.HoldsAsync(() => importer["nats"].Restarts > restarts, () => "it is not started again");
            await TwoMachines.ReadyAsync(importer);
        }
    }

    private Task WaitAsync(string line) => Eventually.HoldsAsync(
        () => _machines.Output.Output.Count(text => text == line) == 2, () => _machines.Output.All, TimeSpan.FromSeconds(60));

    private static (long Memory, int Files) Measure(RunningTask task)
    {
        string folder = $"/proc/{task.ProcessId}";
        string memory = File.ReadLines($"{folder}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return (long.Parse(memory.AsSpan(6).Trim().TrimEnd(" kB"), CultureInfo.InvariantCulture) << 10, Directory.GetFileSystemEntries($"{folder}/fd").Length);
    }
}
