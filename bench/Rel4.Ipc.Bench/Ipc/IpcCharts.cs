using Rel4.Ipc.Bench.Reports;

namespace Rel4.Ipc.Bench;

/// <summary>Draws cost and doorbells against concurrency, as reL4's evaluation does.</summary>
internal static class IpcCharts
{
    private const string Concurrency = "coroutines that call at the same time";

    /// <summary>Names what the calls are compared with, whose cost depends on no concurrency.</summary>
    private static readonly Dictionary<(string Way, string Placement), string> s_levels = new()
    {
        [(Ways.Sync, Ways.Anywhere)] = "SeL4.Call",
        [(Ways.UnixSocketWords, Ways.Anywhere)] = "Unix socket",
        [(Ways.UnixSocketPipelined, Ways.Anywhere)] = "Unix socket, pipelined",
        [(Ways.Http2, Ways.Anywhere)] = "HTTP/2",
        [(Ways.CacheLine, Ways.TwoCores)] = "cache line",
    };

    public static IReadOnlyList<Chart> Of(IpcFigures figures) =>
    [
        new Chart(
            "Cost of a call", Concurrency, "ns a call",
            [
                .. Lines(figures, point => point.NsPerCall.Median, workUs => workUs == 0),
                .. figures.Ways.Where(way => s_levels.ContainsKey((way.Way, way.Placement)))
                    .Select(way => Level(s_levels[(way.Way, way.Placement)], way.NsPerCall.Median)),
            ]),
        new Chart(
            "Cost of a call for which the server computes", Concurrency, "ns a call",
            Lines(figures, point => point.NsPerCall.Median, workUs => workUs > 0)),
        new Chart("Doorbells", Concurrency, "U-notifications a call", Lines(figures, point => point.DoorbellsPerCall, _ => true)),
    ];

    private static Line[] Lines(IpcFigures figures, Func<AsyncPoint, double> figure, Func<int, bool> isShown) =>
    [
        .. figures.Async.Where(point => isShown(point.ServerWorkUs)).GroupBy(point => (point.Cores, point.ServerWorkUs))
            .OrderByDescending(curve => curve.Key.Cores).ThenBy(curve => curve.Key.ServerWorkUs)
            .Select(curve => new Line(
                $"{(curve.Key.Cores == 1 ? "one core" : "two cores")}, {curve.Key.ServerWorkUs} us",
                [.. curve.OrderBy(point => point.Concurrency).Select(point => ((double)point.Concurrency, figure(point)))])),
    ];

    private static Line Level(string name, double value) => new(name, [(1, value), (128, value)]) { IsBaseline = true };
}
