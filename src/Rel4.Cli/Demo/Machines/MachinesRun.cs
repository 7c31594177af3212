using System.Diagnostics;
using System.Globalization;
using Rel4.Cli.Commands;
using Rel4.Cli.Doctor;
using Rel4.Ipc.Bench;

namespace Rel4.Cli.Demo.Machines;

/// <summary>Runs the demo of several machines: load on all gateways, a store's machine cut off and back, a server killed and started again.</summary>
/// <param name="isQuick">Whether to take less time.</param>
/// <param name="progress">Hears what is going on.</param>
internal sealed class MachinesRun(bool isQuick, IProgress<string> progress)
{
    /// <summary>So many clients of each gateway use each store.</summary>
    private const int ClientsPerPair = 2;

    /// <summary>All clients must be served again so soon after something was mended.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(40);

    private static readonly TimeSpan s_ctrlC = TimeSpan.FromMilliseconds(300);

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(20);

    /// <summary>What is cut off, and what is killed. The other store's clients notice nothing of the first.</summary>
    private static string CutOff => KvMachines.Stores[1];

    private TimeSpan Calm => TimeSpan.FromSeconds(isQuick ? 2 : 6);

    /// <summary>Longer than it takes to give a machine up (6 seconds), if there is time.</summary>
    private TimeSpan Cut => TimeSpan.FromSeconds(isQuick ? 3 : 12);

    private TimeSpan Down => TimeSpan.FromSeconds(isQuick ? 2 : 6);

    /// <summary>Says what it needs of the machine, if that is not there.</summary>
    /// <exception cref="CommandFailure">Something is missing.</exception>
    public static void CheckNeeds()
    {
        string[] missing =
        [
            .. OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess ? [] : new[] { "root on Linux, who may make networks" },
            .. Tool.All().Where(tool => tool.Command is "ip" or "nats-server" && tool.Path is null).Select(tool => $"{tool.Command} (apt-get install {tool.Package})"),
        ];
        if (missing.Length > 0)
            throw new CommandFailure($"The demo makes five machines with networks of their own, and servers between them. It lacks: {string.Join("; ", missing)}.");
    }

    /// <summary>Runs it.</summary>
    /// <exception cref="CommandFailure">The service does not do what it should.</exception>
    public async Task<MachinesFigures> RunAsync(CancellationToken cancellationToken)
    {
        progress.Report("starting five machines and a cluster of three servers");
        await using KvMachines machines = await KvMachines.StartAsync(cancellationToken);
        var timeline = new Timeline();
        CounterClient[] clients =
        [
            .. (from gateway in KvMachines.Gateways from store in Enumerable.Range(0, KvMachines.Stores.Count) from _ in Enumerable.Range(0, ClientsPerPair) select (gateway, store))
                .Select((pair, number) => new CounterClient(number, pair.gateway, pair.store, timeline)),
        ];
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task[] running = [.. clients.Select(client => Task.Run(() => client.RunAsync(machines, stop.Token), CancellationToken.None))];
        try
        {
            await DisturbAsync(machines, clients, running, timeline, cancellationToken);
            progress.Report("checking what every client was told");
            await stop.CancelAsync();
            // Each client has a reply or an error to its last request, too.
            await Task.WhenAll(running);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            // Ctrl-C reaches the machines' programs as well, perhaps before this one.
            await Task.Delay(s_ctrlC, CancellationToken.None);
            cancellationToken.ThrowIfCancellationRequested();
            throw;
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        foreach (CounterClient client in clients)
            await client.AuditAsync(machines, KvMachines.Gateways.First(gateway => gateway != client.Gateway), cancellationToken);
        foreach (IGrouping<int, CounterClient> store in clients.GroupBy(client => client.Store))
            await CheckAuditAsync(machines, KvMachines.Stores[store.Key], store.Sum(client => client.Answered), store.Sum(client => client.Unknown), cancellationToken);
        machines.Check();
        return Tell(machines, clients, timeline);
    }

    /// <summary>Compares what clients were told with what the store's audit has heard of, which comes a little later.</summary>
    private static async Task CheckAuditAsync(KvMachines machines, string store, long answered, long unknown, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        string audit;
        long writes;
        while (!long.TryParse((audit = machines.AuditOf(store)).Split(' ')[0], CultureInfo.InvariantCulture, out writes) || writes < answered)
        {
            if (Stopwatch.GetElapsedTime(start) > s_limit)
                throw new CommandFailure($"{store} has acknowledged {answered} writes, and its audit has heard of these only: {audit}.");
            await Task.Delay(s_look, cancellationToken);
        }

        if (writes > answered + unknown || !audit.EndsWith("in order", StringComparison.Ordinal))
            throw new CommandFailure($"{store} has acknowledged {answered} writes, and {unknown} more may have been carried out, but its audit says: {audit}.");
    }

    private async Task DisturbAsync(KvMachines machines, CounterClient[] clients, Task[] running, Timeline timeline, CancellationToken cancellationToken)
    {
        await DoAsync("load on all gateways", () => Task.CompletedTask);
        await ServedAsync(clients);
        await Task.Delay(Calm, cancellationToken);

        await DoAsync($"{CutOff} is cut off", () => machines.Network.CutAsync(CutOff, cancellationToken));
        await ServedAsync([.. clients.Where(client => KvMachines.Stores[client.Store] != CutOff)]);
        await Task.Delay(Cut, cancellationToken);
        await DoAsync($"{CutOff} is back", () => machines.Network.JoinAsync(CutOff, cancellationToken));
        await ServedAsync(clients);
        timeline.Note("all are served");
        await Task.Delay(Calm, cancellationToken);

        string killed = KvMachines.Gateways[1];
        await DoAsync($"nats-server of {killed} is killed", machines.Brokers[1].KillAsync);
        await ServedAsync(clients);
        timeline.Note("all are served");
        await Task.Delay(Down, cancellationToken);
        await DoAsync($"nats-server of {killed} is started", machines.Brokers[1].StartAgainAsync);
        await Task.Delay(Calm, cancellationToken);
        await ServedAsync(clients);

        async Task DoAsync(string what, Func<Task> action)
        {
            progress.Report(what);
            timeline.Note(what);
            await action();
        }

        async Task ServedAsync(CounterClient[] expected)
        {
            long start = Stopwatch.GetTimestamp();
            while (expected.Any(client => client.ServedAt < start))
            {
                machines.Check();
                if (running.FirstOrDefault(client => client.IsFaulted) is { } failed)
                    await failed;
                if (Stopwatch.GetElapsedTime(start) > s_limit)
                    throw new CommandFailure($"After {s_limit}, {expected.Count(client => client.ServedAt < start)} of {expected.Length} clients are not served. What was said last:\n{machines.Recent}");
                await Task.Delay(s_look, cancellationToken);
            }
        }
    }

    private static MachinesFigures Tell(KvMachines machines, CounterClient[] clients, Timeline timeline) => new(
        MachineDescription.Read(),
        [
            .. clients.GroupBy(client => client.Gateway).Select(gateway => new GatewayFigures(
                gateway.Key,
                gateway.Sum(client => client.Requests),
                gateway.Sum(client => client.Answered),
                gateway.Sum(client => client.NotCarriedOut),
                gateway.Sum(client => client.Unknown),
                gateway.Max(client => client.Longest).TotalMilliseconds)),
        ],
        timeline.Seconds,
        timeline.Events,
        [.. KvMachines.Stores.Select(store => $"{store}: {machines.AuditOf(store)}")],
        clients.Length);
}
