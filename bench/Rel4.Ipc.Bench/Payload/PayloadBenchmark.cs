using System.Globalization;
using Rel4.Ipc.Bench.Reports;
using Rel4.Ipc.Bench.Tasks;

namespace Rel4.Ipc.Bench;

/// <summary>Measures how fast payloads of all sizes go to another process and back: <c>rel4 bench payload</c>.</summary>
public static class PayloadBenchmark
{
    /// <inheritdoc cref="IpcBenchmark.RunAsync"/>
    public static async Task<PayloadFigures> RunAsync(Pace pace, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var machine = MachineDescription.Read();
        (int first, int? second) = Processors.Choose();
        PayloadResult result = await new Scenario(PayloadClient.Run, AsyncServer.Run, first, second ?? first)
            .RunAsync(pace, FiguresContext.Default.PayloadResult, progress, cancellationToken).ConfigureAwait(false);
        PayloadPoint medium = result.Points.Single(point => point.Bytes == 64 << 10);
        PayloadPoint large = result.Points.Single(point => point.Bytes == 1 << 20), largest = result.Points[^1];
        return new PayloadFigures(
            machine,
            result.Points,
            [
                Budget.AtLeast("64 KiB, by a Unix socket's rate", ByUnixSocket(medium), 3, "x"),
                Budget.AtLeast("1 MiB, by the rate of a memory copy", ByMemoryCopy(large), 0.4, "x"),
                Budget.AtLeast("64 MiB, by a Unix socket's rate", ByUnixSocket(largest), 1.5, "x"),
            ]);
    }

    /// <summary>Says what figures mean.</summary>
    public static Report Explain(PayloadFigures figures)
    {
        ArgumentNullException.ThrowIfNull(figures);
        return new Report(
            "reL4: payloads to another process and back",
            figures.Machine,
            [
                "A payload of so many bytes goes to another sandboxed process, which sends it back; its bytes are counted once. Client and "
                + "server have a core each, where there are two. Each figure is the median of rounds in which the ways took turns, with the quartiles behind it.",
            ],
            [
                new Table(
                    "Echo",
                    ["size", "CallAsync MB/s", "Unix socket MB/s", "memory copy MB/s", "by Unix socket", "by memory copy"],
                    [.. figures.Payload.Select(Row)]),
            ],
            [
                new Chart(
                    "Echo of payloads", "bytes", "MB/s",
                    [
                        Line("CallAsync", point => point.CallBytesPerSecond.Median, isBaseline: false),
                        Line("Unix socket", point => point.UnixSocketBytesPerSecond.Median, isBaseline: false),
                        Line("memory copy", point => point.MemoryCopyBytesPerSecond.Median, isBaseline: true),
                    ]),
            ],
            figures.Budgets,
            Report.Serialize(figures, FiguresContext.Default.PayloadFigures));

        Line Line(string name, Func<PayloadPoint, double> rate, bool isBaseline) =>
            new(name, [.. figures.Payload.Select(point => ((double)point.Bytes, rate(point) / 1e6))]) { IsBaseline = isBaseline };
    }

    private static double ByUnixSocket(PayloadPoint point) => point.CallBytesPerSecond.Median / point.UnixSocketBytesPerSecond.Median;

    private static double ByMemoryCopy(PayloadPoint point) => point.CallBytesPerSecond.Median / point.MemoryCopyBytesPerSecond.Median;

    private static IReadOnlyList<string> Row(PayloadPoint point) =>
    [
        Size(point.Bytes),
        point.CallBytesPerSecond.Show(1e6),
        point.UnixSocketBytesPerSecond.Show(1e6),
        point.MemoryCopyBytesPerSecond.Show(1e6),
        Ratio(ByUnixSocket(point)),
        Ratio(ByMemoryCopy(point)),
    ];

    private static string Size(int bytes) => bytes switch
    {
        >= 1 << 20 => $"{bytes >> 20} MiB",
        >= 1 << 10 => $"{bytes >> 10} KiB",
        _ => $"{bytes} B",
    };

    private static string Ratio(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);
}
