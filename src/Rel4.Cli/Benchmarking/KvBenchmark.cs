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
        int[] connections = isQuick ? [1, 16, 64] : [1, 2, 4, 8, 16, 32, 64, 128];
        LoadProfile[] loads =
        [
            .. from command in (string[])["SET", "GET"] from count in connections select new LoadProfile(command, count, Pipeline: 1),
            new("SET", 50, 16), new("GET", 50, 16),
        ];
        MachineDescription machine = MachineDescription.Read();
        var sweep = new KvSweep(loads, TimeSpan.FromSeconds(isQuick ? 20 : 150), TimeSpan.FromSeconds(isQuick ? 0.4 : 2), progress);
        IReadOnlyList<DemoPoint> points = await sweep.RunAsync((_, _) => Task.CompletedTask, cancellationToken);
        return new KvFigures(machine, sweep.LoadGenerator, points, sweep.Elapsed.TotalSeconds);
    }

    /// <summary>Says what figures mean.</summary>
    public static Report Explain(KvFigures figures) => new(
        "A key-value service in three processes and in one",
        figures.Machine,
        [
            $"Load by {figures.LoadGenerator}, over TCP on this machine, which does the load's work as well. What differs is how the gateway reaches the store.",
        ],
        DemoReport.Tabulate(figures.Points),
        DemoReport.Draw(figures.Points),
        [],
        Report.Serialize(figures, KvFiguresContext.Default.KvFigures));
}

/// <summary>Is what was measured of the key-value service.</summary>
/// <param name="Machine">Where.</param>
/// <param name="LoadGenerator">What put load on the service.</param>
/// <param name="Points">What was measured.</param>
/// <param name="ElapsedSeconds">How long it all took.</param>
internal sealed record KvFigures(MachineDescription Machine, string LoadGenerator, IReadOnlyList<DemoPoint> Points, double ElapsedSeconds);

/// <summary>Knows how the figures are written as JSON.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    WriteIndented = true,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(KvFigures))]
internal sealed partial class KvFiguresContext : JsonSerializerContext;
