using System.Diagnostics;
using Rel4.Samples.Kv;

namespace Rel4.Cli.Demo;

/// <summary>Puts loads on the key-value service in its three forms.</summary>
/// <param name="loads">The loads.</param>
/// <param name="budget">What all measurements together may take.</param>
/// <param name="longest">How long one takes where there is time.</param>
/// <param name="progress">Hears what is going on.</param>
internal sealed class KvSweep(IReadOnlyList<LoadProfile> loads, TimeSpan budget, TimeSpan longest, IProgress<string> progress)
{
    private static readonly TimeSpan s_shortest = TimeSpan.FromSeconds(0.1);
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(0.5);

    /// <summary>What a measurement takes besides its load.</summary>
    private static readonly TimeSpan s_overhead = TimeSpan.FromSeconds(0.3);

    private static readonly KvIpc[] s_forms = [KvIpc.Async, KvIpc.Sync, KvIpc.None];

    private readonly ILoadGenerator _load = ChooseLoad();
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly List<DemoPoint> _points = [];

    /// <summary>Gets what will put the load on, for people: they expect a real client.</summary>
    public static string Announcement => ChooseLoad() is RedisBenchmark real
        ? $"The load comes from {real.Name}, a real Redis client."
        : "The load comes from a client of the demo's own, as redis-benchmark is not installed (Debian: apt-get install redis-tools).";

    /// <summary>Gets what puts the load on.</summary>
    public string LoadGenerator => _load.Name;

    /// <summary>Gets how long it has taken so far.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_start);

    /// <summary>Measures.</summary>
    /// <param name="afterwards">Is called with each form when its loads are done, while it still runs.</param>
    /// <param name="cancellationToken">Stops the service.</param>
    /// <exception cref="Commands.CommandFailure">The service does not do what it should.</exception>
    public async Task<IReadOnlyList<DemoPoint>> RunAsync(Func<KvIpc, DemoSystem, Task> afterwards, CancellationToken cancellationToken)
    {
        foreach (KvIpc form in s_forms)
        {
            progress.Report($"{DemoReport.NameOf(form)}: starting");
            await using DemoSystem system = await DemoSystem.StartAsync(form, cancellationToken);
            // Until .NET has compiled what is used often.
            await new RespLoad().RunAsync(system.Port, new LoadProfile("SET", 16, 1), s_warmUp, cancellationToken);
            foreach (LoadProfile load in loads)
            {
                progress.Report($"{DemoReport.NameOf(form)}: {DemoReport.NameOf(load)}");
                _points.Add(new DemoPoint(form, load, await _load.RunAsync(system.Port, load, Duration(), cancellationToken)));
            }

            await afterwards(form, system);
        }

        return _points;
    }

    private static ILoadGenerator ChooseLoad() => (ILoadGenerator?)RedisBenchmark.Find() ?? new RespLoad();

    /// <summary>Shares what is left of the time among the measurements that are left.</summary>
    private TimeSpan Duration()
    {
        int left = (s_forms.Length * loads.Count) - _points.Count;
        TimeSpan share = ((budget - Elapsed) / left) - s_overhead;
        return share > longest ? longest : share < s_shortest ? s_shortest : share;
    }
}
