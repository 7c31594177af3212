using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using Rel4.Ipc.Bench.Reports;
using Rel4.Ipc.Bench.Tasks;

namespace Rel4.Ipc.Bench;

/// <summary>Measures what a small message between two processes costs: <c>rel4 bench ipc</c>.</summary>
public static class IpcBenchmark
{
    /// <summary>Runs the benchmark.</summary>
    /// <param name="pace">How much to measure.</param>
    /// <param name="progress">Is told what goes on.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="BenchmarkException">It came to no result.</exception>
    public static async Task<IpcFigures> RunAsync(Pace pace, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var machine = MachineDescription.Read();
        (int first, int? second) = Processors.Choose();
        WaysResult sync = await RunAsync(new Scenario(SyncClient.Run, SyncServer.Run), FiguresContext.Default.WaysResult);
        WaysResult syncOne = await RunAsync(
            new Scenario(SyncClient.RunOnOneCore, SyncServer.Run, first, first), FiguresContext.Default.WaysResult);
        WakeResult parked = await RunAsync(new Scenario(WakeClient.Run, AsyncServer.Run), FiguresContext.Default.WakeResult);
        WaysResult? two = second is null ? null : await RunAsync(
            new Scenario(WaysClient.RunOnTwoCores, AsyncServer.Run, first, second), FiguresContext.Default.WaysResult);
        WaysResult one = await RunAsync(
            new Scenario(WaysClient.RunOnOneCore, AsyncServer.Run, first, first), FiguresContext.Default.WaysResult);
        SweepResult? sweepTwo = second is null ? null : await RunAsync(
            new Scenario(SweepClient.RunOnTwoCores, AsyncServer.Run, first, second), FiguresContext.Default.SweepResult);
        SweepResult sweepOne = await RunAsync(
            new Scenario(SweepClient.RunOnOneCore, AsyncServer.Run, first, first), FiguresContext.Default.SweepResult);

        var figures = new IpcFigures(
            machine,
            [
                .. Placed(Ways.TwoCores, two),
                .. Placed(Ways.OneCore, one),
                .. Placed(Ways.OneCore, syncOne),
                .. Placed(Ways.Anywhere, sync),
                ParkedOf(Ways.AsyncParked, parked.Call),
                ParkedOf(Ways.UnixSocketParked, parked.UnixSocket),
            ],
            two?.Latencies ?? [],
            [.. sweepOne.Points, .. sweepTwo?.Points ?? []],
            []);
        return figures with { Budgets = [.. IpcBudgets.Of(figures)] };

        Task<T> RunAsync<T>(Scenario scenario, JsonTypeInfo<T> type) => scenario.RunAsync(pace, type, progress, cancellationToken);
    }

    /// <summary>Says what figures mean.</summary>
    public static Report Explain(IpcFigures figures)
    {
        ArgumentNullException.ThrowIfNull(figures);
        return new Report(
            "reL4: a small message to another process and back",
            figures.Machine,
            [.. NotesOn(figures)],
            [
                .. figures.Ways.Select(way => way.Placement).Distinct().Select(placement => WaysTable(figures, placement)),
                .. figures.Latencies.Count == 0 ? Array.Empty<Table>() : [LatencyTable(figures)],
                .. CoresOf(figures).Select(cores => SweepTable(figures, cores)),
            ],
            IpcCharts.Of(figures),
            figures.Budgets,
            Report.Serialize(figures, FiguresContext.Default.IpcFigures));
    }

    private static IEnumerable<WayFigures> Placed(string placement, WaysResult? result) =>
        from way in result?.Ways ?? []
        select new WayFigures(way.Way, placement, way.InFlight, Spread.Of(way.NsPerCall), way.BytesPerCall, way.DoorbellsPerCall)
        {
            Rounds = way.NsPerCall,
        };

    private static WayFigures ParkedOf(string way, WakeFigures figures) =>
        new(way, Ways.Anywhere, 1, new Spread(figures.MedianNs, figures.P25Ns, figures.P75Ns), null, null);

    private static IEnumerable<string> NotesOn(IpcFigures figures)
    {
        yield return "Each figure is the median of rounds in which all that is compared took turns, between two sandboxed processes, with the quartiles "
            + "of the rounds behind it. Asynchronous calls and what is compared with them carry 8 bytes each way, the others 32.";
        if (figures.Latencies.Count == 0)
        {
            yield return "This machine offers one core. There is no cache line to pass between cores and nothing to measure on two: "
                + "those figures are missing.";
        }
    }

    private static Table WaysTable(IpcFigures figures, string placement)
    {
        WayFigures[] ways = [.. figures.Ways.Where(way => way.Placement == placement)];
        double unit = ways.First(way => way.Way is Ways.UnixSocket or Ways.UnixSocketWords).NsPerCall.Median;
        double parkedUnit = ways.FirstOrDefault(way => way.Way == Ways.UnixSocketParked)?.NsPerCall.Median ?? unit;
        return new Table(
            $"A message and its answer, {placement}",
            ["way", "at once", "ns", "by Unix socket", "bytes", "doorbells"],
            [.. ways.Select(way => (IReadOnlyList<string>)
            [
                way.Way,
                way.InFlight.ToString(CultureInfo.InvariantCulture),
                way.NsPerCall.Show(),
                Show(way.NsPerCall.Median / (way.Way is Ways.AsyncParked or Ways.UnixSocketParked ? parkedUnit : unit)),
                way.BytesPerCall is { } bytes ? Show(bytes) : "",
                way.DoorbellsPerCall is { } doorbells ? ShowSmall(doorbells) : "",
            ])]);
    }

    private static Table LatencyTable(IpcFigures figures) => new(
        "Time from when a call was to begin until its answer, at half of the highest rate that the way has with this load (bare channel: CallAsync's), two cores, in us",
        ["way", "calls a second", "50 %", "99 %", "99.9 %", "slowest", "99.9 % of all rounds", "slowest"],
        [.. figures.Latencies.Select(way => (IReadOnlyList<string>)
        [
            way.Way,
            Show(way.CallsPerSecond),
            way.P50Ns.Show(1000),
            way.P99Ns.Show(1000),
            way.P999Ns.Show(1000),
            way.MaxNs.Show(1000),
            Show(way.WholeRun.P999Ns / 1000),
            Show(way.WholeRun.MaxNs / 1000),
        ])]);

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
                        [point.NsPerCall.Show(), ShowSmall(point.DoorbellsPerCall), Show(point.BytesPerCall)]),
                ]),
            ]);
    }

    internal static IEnumerable<int> CoresOf(IpcFigures figures) => figures.Async.Select(point => point.Cores).Distinct().OrderDescending();

    internal static string Name(int cores) => cores == 1 ? Ways.OneCore : Ways.TwoCores;

    private static string ShowSmall(double value) => value.ToString("0.#####", CultureInfo.InvariantCulture);

    private static string Show(double value) => value.ToString(value < 0.1 ? "0.####" : value < 100 ? "0.##" : "#,##0", CultureInfo.InvariantCulture);
}
