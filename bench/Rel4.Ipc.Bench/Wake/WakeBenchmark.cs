using System.Globalization;
using Rel4.Ipc.Bench.Reports;
using Rel4.Ipc.Bench.Tasks;

namespace Rel4.Ipc.Bench;

/// <summary>Measures what it costs to wake a task that sleeps: <c>rel4 bench wake</c>.</summary>
public static class WakeBenchmark
{
    /// <inheritdoc cref="IpcBenchmark.RunAsync"/>
    public static async Task<WakeReportFigures> RunAsync(Pace pace, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var machine = MachineDescription.Read();
        (int first, int? second) = Processors.Choose();
        List<(string Placement, Scenario Scenario)> scenarios =
        [
            ("where Linux puts them", new Scenario(WakeClient.Run, AsyncServer.Run)),
            ("one core", new Scenario(WakeClient.Run, AsyncServer.Run, first, first)),
        ];
        if (second is not null)
            scenarios.Add(("two cores", new Scenario(WakeClient.Run, AsyncServer.Run, first, second)));
        var points = new List<WakePoint>();
        foreach ((string placement, Scenario scenario) in scenarios)
        {
            WakeResult result = await scenario
                .RunAsync(pace, FiguresContext.Default.WakeResult, progress, cancellationToken).ConfigureAwait(false);
            points.Add(new WakePoint(placement, result.Call, result.Signal, result.UnixSocket, result.EventDescriptor));
        }

        return new WakeReportFigures(machine, points, [.. points.Select(point => Budget.AtMost(
            $"call between sleeping tasks, {point.Placement}, by a Unix socket's round trip",
            point.Call.MedianNs / point.UnixSocket.MedianNs,
            1.3,
            "x"))]);
    }

    /// <summary>Says what figures mean.</summary>
    public static Report Explain(WakeReportFigures figures)
    {
        ArgumentNullException.ThrowIfNull(figures);
        return new Report(
            "reL4: waking a task that sleeps",
            figures.Machine,
            ["Each figure is of a round trip before which both tasks, each a sandboxed process, slept for 2 ms. The ways took turns."],
            [.. figures.Wake.Select(TableOf)],
            [.. figures.Wake.Select(ChartOf)],
            figures.Budgets,
            Report.Serialize(figures, FiguresContext.Default.WakeReportFigures));
    }

    private static (string Name, WakeFigures Figures)[] WaysOf(WakePoint point) =>
    [
        ("CallAsync", point.Call), ("U-notification", point.Signal), ("Unix socket", point.UnixSocket), ("eventfd", point.EventDescriptor),
    ];

    private static Table TableOf(WakePoint point) => new(
        $"Round trip between sleeping tasks, {point.Placement}",
        ["way", "median ns", "90 % ns", "99 % ns"],
        [.. WaysOf(point).Select(way => (IReadOnlyList<string>)
            [way.Name, Show(way.Figures.MedianNs), Show(way.Figures.P90Ns), Show(way.Figures.P99Ns)])]);

    private static Chart ChartOf(WakePoint point) => new(
        $"Round trip between sleeping tasks, {point.Placement}",
        "round trips out of 100 that were no longer",
        "ns",
        [
            .. WaysOf(point).Select(way => new Line(
                way.Name, [(50, way.Figures.MedianNs), (90, way.Figures.P90Ns), (99, way.Figures.P99Ns)])),
        ]);

    private static string Show(double value) => value.ToString("#,##0", CultureInfo.InvariantCulture);
}
