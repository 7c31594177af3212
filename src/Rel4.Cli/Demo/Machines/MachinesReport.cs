using System.Globalization;
using Rel4.Hosted.Supervision;
using Rel4.Ipc.Bench.Reports;

namespace Rel4.Cli.Demo.Machines;

/// <summary>Tells people what the demo of several machines found out.</summary>
internal static class MachinesReport
{
    /// <summary>Makes the report.</summary>
    public static Report Make(MachinesFigures figures) => new(
        "A key-value service on five machines",
        figures.Machine,
        [
            "Three machines with gateways, two with stores, each a network namespace with an address of its own; the keys are divided over the stores. Calls go over a cluster of three NATS servers, one beside "
            + "each gateway, as users that may do nothing but call one store.",
            Text($"Clients count {figures.Counters} numbers up, and know from replies and errors what each may be. At the end each was read through another gateway, and was what its client was told: every request had ")
            + "a reply or an error, nothing acknowledged is lost, nothing was done twice, and nothing of which an error says that it was not carried out.",
            $"What the stores' own audits heard of: {PrintableText.Of(string.Join("; ", figures.Audits))}.",
        ],
        [TabulateGateways(figures), TabulateSeconds(figures)],
        [
            Draw(figures, "Replies by second", "replies", [.. KvMachines.Stores.Select((store, number) => (store, (Func<SecondFigures, long>)(second => second.Replies[number])))]),
            Draw(figures, "Errors by second", "errors", ("not carried out", second => second.NotCarriedOut), ("unknown", second => second.Unknown)),
        ],
        [],
        Report.Serialize(figures, MachinesFiguresContext.Default.MachinesFigures));

    private static Table TabulateGateways(MachinesFigures figures) => new(
        "What clients got",
        ["", "requests", "replies", "not carried out", "unknown", "longest (ms)"],
        [
            .. figures.Gateways.Select(gateway => (IReadOnlyList<string>)
            [
                gateway.Name, Text($"{gateway.Requests:N0}"), Text($"{gateway.Answered:N0}"), Text($"{gateway.NotCarriedOut:N0}"), Text($"{gateway.Unknown:N0}"), Text($"{gateway.LongestMs:N0}"),
            ]),
        ]);

    private static Table TabulateSeconds(MachinesFigures figures) => new(
        "By second",
        ["second", .. KvMachines.Stores.Select(store => $"replies of {store}"), "not carried out", "unknown", "what was done"],
        [
            .. figures.Seconds.Select(second => (IReadOnlyList<string>)
            [
                Text($"{second.Second}"), .. second.Replies.Select(replies => Text($"{replies:N0}")), Text($"{second.NotCarriedOut:N0}"), Text($"{second.Unknown:N0}"),
                string.Join("; ", figures.Events.Where(done => (int)done.Second == second.Second).Select(done => done.Text)),
            ]),
        ]);

    /// <summary>Draws figures by second, and a line upwards where something was done.</summary>
    private static Chart Draw(MachinesFigures figures, string title, string unit, params (string Name, Func<SecondFigures, long> Of)[] lines)
    {
        double most = Math.Max(1, figures.Seconds.Max(second => lines.Max(line => line.Of(second))));
        return new Chart(
            title, "seconds", $"{unit} per second",
            [
                .. lines.Select(line => new Line(line.Name, [.. figures.Seconds.Select(second => (second.Second + 0.5, (double)line.Of(second)))])),
                .. figures.Events.Skip(1).Select(done => new Line(done.Text, [(done.Second, 0), (done.Second, most)]) { IsBaseline = true }),
            ]) { IsLinear = true };
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
