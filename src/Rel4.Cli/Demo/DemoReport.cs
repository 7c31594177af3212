using System.Globalization;
using Rel4.Hosted.Supervision;
using Rel4.Ipc.Bench;
using Rel4.Ipc.Bench.Reports;
using Rel4.Samples.Kv;

namespace Rel4.Cli.Demo;

/// <summary>Tells people what the demo found out.</summary>
internal static class DemoReport
{
    /// <summary>Says how to read the figures.</summary>
    public const string Turns = "the forms take turns. Figures are medians of rounds, with their quartiles; the price is that of the rounds' ratios.";

    /// <summary>Makes the report.</summary>
    public static Report Make(DemoFigures figures) => new(
        "A key-value service in three processes",
        figures.Machine,
        [
            "gateway speaks the Redis protocol on TCP and holds nothing but the right to call store; store has the data and no network; "
            + "audit hears of each write and can change nothing. \"One process\" is the same code without isolation.",
            $"Load by {figures.LoadGenerator}; {Turns} Audit: {PrintableText.Of(figures.Audit)}.",
            Describe(figures.Kill),
        ],
        Tabulate(figures.Points),
        Draw(figures.Points),
        [],
        Report.Serialize(figures, DemoFiguresContext.Default.DemoFigures));

    /// <summary>Makes the tables of measurements.</summary>
    public static IReadOnlyList<Table> Tabulate(IReadOnlyList<DemoPoint> points) =>
    [
        new(
            "Requests per second",
            ["", .. KvSweep.Forms.Select(NameOf), "price of isolation"],
            [.. points.GroupBy(point => point.Load).Select(load => (IReadOnlyList<string>)
                [NameOf(load.Key), .. load.Select(point => point.RequestsPerSecond.Show()), PriceOf(points, load.Key).Show() + " x"])]),
        new(
            "Median response time (ms)",
            ["", .. KvSweep.Forms.Select(NameOf)],
            [.. points.GroupBy(point => point.Load).Select(load => (IReadOnlyList<string>)[NameOf(load.Key), .. load.Select(point => point.MedianMs.Show())])]),
    ];

    /// <summary>Finds by how much one process answers more than three with asynchronous IPC.</summary>
    public static Spread PriceOf(IReadOnlyList<DemoPoint> points, LoadProfile load)
    {
        return Of(KvIpc.Async).PriceBeside(Of(KvIpc.None));

        DemoPoint Of(KvIpc form) => points.First(point => point.Load == load && point.Ipc == form);
    }

    /// <summary>Makes the pictures of measurements.</summary>
    public static IReadOnlyList<Chart> Draw(IReadOnlyList<DemoPoint> points) => [Draw("SET", points), Draw("GET", points)];

    /// <summary>Names a form of the service.</summary>
    public static string NameOf(KvIpc form) => form switch
    {
        KvIpc.Async => "asynchronous IPC",
        KvIpc.Sync => "synchronous IPC",
        _ => "one process",
    };

    /// <summary>Names a load.</summary>
    public static string NameOf(LoadProfile load)
    {
        string clients = load.Connections == 1 ? "1 client" : Text($"{load.Connections} clients");
        return load.Pipeline == 1 ? $"{load.Command}, {clients}" : Text($"{load.Command}, {clients}, {load.Pipeline} at once each");
    }

    private static string Describe(KillFigures kill)
    {
        string failed = kill.Failed == 0
            ? "no request was under way just then"
            : Text($"{kill.Failed} of {kill.Answered + kill.Failed} requests got an error (-{PrintableText.Of(kill.Error ?? "")})");
        return Text($"The store was killed under the load of 16 clients: {failed}, none was left without a reply, ")
            + Text($"and after {kill.BackAfterMs:0} ms all clients were served again. ")
            + Text($"The longest wait for a reply was {kill.LongestMs:0} ms.");
    }

    private static Chart Draw(string command, IReadOnlyList<DemoPoint> points) => new(
        command, "clients", "requests per second",
        [
            .. KvSweep.Forms.Select(form => new Line(
                NameOf(form),
                [
                    .. points
                        .Where(point => point.Ipc == form && point.Load.Command == command && point.Load.Pipeline == 1)
                        .Select(point => ((double)point.Load.Connections, point.RequestsPerSecond.Median)),
                ]) { IsBaseline = form == KvIpc.None }),
        ]);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
