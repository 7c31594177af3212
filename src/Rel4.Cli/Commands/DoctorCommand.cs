using System.CommandLine;
using Rel4.Cli.Doctor;
using Spectre.Console;

namespace Rel4.Cli.Commands;

/// <summary>Says what this machine offers: <c>rel4 doctor</c>.</summary>
internal static class DoctorCommand
{
    private const string Examples = """
        Examples:
          ./rel4 doctor          what is there, what is missing, and how to get it
          ./rel4 doctor --json   for a program to read

        The exit code is 0 if systems can run here; what the sandbox or the tests lack does not change that.
        """;

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Writes the findings as JSON." };
        var command = new DocumentedCommand("doctor", "Says what this machine offers and what is missing.", Examples) { json };
        command.SetAction(parsed =>
        {
            Report report = Examination.Examine();
            if (parsed.GetValue(json))
                Console.WriteLine(report.ToJson());
            else
                Show(Terminal.Open(), report);
            return report.CanRun ? ExitCode.Success : ExitCode.Failure;
        });
        return command;
    }

    private static void Show(IAnsiConsole console, Report report)
    {
        foreach (IGrouping<string, Finding> area in report.Findings.GroupBy(finding => finding.Area))
        {
            console.MarkupLine($"[bold]{Markup.Escape(area.Key)}[/]");
            foreach (Finding finding in area)
            {
                (string mark, string color) = finding.Verdict switch
                {
                    Verdict.Good => ("ok     ", "green"),
                    Verdict.Absent => ("missing", "yellow"),
                    _ => ("NEEDED ", "red"),
                };
                string fix = finding.Fix is { } how ? $" -> {how}" : "";
                console.MarkupLine($"  [{color}]{mark}[/] {Markup.Escape(finding.Name),-22} {Markup.Escape(finding.Detail + fix)}");
            }
        }

        console.WriteLine();
        console.WriteLine(report.CanRun ? "Systems can run on this machine." : "Systems can't run on this machine: get what is marked NEEDED.");
    }
}
