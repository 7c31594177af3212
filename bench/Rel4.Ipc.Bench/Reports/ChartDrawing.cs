using System.Globalization;
using System.Net;
using System.Text;

namespace Rel4.Ipc.Bench.Reports;

/// <summary>Draws charts as SVG.</summary>
/// <remarks>
/// Nobody knows the reader's fonts here, so each text is given the room that its characters take in a wide one, and what does not fit beside its
/// neighbour is left out.
/// </remarks>
internal static class ChartDrawing
{
    private const double Width = 860, Height = 430;
    private const double TitleSize = 15, TextSize = 12, TextHeight = 18, Gap = 8, SampleWidth = 26;

    /// <summary>The width of a character by the font's size.</summary>
    private const double CharacterWidth = 0.62;

    /// <summary>How many ticks have room; with more, only powers of ten are shown.</summary>
    private const int MostTicks = 10;

    /// <summary>Colours that people who see some colours alike still tell apart (Okabe and Ito 2008).</summary>
    private static readonly string[] s_colors = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"];

    /// <summary>Gets the width of a text of the usual size.</summary>
    public static double WidthOf(string text) => text.Length * TextSize * CharacterWidth;

    /// <summary>Draws a chart.</summary>
    public static string ToSvg(Chart chart)
    {
        (double X, double Y)[] points = [.. chart.Lines.SelectMany(line => line.Points).Where(point => IsShown(chart, point))];
        double[] across = chart.IsLinear ? LinearTicksOf(points.Select(point => point.X)) : [.. points.Select(point => point.X).Distinct().Order()];
        double[] upwards = chart.IsLinear ? LinearTicksOf(points.Select(point => point.Y)) : TicksOf([.. points.Select(point => point.Y)]);
        double labels = upwards.Max(tick => WidthOf(Show(tick)));
        double legend = SampleWidth + Gap + chart.Lines.Select(line => WidthOf(line.Name)).DefaultIfEmpty().Max();
        // From the left: the axis' title on its side, its labels, the plot, the legend.
        double left = Gap + TextHeight + Gap + labels + Gap, right = Width - Gap - legend - (2 * Gap);
        double top = Gap + TextHeight + (2 * Gap), bottom = Height - Gap - (2 * (TextHeight + Gap));
        var x = new Scale(across.Length == 0 ? [1, 2] : across, left, right, chart.IsLinear);
        var y = new Scale(upwards, bottom, top, chart.IsLinear);

        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg viewBox=\"0 0 {Width} {Height}\" width=\"{Width}\" height=\"{Height}\" ");
        svg.Append("xmlns=\"http://www.w3.org/2000/svg\" font-family=\"system-ui, sans-serif\" fill=\"#1c2024\">\n");
        svg.Append(CultureInfo.InvariantCulture, $"<rect width=\"{Width}\" height=\"{Height}\" fill=\"#fff\"/>\n");
        Write(svg, chart.Title, Width / 2, Gap + TitleSize, "middle", TitleSize);
        foreach (double tick in upwards)
        {
            Draw(svg, "#e3e6ea", 1, "", (left, y.Of(tick)), (right, y.Of(tick)));
            Write(svg, Show(tick), left - Gap, y.Of(tick) + (TextSize / 3), "end");
        }

        double free = 0;
        foreach (double tick in across)
        {
            Draw(svg, "#e3e6ea", 1, "", (x.Of(tick), top), (x.Of(tick), bottom));
            double half = WidthOf(ShowBinary(tick)) / 2;
            if (x.Of(tick) - half < free)
                continue;
            Write(svg, ShowBinary(tick), x.Of(tick), bottom + Gap + TextSize, "middle");
            free = x.Of(tick) + half + Gap;
        }

        Write(svg, chart.HorizontalAxis, (left + right) / 2, Height - Gap - (TextHeight - TextSize), "middle");
        Write(svg, chart.VerticalAxis, Gap + TextSize, (top + bottom) / 2, "middle", turned: true);
        for (int i = 0; i < chart.Lines.Count; i++)
        {
            Line line = chart.Lines[i];
            string color = s_colors[i % s_colors.Length];
            Draw(svg, line, color, [.. line.Points.Where(point => IsShown(chart, point)).Select(point => (x.Of(point.X), y.Of(point.Y)))]);
            double at = right + (2 * Gap), middle = top + ((i + 0.5) * TextHeight);
            Draw(svg, line, color, [(at, middle), (at + SampleWidth, middle)]);
            Write(svg, line.Name, at + SampleWidth + Gap, middle + (TextSize / 3), "start");
        }

        return svg.Append("</svg>").ToString();
    }

    /// <summary>Those of 0 or less have no place on a logarithmic axis.</summary>
    private static bool IsShown(Chart chart, (double X, double Y) point) => chart.IsLinear || point is { X: > 0, Y: > 0 };

    /// <summary>Finds what to mark on a linear axis: multiples of 1, 2 or 5 times a power of ten, from 0 to the first one that is above all values.</summary>
    private static double[] LinearTicksOf(IEnumerable<double> values)
    {
        double most = Math.Max(1, values.DefaultIfEmpty().Max());
        double power = Math.Pow(10, Math.Floor(Math.Log10(most / MostTicks)) + 1);
        double step = ((double[])[power / 5, power / 2, power]).First(step => most / step <= MostTicks);
        return [.. Enumerable.Range(0, (int)Math.Ceiling(most / step) + 1).Select(tick => tick * step)];
    }

    /// <summary>Finds what to mark on the vertical axis: around all values, at 1, 2 and 5 times powers of ten, or at those alone if there are many.</summary>
    private static double[] TicksOf(double[] values)
    {
        if (values.Length == 0)
            return [1, 10];
        double[] ticks = Around([1, 2, 5]);
        return ticks.Length > MostTicks ? Around([1]) : ticks;

        double[] Around(double[] steps)
        {
            int first = (int)Math.Floor(Math.Log10(values.Min())), last = (int)Math.Ceiling(Math.Log10(values.Max()));
            double[] all = [.. from power in Enumerable.Range(first, last - first + 2) from step in steps select step * Math.Pow(10, power)];
            int from = Array.FindLastIndex(all, tick => tick <= values.Min() * 1.0001);
            int to = Array.FindIndex(all, tick => tick >= values.Max() * 0.9999 && tick > all[from]);
            return all[from..(to + 1)];
        }
    }

    private static void Draw(StringBuilder svg, Line line, string color, (double X, double Y)[] points)
    {
        Draw(svg, color, line.IsBaseline ? 1.5 : 2.5, line.IsBaseline ? " stroke-dasharray=\"6 4\"" : "", points);
        if (line.IsBaseline)
            return;
        foreach ((double x, double y) in points)
            svg.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{x:0.#}\" cy=\"{y:0.#}\" r=\"3.5\" fill=\"{color}\"/>\n");
    }

    private static void Draw(StringBuilder svg, string color, double width, string dashes, params ReadOnlySpan<(double X, double Y)> points)
    {
        svg.Append("<polyline points=\"");
        foreach ((double x, double y) in points)
            svg.Append(CultureInfo.InvariantCulture, $"{x:0.#},{y:0.#} ");
        svg.Append(CultureInfo.InvariantCulture, $"\" fill=\"none\" stroke=\"{color}\" stroke-width=\"{width}\"{dashes}/>\n");
    }

    private static void Write(StringBuilder svg, string text, double x, double y, string anchor, double size = TextSize, bool turned = false)
    {
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{x:0.#}\" y=\"{y:0.#}\" text-anchor=\"{anchor}\" font-size=\"{size}\"");
        if (turned)
            svg.Append(CultureInfo.InvariantCulture, $" transform=\"rotate(-90 {x:0.#} {y:0.#})\"");
        if (size > TextSize)
            svg.Append(" font-weight=\"600\"");
        svg.Append('>').Append(WebUtility.HtmlEncode(text)).Append("</text>\n");
    }

    /// <summary>Concurrency and sizes double from one point to the next.</summary>
    private static string ShowBinary(double value) => value switch
    {
        >= 1 << 20 when value % (1 << 20) == 0 => Show(value / (1 << 20)) + " Mi",
        >= 1 << 10 when value % (1 << 10) == 0 => Show(value / (1 << 10)) + " Ki",
        _ => Show(value),
    };

    private static string Show(double value) =>
        value.ToString(value is >= 1e9 or (> 0 and < 1e-4) ? "0.#e0" : "#,##0.#####", CultureInfo.InvariantCulture);

    /// <summary>An axis.</summary>
    /// <param name="ticks">What it shows, from the first to the last.</param>
    /// <param name="start">Where the first one lies.</param>
    /// <param name="end">Where the last one lies.</param>
    /// <param name="isLinear">Whether it is linear rather than logarithmic.</param>
    private readonly struct Scale(double[] ticks, double start, double end, bool isLinear)
    {
        private readonly double _first = isLinear ? ticks[0] : Math.Log(ticks[0]);
        private readonly double _all = Math.Max(isLinear ? ticks[^1] - ticks[0] : Math.Log(ticks[^1] / ticks[0]), double.Epsilon);

        public double Of(double value) => start + (((isLinear ? value : Math.Log(value)) - _first) / _all * (end - start));
    }
}
