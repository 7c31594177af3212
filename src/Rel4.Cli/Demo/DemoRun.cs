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

    private TimeSpan Longest => TimeSpan.FromSeconds(isQuick ? 0.1 : 0.3);

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
        var sweep = new KvSweep(Loads, rounds: isQuick ? 1 : 5, s_budget, Longest, progress);
        progress.Report("starting");
        await using DemoSystem system = await DemoSystem.StartAsync(cancellationToken);
        IReadOnlyList<DemoPoint> points = await sweep.RunAsync(system, cancellationToken);
        string audit = system.Audit;
        progress.Report($"{DemoReport.NameOf(KvIpc.Async)}: killing the store");
        KillFigures kill = await new StoreKill().RunAsync(system, cancellationToken);
        return new DemoFigures(machine, sweep.LoadGenerator, points, kill, audit, sweep.Elapsed.TotalSeconds);
    }
}
