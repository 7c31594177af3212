using System.CommandLine;
using Rel4.Cli.Benchmarking;
using Rel4.Cli.Demo;
using Rel4.Cli.Demo.Machines;
using Rel4.Ipc.Bench.Reports;
using Spectre.Console;

namespace Rel4.Cli.Commands;

/// <summary>Shows what reL4 is for on a real service: <c>rel4 demo</c>.</summary>
internal static class DemoCommand
{
    private const string Summary = "Runs a key-value service in three processes, puts load on it, and kills one of them.";

    private const string Examples = """
        Examples:
          ./rel4 demo                        the whole demo, within a minute
          ./rel4 demo --quick                a first impression, within 20 seconds
          ./rel4 demo --json demo.json       figures for programs, too
          ./rel4 demo --machines             the service on five machines over NATS: one is cut off, a server is killed
          ./rel4 run samples/kv/system.json  the service on port 6380, for redis-cli or a client of your own

        The load comes from redis-benchmark (Debian: redis-tools), which ./rel4 installs as root after saying so; where it is missing, from a client
        of the demo's own, as the first line says. With --machines the machines are networks of their own on this one, which needs root on Linux, ip
        (Debian: iproute2) and nats-server; it takes a minute and a half, or half of that with --quick.
        Exit codes: 0 the service did what it should, 1 it did not, 130 stopped.
        """;

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var quick = new Option<bool>("--quick") { Description = "Measures less." };
        var machines = new Option<bool>("--machines") { Description = "Runs the service on five machines of one network, and disturbs them." };
        var json = new Option<string?>("--json") { Description = "Writes the figures here, as JSON.", HelpName = "FILE" };
        var html = new Option<string>("--html")
        {
            Description = "Writes the page with plots here.",
            HelpName = "FILE",
            DefaultValueFactory = _ => "artifacts/demo.html",
        };
        var command = new DocumentedCommand("demo", Summary, Examples) { quick, machines, json, html };
        command.SetAction((parsed, cancellationToken) => CommandFailure.CatchAsync(() => RunAsync(
            parsed.GetValue(quick), parsed.GetValue(machines), parsed.GetValue(json), parsed.GetRequiredValue(html), cancellationToken)));
        return command;
    }

    private static async Task<int> RunAsync(bool isQuick, bool onMachines, string? jsonPath, string htmlPath, CancellationToken cancellationToken)
    {
        IAnsiConsole console = Terminal.Open();
        if (onMachines)
            MachinesRun.CheckNeeds();
        else
            console.WriteLine(KvSweep.Announcement);
        Report report = await BenchConsole.FollowAsync(console, async progress => onMachines
            ? MachinesReport.Make(await new MachinesRun(isQuick, progress).RunAsync(cancellationToken))
            : DemoReport.Make(await new DemoRun(isQuick, progress).RunAsync(cancellationToken)));
        BenchConsole.Print(console, report);
        OutputFile.Write(htmlPath, HtmlPage.Write(report));
        if (jsonPath is not null)
            OutputFile.Write(jsonPath, report.Json);
        console.WriteLine($"Written: {htmlPath}{(jsonPath is null ? "" : $", {jsonPath}")}");
        return ExitCode.Success;
    }
}
