using System.Diagnostics;
using Rel4.Ipc.Bench;
using Rel4.Samples.Kv;

namespace Rel4.Cli.Demo;

/// <summary>Runs the demo: the service in its three forms, under load, and with its store killed.</summary>
/// <param name="isQuick">Whether to measure less.</param>
/// <param name="progress">Hears what is going on.</param>
internal sealed class DemoRun(bool isQuick, IProgress<string> progress)
{
    /// <summary>What all measurements together may take, so that the demo ends within a minute on a slow machine too.</summary>
    private static readonly TimeSpan s_budget = TimeSpan.FromSeconds(42);

    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(0.8);
    private static readonly TimeSpan s_shortest = TimeSpan.FromSeconds(0.1);

    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(0.5);

    /// <summary>What a measurement takes besides its load.</summary>
    private static readonly TimeSpan s_overhead = TimeSpan.FromSeconds(0.3);

    private readonly ILoadGenerator _load = (ILoadGenerator?)RedisBenchmark.Find() ?? new RespLoad();
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly List<DemoPoint> _points = [];

    private static KvIpc[] Forms => [KvIpc.Async, KvIpc.Sync, KvIpc.None];

    private LoadProfile[] Loads => isQuick
        ? [new("SET", 1, 1), new("SET", 16, 1), new("GET", 1, 1), new("GET", 16, 1)]
        :
        [
            .. from command in (string[])["SET", "GET"]
            from connections in (int[])[1, 4, 16, 64]
            select new LoadProfile(command, connections, Pipeline: 1),
            new("SET", 50, 16), new("GET", 50, 16),
        ];

    /// <summary>Runs it.</summary>
    /// <exception cref="Commands.CommandFailure">The service does not do what it should.</exception>
    public async Task<DemoFigures> RunAsync(CancellationToken cancellationToken)
    {
        MachineDescription machine = MachineDescription.Read();
        KillFigures? kill = null;
        string audit = "";
        foreach (KvIpc form in Forms)
        {
            progress.Report($"{DemoReport.NameOf(form)}: starting");
            await using DemoSystem system = await DemoSystem.StartAsync(form, cancellationToken);
            // Until .NET has compiled what is used often.
            await new RespLoad().RunAsync(system.Port, new LoadProfile("SET", 16, 1), s_warmUp, cancellationToken);
            foreach (LoadProfile load in Loads)
            {
                progress.Report($"{DemoReport.NameOf(form)}: {DemoReport.NameOf(load)}");
                _points.Add(new DemoPoint(form, load, await _load.RunAsync(system.Port, load, Duration(), cancellationToken)));
            }

            if (form != KvIpc.Async)
                continue;
            audit = system.Audit;
            progress.Report($"{DemoReport.NameOf(form)}: killing the store");
            kill = await new StoreKill().RunAsync(system, cancellationToken);
        }

        return new DemoFigures(machine, _load.Name, _points, kill!, audit, Stopwatch.GetElapsedTime(_start).TotalSeconds);
    }

    /// <summary>Shares what is left of the time among the measurements that are left.</summary>
    private TimeSpan Duration()
    {
        int left = (Forms.Length * Loads.Length) - _points.Count;
        TimeSpan share = ((s_budget - Stopwatch.GetElapsedTime(_start)) / left) - s_overhead;
        TimeSpan longest = isQuick ? s_shortest : s_longest;
        return share > longest ? longest : share < s_shortest ? s_shortest : share;
    }
}
