using System.Text;
using System.Text.Encodings.Web;

namespace Rel4.Ipc.Bench.Reports;

/// <summary>Writes a report as one HTML page that needs nothing else.</summary>
public static class HtmlPage
{
    private const string Head = """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <style>
        body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #1c2024; }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; display: block; overflow-x: auto; }
        th, td { text-align: right; padding: .25rem .75rem; border-bottom: 1px solid #e3e6ea; }
        th:first-child, td:first-child { text-align: left; }
        svg { width: 100%; height: auto; margin: 1rem 0; }
        .machine { color: #5f6b76; }
        .met { color: #18794e; }
        .missed { color: #b42318; font-weight: 600; }
        </style>
        """;

    /// <summary>Writes the page.</summary>
    public static string Write(Report report)
    {
        var page = new StringBuilder(Head);
        page.Append("\n<title>").Append(Escape(report.Title)).Append("</title>\n</head>\n<body>\n");
        page.Append("<h1>").Append(Escape(report.Title)).Append("</h1>\n");
        page.Append("<p class=\"machine\">").Append(Escape(report.Machine.ToString())).Append("</p>\n");
        foreach (string note in report.Notes)
            page.Append("<p>").Append(Escape(note)).Append("</p>\n");
        foreach (Chart chart in report.Charts)
            page.Append(ChartDrawing.ToSvg(chart)).Append('\n');
        Append(page, report.Budgets);
        foreach (Table table in report.Tables)
            Append(page, table);
        page.Append("<details><summary>All figures as JSON</summary>\n<pre>").Append(Escape(report.Json)).Append("</pre></details>\n");
        return page.Append("</body>\n</html>\n").ToString();
    }

    private static void Append(StringBuilder page, Table table)
    {
        page.Append("<h2>").Append(Escape(table.Title)).Append("</h2>\n<table>\n");
        AppendRow(page, "th", table.Columns);
        foreach (IReadOnlyList<string> row in table.Rows)
            AppendRow(page, "td", row);
        page.Append("</table>\n");
    }

    private static void Append(StringBuilder page, IReadOnlyList<Budget> budgets)
    {
        if (budgets.Count == 0)
            return;
        page.Append("<h2>Budgets</h2>\n<table>\n");
        AppendRow(page, "th", ["what", "measured", "budget", ""]);
        foreach (Budget budget in budgets)
        {
            page.Append("<tr class=\"").Append(budget.IsMet ? "met" : "missed").Append("\">");
            foreach (string cell in budget.ToCells())
                page.Append("<td>").Append(Escape(cell)).Append("</td>");
            page.Append("</tr>\n");
        }

        page.Append("</table>\n");
    }

    private static void AppendRow(StringBuilder page, string element, IReadOnlyList<string> cells)
    {
        page.Append("<tr>");
        foreach (string cell in cells)
            page.Append('<').Append(element).Append('>').Append(Escape(cell)).Append("</").Append(element).Append('>');
        page.Append("</tr>\n");
    }

    private static string Escape(string text) => HtmlEncoder.Default.Encode(text);
}
