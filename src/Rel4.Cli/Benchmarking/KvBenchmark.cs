using System.Text.Json.Serialization;
using Rel4.Cli.Demo;
using Rel4.Ipc.Bench;
using Rel4.Ipc.Bench.Reports;

namespace Rel4.Cli.Benchmarking;

/// <summary>Measures the key-value service with its processes joined by asynchronous and by synchronous IPC, and as one process.</summary>
internal static class KvBenchmark
{
    /// <summary>Measures.</summary>
    /// <param name="pace">How much to measure.</param>
    /// <param name="progress">Hears what is going on.</param>
    /// <param name="cancellationToken">Stops the service.</param>
    /// <exception cref="Commands.CommandFailure">The service does not do what it should.</exception>
    public static async Task<KvFigures> RunAsync(Pace pace, IProgress<string> progress, CancellationToken cancellationToken)
    {
        bool isQuick = pace == Pace.Quick;
        int[] connections = isQuick ? [1, 16, 64] : [1, 4, 16, 32, 64, 128];
        LoadProfile[] loads =
        [
            .. from command in (string[])["SET", "GET"] from count in connections select new LoadProfile(command, count, Pipeline: 1),
            new("SET", 50, 16), new("GET", 50, 16),
        ];
        MachineDescription machine = MachineDescription.Read();
        var sweep = new KvSweep(
            loads, rounds: isQuick ? 5 : 9, TimeSpan.FromSeconds(isQuick ? 30 : 200), TimeSpan.FromSeconds(isQuick ? 0.2 : 0.4), progress);
        await using DemoSystem system = await DemoSystem.StartAsync(cancellationToken);
        IReadOnlyList<DemoPoint> points = await sweep.RunAsync(system, cancellationToken);
        return new KvFigures(machine, sweep.LoadGenerator, points, [.. loads.SelectMany(load => BudgetOf(points, load))], sweep.Elapsed.TotalSeconds);
    }

    /// <summary>Says what figures mean.</summary>
    public static Report Explain(KvFigures figures) => new(
        "A key-value service in three processes and in one",
        figures.Machine,
        [
            $"Load by {figures.LoadGenerator}, over TCP on this machine, which does the load's work as well; {DemoReport.Turns} What differs is how the gateway reaches the store.",
        ],
        DemoReport.Tabulate(figures.Points),
        DemoReport.Draw(figures.Points),
        figures.Budgets,
        Report.Serialize(figures, KvFiguresContext.Default.KvFigures));

    /// <summary>Judges the price of isolation where there is a limit to it.</summary>
    private static IEnumerable<Budget> BudgetOf(IReadOnlyList<DemoPoint> points, LoadProfile load)
    {
        double? limit = load switch
        {
            { Pipeline: > 1 } => 1.3,
            { Connections: >= 16 } => 1.5,
            { Connections: 1 } => 2,
            _ => null,
        };
        if (limit is { } most)
            yield return Budget.AtMost($"price of isolation, {DemoReport.NameOf(load)}", DemoReport.PriceOf(points, load), most, "x");
    }
}

/// <summary>What was measured of the key-value service.</summary>
/// <param name="Machine">Where.</param>
/// <param name="LoadGenerator">What put load on the service.</param>
/// <param name="Points">What was measured.</param>
/// <param name="Budgets">What was wanted.</param>
/// <param name="ElapsedSeconds">How long it all took.</param>
internal sealed record KvFigures(MachineDescription Machine, string LoadGenerator, IReadOnlyList<DemoPoint> Points, IReadOnlyList<Budget> Budgets, double ElapsedSeconds);

/// <summary>Knows how the figures are written as JSON.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    WriteIndented = true,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(KvFigures))]
internal sealed partial class KvFiguresContext : JsonSerializerContext;
