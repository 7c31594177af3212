using System.Globalization;
using Rel4.Ipc.Bench.Reports;
using Rel4.Ipc.Bench.Tasks;

namespace Rel4.Ipc.Bench;

/// <summary>Measures what a small message between two processes costs: <c>rel4 bench ipc</c>.</summary>
public static class IpcBenchmark
{
    /// <summary>Below it, a rise from one concurrency to the next is the machine's noise.</summary>
    private const double Noise = 1.15;

    /// <summary>Runs the benchmark.</summary>
    /// <param name="pace">How much to measure.</param>
    /// <param name="progress">Is told what goes on.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="BenchmarkException">It came to no result.</exception>
    public static async Task<IpcFigures> RunAsync(Pace pace, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var machine = MachineDescription.Read();
        (int first, int? second) = Processors.Choose();
        SyncResult sync = await new Scenario(SyncClient.Run, SyncServer.Run)
            .RunAsync(pace, FiguresContext.Default.SyncResult, progress, cancellationToken).ConfigureAwait(false);
        WakeResult parked = await new Scenario(WakeClient.Run, AsyncServer.Run)
            .RunAsync(pace, FiguresContext.Default.WakeResult, progress, cancellationToken).ConfigureAwait(false);
        SweepResult? two = second is null ? null : await new Scenario(SweepClient.RunOnTwoCores, AsyncServer.Run, first, second)
            .RunAsync(pace, FiguresContext.Default.SweepResult, progress, cancellationToken).ConfigureAwait(false);
        SweepResult one = await new Scenario(SweepClient.RunOnOneCore, AsyncServer.Run, first, first)
            .RunAsync(pace, FiguresContext.Default.SweepResult, progress, cancellationToken).ConfigureAwait(false);
        var figures = new IpcFigures(
            machine,
            two?.CacheLineRoundTripNs,
            sync.Sync,
            [.. one.Points, .. two?.Points ?? []],
            parked.Call.MedianNs,
            sync.Baselines with { UnixSocketParkedRoundTripNs = parked.UnixSocket.MedianNs },
            []);
        return figures with { Budgets = [.. BudgetsOf(figures)] };
    }

    /// <summary>Says what figures mean.</summary>
    public static Report Explain(IpcFigures figures)
    {
        ArgumentNullException.ThrowIfNull(figures);
        return new Report(
            "reL4: a small message to another process and back",
            figures.Machine,
            [.. NotesOn(figures)],
            [WaysTable(figures), .. CoresOf(figures).Select(cores => SweepTable(figures, cores))],
            IpcCharts.Of(figures),
            figures.Budgets,
            Report.Serialize(figures, FiguresContext.Default.IpcFigures));
    }

    private static IEnumerable<Budget> BudgetsOf(IpcFigures figures)
    {
        if (figures.CacheLineRoundTripNs is { } line)
        {
            yield return Budget.AtMost(
                "a call at concurrency 1, both awake, by cache-line round trips", figures.At(1, cores: 2).NsPerCall / line, 3, "x");
            yield return Budget.AtMost("a call at concurrency 64, two cores", figures.At(64, cores: 2).NsPerCall, 60, "ns");
        }

        foreach (int cores in CoresOf(figures))
        {
            yield return Budget.AtMost($"rise of a call's cost with concurrency, {Name(cores)}", RiseOf(figures, cores), Noise, "x");
            AsyncPoint worst = figures.Async.Where(point => point.Cores == cores && point.Concurrency >= 8)
                .MaxBy(point => point.DoorbellsPerCall)!;
            yield return Budget.AtMost(
                $"doorbells at concurrency 8 and more, {Name(cores)} (most at {worst.Concurrency}, {worst.ServerWorkUs} us)",
                worst.DoorbellsPerCall,
                0.01,
                "a call");
        }

        yield return Budget.AtMost("memory allocated by either side", figures.Async.Max(point => point.BytesPerCall), 0, "bytes a call");
        yield return Budget.AtMost(
            "round trip between sleeping tasks, by a Unix socket's",
            figures.ParkedRoundTripNs / figures.Baselines.UnixSocketParkedRoundTripNs,
            1.3,
            "x");
    }

    /// <summary>Gets by how much a call costs more at most than at a lower concurrency with the same work.</summary>
    private static double RiseOf(IpcFigures figures, int cores) =>
        figures.Async.Where(point => point.Cores == cores).GroupBy(point => point.ServerWorkUs).Max(curve =>
        {
            double least = double.PositiveInfinity, rise = 0;
            foreach (AsyncPoint point in curve.OrderBy(point => point.Concurrency))
            {
                rise = Math.Max(rise, point.NsPerCall / least);
                least = Math.Min(least, point.NsPerCall);
            }

            return rise;
        });

    private static IEnumerable<string> NotesOn(IpcFigures figures)
    {
        yield return "Each figure is the median of rounds in which all that is compared took turns, between two sandboxed processes. "
            + "Asynchronous calls carry 8 bytes each way, the others 32.";
        if (figures.CacheLineRoundTripNs is null)
        {
            yield return "This machine offers one core. There is no cache line to pass between cores and nothing to measure on two: "
                + "those figures are missing.";
        }
    }

    private static Table WaysTable(IpcFigures figures)
    {
        IpcBaselines baselines = figures.Baselines;
        double unit = baselines.UnixSocketRoundTripNs;
        List<(string Name, double Ns)> ways =
        [
            ("SeL4.Call, through the kernel", figures.Sync.CallRoundTripNs),
            ("CallAsync, both tasks asleep before", figures.ParkedRoundTripNs),
            ("Unix socket, both tasks asleep before", baselines.UnixSocketParkedRoundTripNs),
            ("Unix socket, blocking", baselines.UnixSocketRoundTripNs),
            ($"Unix socket, {SyncClient.Pipelined} messages in each send", baselines.UnixSocketPipelinedNsPerCall),
            ("named pipe of .NET", baselines.NamedPipeRoundTripNs),
            ("HTTP/2 over a Unix socket", baselines.Http2RoundTripNs),
        ];
        if (figures.CacheLineRoundTripNs is { } line)
        {
            ways.Insert(0, ("cache line between two cores and back", line));
            ways.Insert(1, ("CallAsync, one at a time, two cores", figures.At(1, cores: 2).NsPerCall));
            ways.Insert(2, ("CallAsync, 64 at a time, two cores", figures.At(64, cores: 2).NsPerCall));
        }

        return new Table(
            "A message and its answer",
            ["way", "ns", "by Unix socket"],
            [.. ways.Select(way => (IReadOnlyList<string>)[way.Name, Show(way.Ns), Show(way.Ns / unit)])]);
    }

    private static Table SweepTable(IpcFigures figures, int cores)
    {
        int[] work = [.. figures.Async.Select(point => point.ServerWorkUs).Distinct().Order()];
        return new Table(
            $"Asynchronous calls on {Name(cores)}, by work of the server for each",
            ["concurrency", .. work.SelectMany(us => (string[])[$"{us} us: ns a call", "doorbells", "bytes"])],
            [
                .. figures.Async.Select(point => point.Concurrency).Distinct().Order().Select(concurrency => (IReadOnlyList<string>)
                [
                    concurrency.ToString(CultureInfo.InvariantCulture),
                    .. work.Select(us => figures.At(concurrency, cores, us)).SelectMany(point => (string[])
                        [Show(point.NsPerCall), ShowSmall(point.DoorbellsPerCall), Show(point.BytesPerCall)]),
                ]),
            ]);
    }

    private static IEnumerable<int> CoresOf(IpcFigures figures) => figures.Async.Select(point => point.Cores).Distinct().OrderDescending();

    private static string Name(int cores) => cores == 1 ? "one core" : "two cores";

    private static string ShowSmall(double value) => value.ToString("0.#####", CultureInfo.InvariantCulture);

    private static string Show(double value) => value.ToString(value < 100 ? "0.##" : "#,##0", CultureInfo.InvariantCulture);
}
