using System.Globalization;
using System.Text;

namespace Rel4.Cli.Metal;

/// <summary>Shows what calls of the key-value store take, by each way to call.</summary>
/// <remarks>A tick is taken for a nanosecond: with one processor an instruction.</remarks>
internal static class KeyValueFigures
{
    private const double TicksOfSecond = 1e9;

    private static readonly (string Name, string Text)[] s_ways =
    [
        ("fast.1", "sync"), ("slow.1", "slow"), ("served.1", "served"), .. Enumerable.Range(0, 7).Select(power => ($"async.{1 << power}", $"async {1 << power}")),
    ];

    private static ReadOnlySpan<int> Works => [0, 1, 10];

    /// <summary>Makes a table, and a chart that GitHub draws, in Markdown.</summary>
    public static string ToMarkdown(BenchmarkCounts counts)
    {
        var text = new StringBuilder("| way | kernel entries |");
        foreach (int work in Works)
            text.Append(Line($" {work} µs: ticks | calls a second | to sync, to slow |"));
        text.AppendLine().Append("| --- | ---: |").Insert(text.Length, " ---: | ---: | ---: |", Works.Length).AppendLine();
        foreach ((string name, string way) in s_ways)
        {
            text.Append(Line($"| {way} | {counts.Find($"{name}.0.entries") / 1000.0:N2} |"));
            foreach (int work in Works)
            {
                double? rate = Rate(counts, name, work);
                text.Append(Line($" {TicksOfSecond / rate:N0} | {rate:N0} | {Ratio(rate, Rate(counts, "fast.1", work))}, {Ratio(rate, Rate(counts, "slow.1", work))} |"));
            }

            text.AppendLine();
        }

        return text.AppendLine(Line($"""

            ```mermaid
            xychart-beta
                title "Thousands of calls a second, without work"
                x-axis [{string.Join(", ", s_ways.Select(way => $"\"{way.Text}\""))}]
                bar [{string.Join(", ", s_ways.Select(way => Line($"{Rate(counts, way.Name, 0) / 1000:F0}")))}]
            ```
            """)).ToString();
    }

    private static double? Rate(BenchmarkCounts counts, string name, int work) => counts.Find($"{name}.{work}.ticks") is > 0 and var ticks ? TicksOfSecond / ticks : null;

    private static string Ratio(double? rate, double? other) => Line($"{((rate / other) - 1) * 100:+0;−0;0} %");

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
