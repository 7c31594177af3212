using System.Diagnostics;
using Rel4.Samples.Kv;

namespace Rel4.Cli.Demo;

/// <summary>Puts loads on the key-value service in its three forms, which take turns: what else the machine does meets all of them.</summary>
/// <param name="loads">The loads.</param>
/// <param name="rounds">How often each form has each load.</param>
/// <param name="budget">What all measurements together may take.</param>
/// <param name="longest">How long one takes where there is time.</param>
/// <param name="progress">Hears what is going on.</param>
internal sealed class KvSweep(IReadOnlyList<LoadProfile> loads, int rounds, TimeSpan budget, TimeSpan longest, IProgress<string> progress)
{
    private static readonly TimeSpan s_shortest = TimeSpan.FromSeconds(0.1);
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(0.5);

    /// <summary>What a measurement takes besides its load.</summary>
    private static readonly TimeSpan s_overhead = TimeSpan.FromSeconds(0.1);

    private readonly ILoadGenerator _load = ChooseLoad();
    private readonly long _start = Stopwatch.GetTimestamp();

    /// <summary>Gets the forms of the service.</summary>
    public static IReadOnlyList<KvIpc> Forms { get; } = [KvIpc.Async, KvIpc.Sync, KvIpc.None];

    /// <summary>Gets what will put the load on, for people: they expect a real client.</summary>
    public static string Announcement => ChooseLoad() is RedisBenchmark real
        ? $"The load comes from {real.Name}, a real Redis client."
        : "The load comes from a client of the demo's own, as redis-benchmark is not installed (Debian: apt-get install redis-tools).";

    /// <summary>Gets what puts the load on.</summary>
    public string LoadGenerator => _load.Name;

    /// <summary>Gets how long it has taken so far.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_start);

    /// <summary>Measures.</summary>
    /// <param name="system">The service.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="Commands.CommandFailure">The service does not do what it should.</exception>
    public async Task<IReadOnlyList<DemoPoint>> RunAsync(DemoSystem system, CancellationToken cancellationToken)
    {
        // Until .NET has compiled what is used often.
        foreach (KvIpc form in Forms)
        {
            progress.Report($"{DemoReport.NameOf(form)}: warming up");
            await new RespLoad().RunAsync(system.PortOf(form), new LoadProfile("SET", 16, 1), s_warmUp, cancellationToken);
        }

        var results = (from load in loads from form in Forms select (form, load)).ToDictionary(point => point, _ => new List<LoadResult>());
        int left = rounds * results.Count;
        for (int round = 0; round < rounds; round++)
        {
            foreach (LoadProfile load in loads)
            {
                for (int turn = 0; turn < Forms.Count; turn++, left--)
                {
                    KvIpc form = Forms[(round + turn) % Forms.Count];
                    progress.Report($"round {round + 1} of {rounds}: {DemoReport.NameOf(load)}, {DemoReport.NameOf(form)}");
                    results[(form, load)].Add(await _load.RunAsync(system.PortOf(form), load, ShareOfRest(left), cancellationToken));
                }
            }
        }

        return [.. results.Select(point => new DemoPoint(point.Key.form, point.Key.load, point.Value))];
    }

    private static ILoadGenerator ChooseLoad() => (ILoadGenerator?)RedisBenchmark.Find() ?? new RespLoad();

    /// <summary>Shares what is left of the time among the measurements that are left.</summary>
    private TimeSpan ShareOfRest(int left)
    {
        TimeSpan share = ((budget - Elapsed) / left) - s_overhead;
        return share > longest ? longest : share < s_shortest ? s_shortest : share;
    }
}
