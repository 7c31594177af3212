using System.Globalization;
using Rel4.Ipc.Bench.Reports;
using Rel4.Ipc.Bench.Tasks;

namespace Rel4.Ipc.Bench;

/// <summary>Measures what a contract adds to a call: <c>rel4 bench contracts</c>.</summary>
public static class TypedBenchmark
{
    /// <inheritdoc cref="IpcBenchmark.RunAsync"/>
    public static async Task<TypedFigures> RunAsync(Pace pace, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var machine = MachineDescription.Read();
        (int first, int? second) = Processors.Choose();
        string placement = second is null ? Ways.OneCore : Ways.TwoCores;
        WaysResult result = await new Scenario(TypedClient.Run, AsyncServer.Run, first, second ?? first)
            .RunAsync(pace, FiguresContext.Default.WaysResult, progress, cancellationToken).ConfigureAwait(false);
        WayFigures[] ways =
        [
            .. result.Ways.Select(way => new WayFigures(way.Way, placement, way.InFlight, Spread.Of(way.NsPerCall), way.BytesPerCall, way.DoorbellsPerCall)),
        ];
        return new TypedFigures(machine, ways, [.. BudgetsOf(result)]);
    }

    /// <summary>Says what figures mean.</summary>
    public static Report Explain(TypedFigures figures)
    {
        ArgumentNullException.ThrowIfNull(figures);
        return new Report(
            "reL4: a typed call beside a plain one",
            figures.Machine,
            ["Eight bytes each way between two sandboxed processes. The ways took turns; what a contract adds is the median of the differences in each round."],
            [
                new Table(
                    "A call and its answer",
                    ["way", "at once", "ns", "bytes", "doorbells"],
                    [.. figures.Ways.Select(way => (IReadOnlyList<string>)
                    [
                        way.Way,
                        way.InFlight.ToString(CultureInfo.InvariantCulture),
                        way.NsPerCall.Show(),
                        way.BytesPerCall!.Value.ToString("0.##", CultureInfo.InvariantCulture),
                        way.DoorbellsPerCall!.Value.ToString("0.#####", CultureInfo.InvariantCulture),
                    ])]),
            ],
            [],
            figures.Budgets,
            Report.Serialize(figures, FiguresContext.Default.TypedFigures));
    }

    private static IEnumerable<Budget> BudgetsOf(WaysResult result)
    {
        foreach (WayRounds typed in result.Ways.Where(way => way.Way == Ways.Typed))
        {
            WayRounds plain = result.Ways.Single(way => way.Way == Ways.Async && way.InFlight == typed.InFlight);
            yield return Budget.AtMost(
                $"what a contract adds to a call, {typed.InFlight} at once", Spread.Of([.. typed.NsPerCall.Zip(plain.NsPerCall, (with, without) => with - without)]), 150, "ns");
            // The collector counts by its own blocks, so that what is less than a byte a call is none.
            yield return Budget.AtMost($"memory that it allocates, {typed.InFlight} at once", Math.Floor(Math.Max(0, typed.BytesPerCall!.Value)), 0, "bytes a call");
        }
    }
}
