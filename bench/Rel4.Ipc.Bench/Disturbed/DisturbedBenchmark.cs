using System.Globalization;
using Rel4.Ipc.Bench.Reports;
using Rel4.Ipc.Bench.Tasks;

namespace Rel4.Ipc.Bench;

/// <summary>Measures calls, one at a time, while another process uses half a core, or a whole one: <c>rel4 bench disturbed</c>.</summary>
/// <remarks>Many short runs rather than a long one: whoever draws the wrong conclusion from a bad beginning keeps it until a run's end.</remarks>
public static class DisturbedBenchmark
{
    private const int Runs = 20, QuickRuns = 4;

    /// <inheritdoc cref="IpcBenchmark.RunAsync"/>
    public static async Task<DisturbedFigures> RunAsync(Pace pace, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var machine = MachineDescription.Read();
        (int first, int? second) = Processors.Choose();
        var scenario = new Scenario(WaysClient.RunOneAtATime, AsyncServer.Run, first, second ?? first);
        var runs = new List<DisturbedRun>();
        for (int left = pace == Pace.Quick ? QuickRuns : Runs; left > 0; left--)
        {
            double load = left % 2 == 0 ? 0.5 : 1;
            WaysResult result = await (scenario with { Disturber = load < 1 ? Disturber.RunHalf : Disturber.RunWhole })
                .RunAsync(Pace.Quick, FiguresContext.Default.WaysResult, progress, cancellationToken).ConfigureAwait(false);
            runs.Add(new DisturbedRun(load, Spread.Of(result.Ways[0].NsPerCall), Spread.Of(result.Ways[1].NsPerCall)));
        }

        return new DisturbedFigures(machine, runs, [BudgetOf(runs)]);
    }

    /// <summary>Says what figures mean.</summary>
    public static Report Explain(DisturbedFigures figures)
    {
        ArgumentNullException.ThrowIfNull(figures);
        return new Report(
            "reL4: calls while another process uses half a core, or a whole one",
            figures.Machine,
            [
                "Each run has two new sandboxed processes, with a core each where there are two, and calls take turns with round trips of a blocking Unix "
                + "socket between them. Figures are medians of rounds, with their quartiles.",
            ],
            [
                new Table(
                    "One message at a time",
                    ["run", "load", "CallAsync ns", "Unix socket ns", "by Unix socket"],
                    [.. figures.Runs.Select((run, index) => (IReadOnlyList<string>)
                    [
                        (index + 1).ToString(CultureInfo.InvariantCulture),
                        run.Load.ToString(CultureInfo.InvariantCulture),
                        run.Call.Show(),
                        run.UnixSocket.Show(),
                        run.Ratio.ToString("0.###", CultureInfo.InvariantCulture),
                    ])]),
            ],
            [],
            figures.Budgets,
            Report.Serialize(figures, FiguresContext.Default.DisturbedFigures));
    }

    /// <summary>Judges by the worst run.</summary>
    internal static Budget BudgetOf(IReadOnlyList<DisturbedRun> runs) => Budget.AtMost(
        $"a call at 1 beside half a core's load or a whole one's, by a Unix socket's round trip, worst of {runs.Count} runs", runs.Max(run => run.Ratio), 1, "x");
}
