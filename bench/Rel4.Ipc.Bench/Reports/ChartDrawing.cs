using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace Rel4.Ipc.Bench.Reports;

/// <summary>Draws charts as SVG.</summary>
internal static class ChartDrawing
{
    private const double Width = 860;
    private const double Height = 430;
    private static readonly OxyColor s_grid = OxyColor.FromRgb(0xE3, 0xE6, 0xEA);

    /// <summary>Colours that people who see some colours alike still tell apart (Okabe and Ito 2008).</summary>
    private static readonly OxyColor[] s_colors =
    [
        OxyColor.FromRgb(0x00, 0x72, 0xB2), OxyColor.FromRgb(0xD5, 0x5E, 0x00), OxyColor.FromRgb(0x00, 0x9E, 0x73),
        OxyColor.FromRgb(0xCC, 0x79, 0xA7), OxyColor.FromRgb(0xE6, 0x9F, 0x00), OxyColor.FromRgb(0x56, 0xB4, 0xE9),
    ];

    /// <summary>Draws a chart.</summary>
    /// <param name="chart">What to draw.</param>
    /// <param name="number">Its number on its page, where no two elements may have the same name.</param>
    public static string ToSvg(Chart chart, int number)
    {
        var model = new PlotModel { Title = chart.Title, TitleFontSize = 15, PlotAreaBorderColor = s_grid, Background = OxyColors.White };
        model.Axes.Add(MakeAxis(AxisPosition.Bottom, chart.HorizontalAxis));
        model.Axes.Add(MakeAxis(AxisPosition.Left, chart.VerticalAxis));
        model.Legends.Add(new Legend
        {
            LegendPlacement = LegendPlacement.Outside,
            LegendPosition = LegendPosition.RightTop,
            LegendFontSize = 12,
        });
        for (int i = 0; i < chart.Lines.Count; i++)
            model.Series.Add(MakeSeries(chart.Lines[i], s_colors[i % s_colors.Length]));
        string svg = new SvgExporter { Width = Width, Height = Height, IsDocument = false }.ExportToString(model);
        // Without a view box it would keep its size where the page is narrower.
        return svg.Replace("<svg width=", $"<svg viewBox=\"0 0 {Width} {Height}\" width=", StringComparison.Ordinal)
            .Replace("id=\"clipPath", $"id=\"chart{number}-", StringComparison.Ordinal)
            .Replace("#clipPath", $"#chart{number}-", StringComparison.Ordinal);
    }

    private static LogarithmicAxis MakeAxis(AxisPosition position, string title) => new()
    {
        Position = position,
        Title = title,
        // Concurrency and sizes double from one point to the next; costs span decades.
        Base = position == AxisPosition.Bottom ? 2 : 10,
        MajorGridlineStyle = LineStyle.Solid,
        MajorGridlineColor = s_grid,
        TicklineColor = s_grid,
        UseSuperExponentialFormat = false,
        LabelFormatter = value => value.ToString(value is >= 1e7 or < 1e-4 ? "0.#e0" : "0.#####", provider: null),
        MaximumPadding = 0.05,
        MinimumPadding = 0.05,
    };

    private static LineSeries MakeSeries(Line line, OxyColor color)
    {
        var series = new LineSeries
        {
            Title = line.Name,
            Color = color,
            StrokeThickness = line.IsBaseline ? 1.5 : 2.5,
            LineStyle = line.IsBaseline ? LineStyle.Dash : LineStyle.Solid,
            MarkerType = line.IsBaseline ? MarkerType.None : MarkerType.Circle,
            MarkerSize = 3.5,
        };
        series.Points.AddRange(line.Points.Where(point => point.X > 0 && point.Y > 0).Select(point => new DataPoint(point.X, point.Y)));
        return series;
    }
}
