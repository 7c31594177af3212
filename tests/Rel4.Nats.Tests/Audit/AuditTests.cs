using System.Diagnostics;
using System.Globalization;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests;
using Rel4.Hosted.Tests.Supervision;
using Rel4.Runtime;

namespace Rel4.Nats.Tests;

/// <summary>Is each call carried out as its client is told, whatever fails?</summary>
/// <remarks>
/// <c>REL4_SOAK_ROUNDS</c> says how many rounds: then they take up to 30 s each instead of 2. <c>REL4_AUDIT_SEED</c> has the same disturbances in the same order as the run that printed it.
/// </remarks>
[Collection(nameof(OneKernel))]
public sealed class AuditTests(ITestOutputHelper log) : IAsyncDisposable
{
    /// <summary>When each call has ended after everything is well again: what has no sign of it is given up in less.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    private readonly TwoMachines _machines = new() { Cluster = new NatsCluster() };
    private RunningSystem _first = null!, _second = null!, _importer = null!;

    private enum Disturbance
    {
        KillNode,
        HoldNode,
        HoldRoutes,
        CutRoutes,
        HoldClients,
        CutClients,
        KillImportingBridge,
        HoldImportingBridge,
        KillExportingBridge,
        HoldExportingBridge,
        KillServer,
        HoldServer,
        StopExportingSystem,
    }

    public ValueTask DisposeAsync() => _machines.DisposeAsync();

    [Fact]
    public async Task Calls_WhileEverythingFailsInTurn_AreCarriedOutAsTheirClientsAreTold()
    {
        bool isSoak = int.TryParse(Environment.GetEnvironmentVariable("REL4_SOAK_ROUNDS"), CultureInfo.InvariantCulture, out int rounds);
        if (!int.TryParse(Environment.GetEnvironmentVariable("REL4_AUDIT_SEED"), CultureInfo.InvariantCulture, out int seed))
            seed = Random.Shared.Next();
        log.WriteLine($"REL4_AUDIT_SEED={seed}");
        var random = new Random(seed);
        var calls = new AuditedCalls(seed);
        _first = await _machines.StartAsync(Exporter());
        _second = await _machines.StartAsync(Exporter());
        _importer = await _machines.StartAsync(Importer());
        EndpointCap[] stores = [await ReadyAsync("clients0"), await ReadyAsync("clients1"), await ReadyAsync("calls")];

        using var stop = new CancellationTokenSource();
        Task[] workers = [.. Enumerable.Range(0, 12).Select(worker => calls.CallAsync(stores[worker % stores.Length], worker, stop.Token))];
        for (int round = 0; round < (isSoak ? rounds : 1); round++)
        {
            Disturbance[] order = Enum.GetValues<Disturbance>();
            random.Shuffle(order);
            foreach (Disturbance disturbance in order)
            {
                int which = random.Next(3);
                var duration = TimeSpan.FromMilliseconds(isSoak ? random.Next(1000, 30_000) : random.Next(1000, 2000));
                log.WriteLine($"{DateTime.UtcNow:mm:ss.f} {disturbance} {which} {duration.TotalSeconds:0.0} s; {Summary(calls)}");
                await DisturbAsync(disturbance, which, duration);
                await Task.Delay(random.Next(300, 800), Cancellation);
            }
        }

        long healed = Stopwatch.GetTimestamp();
        await stop.CancelAsync();
        await Eventually.HoldsAsync(() => calls.UnderWay == 0, () => $"{calls.UnderWay} calls have no end. Seed {seed}\n{_machines.Output.All}", s_limit);
        log.WriteLine($"all calls have ended {Stopwatch.GetElapsedTime(healed).TotalSeconds:0.0} s after the last disturbance; {Summary(calls)}");
        await Task.WhenAll(workers);
        foreach (string name in (string[])["clients0", "clients1", "calls"])
            await ReadyAsync(name);
        // What was sent to where nobody listened arrives late or not at all.
        await Task.Delay(500, Cancellation);
        Assert.Empty(calls.Audit(_machines.Output.Output));
        Assert.True(calls.Count(AuditedCalls.Outcome.Replied) > 500, Summary(calls));
        Assert.True(calls.Count(AuditedCalls.Outcome.Unknown) > 0 && calls.Count(AuditedCalls.Outcome.NotCarriedOut) > 0, Summary(calls));
    }

    [Fact]
    public void Audit_OfCallsThatWentWrong_FindsThem()
    {
        var calls = new AuditedCalls(seed: 0);
        foreach ((long number, AuditedCalls.Outcome outcome) in (ReadOnlySpan<(long, AuditedCalls.Outcome)>)
            [(1, AuditedCalls.Outcome.Replied), (2, AuditedCalls.Outcome.NotCarriedOut), (3, AuditedCalls.Outcome.Unknown), (4, AuditedCalls.Outcome.Unknown)])
            calls.Record(number, outcome);

        Assert.Empty(calls.Audit(["did 1", "said 2", "did 3"]));
        Assert.Equal(["call 1 has a reply, and nobody carried it out"], calls.Audit(["did 3"]));
        Assert.Equal(["call 2 was carried out, and its client told that it was not"], calls.Audit(["did 1", "did 2"]));
        Assert.Equal(["call 3 was carried out 2 times"], calls.Audit(["did 1", "did 3", "did 3"]));
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static string Summary(AuditedCalls calls) =>
        string.Join(", ", Enum.GetValues<AuditedCalls.Outcome>().Select(outcome => $"{calls.Count(outcome)} {outcome}")) + $", {calls.UnderWay} under way";

    private SystemBuilder Exporter() => _machines.Exporter(AuditPrograms.Serve, "one", "two");

    private SystemBuilder Importer()
    {
        SystemBuilder builder = _machines.Importer("one");
        builder.Host.Grant("clients0", builder.ImportEndpoint("clients0", TwoMachines.Subject, "one", _machines.Keys.File("one")), CapRights.Write | CapRights.Grant);
        EndpointDefinition shared = builder.ImportEndpoint("clients1", TwoMachines.Subject, "two", _machines.Keys.File("two"));
        builder.Host.Grant("clients1", shared, CapRights.Write | CapRights.Grant);
        builder.AddTask("lazy", AuditPrograms.Lazy).Grant("store", shared, CapRights.Write | CapRights.Grant).Restart(RestartPolicy.Always);
        builder.Host.Grant(
            "calls", builder.ImportEndpoint("calls", TwoMachines.Subject, "two", _machines.Keys.File("two"), NatsSpread.Calls), CapRights.Write | CapRights.Grant);
        return builder;
    }

    private Task<EndpointCap> ReadyAsync(string name) => TwoMachines.ReadyAsync(_importer, name);

    private async Task DisturbAsync(Disturbance disturbance, int which, TimeSpan duration)
    {
        NatsCluster cluster = _machines.Cluster!;
        NatsServer node = cluster.Nodes[which];
        RunningSystem exporter = which == 0 ? _first : _second;
        // All at once, or one.
        IEnumerable<Cable> routes = which == 0 ? cluster.RouteCables : [cluster.RouteCables[which]];
        switch (disturbance)
        {
            case Disturbance.KillNode:
                node.Kill();
                await Task.Delay(duration, Cancellation);
                await node.StartAsync();
                break;
            case Disturbance.HoldNode:
                await WhileAsync(node.Hold, duration);
                break;
            case Disturbance.HoldRoutes:
                await WhileAsync(isHeld => Each(routes, cable => cable.Hold(isHeld)), duration);
                break;
            case Disturbance.CutRoutes:
                await WhileAsync(isCut => Each(routes, cable => cable.Cut(isCut)), duration);
                break;
            case Disturbance.HoldClients:
                await WhileAsync(cluster.ClientCables[which].Hold, duration);
                break;
            case Disturbance.CutClients:
                await WhileAsync(cluster.ClientCables[which].Cut, duration);
                break;
            case Disturbance.KillImportingBridge:
                Kill(_importer["nats"]);
                break;
            case Disturbance.HoldImportingBridge:
                await HoldAsync(_importer["nats"], duration);
                break;
            case Disturbance.KillExportingBridge:
                Kill(exporter["nats"]);
                break;
            case Disturbance.HoldExportingBridge:
                await HoldAsync(exporter["nats"], duration);
                break;
            case Disturbance.KillServer:
                Kill(exporter["server"]);
                break;
            case Disturbance.HoldServer:
                await HoldAsync(exporter["server"], duration);
                break;
            case Disturbance.StopExportingSystem:
                await _second.StopAsync(Cancellation);
                await Task.Delay(duration, Cancellation);
                _second = await _machines.StartAsync(Exporter());
                break;
            default:
                throw new UnreachableException();
        }
    }

    private static void Each(IEnumerable<Cable> cables, Action<Cable> what)
    {
        foreach (Cable cable in cables)
            what(cable);
    }

    private static async Task WhileAsync(Action<bool> set, TimeSpan duration)
    {
        set(true);
        await Task.Delay(duration, Cancellation);
        set(false);
    }

    private static void Kill(RunningTask task)
    {
        if (task.ProcessId is { } process)
            NatsServer.Signal(process, "KILL");
    }

    private static async Task HoldAsync(RunningTask task, TimeSpan duration)
    {
        if (task.ProcessId is not { } process)
            return;
        await WhileAsync(isHeld => NatsServer.Signal(process, isHeld ? "STOP" : "CONT"), duration);
    }
}
