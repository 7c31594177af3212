using System.Diagnostics;
using Rel4.Ipc.Bench;
using Spectre.Console;
using Report = Rel4.Ipc.Bench.Reports.Report;

namespace Rel4.Cli.Benchmarking;

/// <summary>Shows a benchmark's progress and its report.</summary>
internal static class BenchConsole
{
    /// <summary>Shows what is going on until the work is done.</summary>
    public static Task<Report> FollowAsync(IAnsiConsole console, Func<IProgress<string>, Task<Report>> work) =>
        console.Profile.Capabilities.Interactive
            ? console.Status().StartAsync(
                "Starting", status => work(new Reporter(text => status.Status(Markup.Escape(text)), TimeSpan.Zero)))
            : work(new Reporter(console.WriteLine, TimeSpan.FromSeconds(2)));

    /// <summary>Prints a report.</summary>
    public static void Print(IAnsiConsole console, Report report)
    {
        console.MarkupLine($"[bold]{Markup.Escape(report.Title)}[/]");
        console.MarkupLine($"[grey]{Markup.Escape(report.Machine.ToString())}[/]");
        foreach (string note in report.Notes)
            console.WriteLine(note);
        foreach (Rel4.Ipc.Bench.Reports.Table table in report.Tables)
            console.Write(Make(table.Title, table.Columns, table.Rows.Select(row => row.Select(Markup.Escape))));
        if (report.Budgets.Count > 0)
            console.Write(Make("Budgets", ["what", "measured", "budget", ""], report.Budgets.Select(Cells)));
    }

    private static IEnumerable<string> Cells(Budget budget)
    {
        string color = budget.IsMet ? "green" : "red";
        return budget.ToCells().Select(cell => $"[{color}]{Markup.Escape(cell)}[/]");
    }

    private static Table Make(string title, IReadOnlyList<string> columns, IEnumerable<IEnumerable<string>> rows)
    {
        Table table = new Table().Title(Markup.Escape(title)).Border(TableBorder.Rounded);
        for (int i = 0; i < columns.Count; i++)
            table.AddColumn(new TableColumn(Markup.Escape(columns[i])) { Alignment = i == 0 ? Justify.Left : Justify.Right });
        foreach (IEnumerable<string> row in rows)
            table.AddRow([.. row]);
        return table;
    }

    /// <summary>Passes progress on, not oftener than it can be read.</summary>
    private sealed class Reporter(Action<string> show, TimeSpan interval) : IProgress<string>
    {
        private readonly Lock _lock = new();
        private long _shownAt;

        public void Report(string value)
        {
            lock (_lock)
            {
                if (_shownAt != 0 && Stopwatch.GetElapsedTime(_shownAt) < interval)
                    return;
                _shownAt = Stopwatch.GetTimestamp();
                show(value);
            }
        }
    }
}
