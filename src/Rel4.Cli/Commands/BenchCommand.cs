using System.CommandLine;
using Rel4.Cli.Benchmarking;
using Rel4.Ipc.Bench;
using Rel4.Ipc.Bench.Reports;
using Spectre.Console;

namespace Rel4.Cli.Commands;

/// <summary>Measures IPC between processes beside what else there is for that: <c>rel4 bench</c>.</summary>
internal static class BenchCommand
{
    private const string DefaultFolder = "artifacts/bench";

    private const string Examples = """
        Examples:
          ./rel4 bench ipc                      small messages: cost and doorbells against concurrency
          ./rel4 bench ipc --quick              a first impression, within a minute
          ./rel4 bench disturbed                calls while another process uses half a core, or a whole one: twenty short runs
          ./rel4 bench payload                  64 bytes to 64 MiB
          ./rel4 bench wake                     what it costs to wake a task that sleeps
          ./rel4 bench contracts                what a typed contract adds to a call
          ./rel4 bench kv                       a whole service: the price of isolation
          ./rel4 bench ipc --json out.json      figures for programs, there

        Each prints a table and writes JSON and an HTML page with plots. Exit codes: 0 measured, 1 failed, 130 stopped.
        Figures are worth most on a machine that does nothing else.
        """;

    /// <summary>Makes the command.</summary>
    public static Command Create() => new DocumentedCommand(
        "bench", "Measures IPC between processes, beside what else there is for that.", Examples)
    {
        CreateOne(
            "ipc",
            "Small messages: synchronous and asynchronous calls, beside Unix sockets, named pipes and HTTP/2.",
            async (pace, progress, stop) => IpcBenchmark.Explain(await IpcBenchmark.RunAsync(pace, progress, stop))),
        CreateOne(
            "disturbed",
            "Small messages while another process uses half a core, or a whole one: twenty short runs, beside Unix sockets.",
            async (pace, progress, stop) => DisturbedBenchmark.Explain(await DisturbedBenchmark.RunAsync(pace, progress, stop))),
        CreateOne(
            "payload",
            "Payloads of 64 bytes to 64 MiB there and back, beside Unix sockets and a plain memory copy.",
            async (pace, progress, stop) => PayloadBenchmark.Explain(await PayloadBenchmark.RunAsync(pace, progress, stop))),
        CreateOne(
            "wake",
            "Waking a task that sleeps: calls and signals, beside Unix sockets and eventfds.",
            async (pace, progress, stop) => WakeBenchmark.Explain(await WakeBenchmark.RunAsync(pace, progress, stop))),
        CreateOne(
            "contracts",
            "Typed calls beside plain ones.",
            async (pace, progress, stop) => TypedBenchmark.Explain(await TypedBenchmark.RunAsync(pace, progress, stop))),
        CreateOne(
            "kv",
            "The key-value service of samples/kv, in three processes and in one, under the load of Redis clients.",
            async (pace, progress, stop) => KvBenchmark.Explain(await KvBenchmark.RunAsync(pace, progress, stop))),
    };

    private static DocumentedCommand CreateOne(
        string name, string summary, Func<Pace, IProgress<string>, CancellationToken, Task<Report>> run)
    {
        var quick = new Option<bool>("--quick") { Description = "Measures less: for a first impression, within a minute." };
        var json = FileOption("--json", "Writes the figures here.", $"{DefaultFolder}/{name}.json");
        var html = FileOption("--html", "Writes the page with plots here.", $"{DefaultFolder}/{name}.html");
        var command = new DocumentedCommand(name, summary, Examples) { quick, json, html };
        command.SetAction((parsed, cancellationToken) => CommandFailure.CatchAsync(() => RunAsync(
            (progress, stop) => run(parsed.GetValue(quick) ? Pace.Quick : Pace.Full, progress, stop),
            parsed.GetRequiredValue(json),
            parsed.GetRequiredValue(html),
            cancellationToken)));
        return command;
    }

    private static Option<string> FileOption(string name, string description, string defaultPath) =>
        new(name) { Description = description, HelpName = "FILE", DefaultValueFactory = _ => defaultPath };

    private static async Task<int> RunAsync(
        Func<IProgress<string>, CancellationToken, Task<Report>> run, string jsonPath, string htmlPath, CancellationToken cancellationToken)
    {
        IAnsiConsole console = Terminal.Open();
        try
        {
            Report report = await BenchConsole.FollowAsync(console, progress => run(progress, cancellationToken));
            BenchConsole.Print(console, report);
            OutputFile.Write(jsonPath, report.Json);
            OutputFile.Write(htmlPath, HtmlPage.Write(report));
            console.WriteLine($"Written: {jsonPath}, {htmlPath}");
            return ExitCode.Success;
        }
        catch (BenchmarkException failure)
        {
            throw new CommandFailure(failure.Message);
        }
    }
}
