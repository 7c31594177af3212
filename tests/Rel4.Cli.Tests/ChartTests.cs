using System.Globalization;
using System.Xml.Linq;
using Rel4.Ipc.Bench.Reports;

namespace Rel4.Cli.Tests;

/// <summary>Can all of a chart be read: is no text cut off, written over another, or run through by the lines?</summary>
public sealed class ChartTests
{
    /// <summary>A wide font's, by its size: the width of a character, and what reaches above and below the line on which characters stand.</summary>
    private const double CharacterWidth = 0.6, Ascent = 0.8, Descent = 0.25;

    public static TheoryData<string, int, double, double> Charts => new()
    {
        // Names' lengths, lines, least and greatest value.
        { "one core, 10 us", 7, 245, 844_332 },
        { "Unix socket, many messages in each send", 6, 0.0007, 2.2 },
        { "x", 1, 5, 5 },
        { "memory copy", 3, 12, 98_765 },
        { "a", 12, 1e-7, 1e9 },
    };

    [Theory]
    [MemberData(nameof(Charts))]
    public void Chart_OfAnyLines_HasTextsApartWithinTheView(string name, int lines, double least, double most)
    {
        foreach (double[] across in (double[][])[[1, 2, 4, 8, 16, 32, 64, 128], [50, 90, 99], [64, 1 << 10, 1 << 16, 1 << 20, 64 << 20], [7]])
            AssertCanBeRead(Parse(Make(name, lines, least, most, across)));
    }

    [Fact]
    public async Task Charts_InABrowser_CanBeRead()
    {
        (string[][] texts, string[] faults) = await Browser.ShowAsync(
            Charts.Select(row => row.Data).Select(data => ChartDrawing.ToSvg(Make(data.Item1, data.Item2, data.Item3, data.Item4, [1, 2, 4, 8, 16, 32, 64, 128]))));

        Assert.Equal(Charts.Count, texts.Length);
        Assert.All(texts, drawn => Assert.Contains("Cost of a <call>", drawn));
        Assert.Empty(faults);
    }

    [Fact]
    public void Chart_WithoutAnythingAboveZero_CanBeRead() =>
        AssertCanBeRead(Parse(new Chart("Doorbells", "coroutines", "a call", [new Line("two cores, 0 us", [(1, 0), (2, 0)])])));

    [Theory]
    [InlineData(1, 4)]
    [InlineData(39, 2929)]
    [InlineData(100, 100)]
    [InlineData(7, 0)]
    public void Chart_OfLinearAxes_ShowsAllFromZeroOnAndCanBeRead(double longest, double most)
    {
        XElement svg = Parse(new Chart(
            "Errors by second", "seconds", "errors per second",
            [new Line("unknown", [(0.5, 0), (longest, most)]), new Line("nats-server of gateway-2 is killed", [(longest / 2, 0), (longest / 2, most)]) { IsBaseline = true }]) { IsLinear = true });

        AssertCanBeRead(svg);
        string[] texts = [.. svg.Descendants().Where(IsText).Select(text => text.Value)];
        Assert.Equal(2, texts.Count(text => text == "0"));
        Assert.Contains(texts, text => double.TryParse(text, CultureInfo.InvariantCulture, out double tick) && tick >= longest);
        Assert.Contains(texts, text => double.TryParse(text, NumberStyles.Float | NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out double tick) && tick >= most);
        double[] view = [.. svg.Attribute("viewBox")!.Value.Split(' ').Select(Number)];
        Assert.All(
            svg.Descendants().Where(element => element.Name.LocalName == "circle"),
            point => Assert.True(view[0] < Number(point.Attribute("cx")!.Value) && Number(point.Attribute("cx")!.Value) < view[2] && Number(point.Attribute("cy")!.Value) < view[3]));
    }

    [Fact]
    public void Chart_NamesAllThatItShows()
    {
        string[] texts = [.. Parse(Make("way", 4, 10, 20_000, [1, 2, 64])).Descendants().Where(IsText).Select(text => text.Value)];

        Assert.Subset(
            texts.ToHashSet(), new HashSet<string> { "Cost of a <call>", "coroutines that call at the same time", "U-notifications a call", "way 0", "way 3", "1", "2", "64", "10", "100", "1,000", "10,000" });
    }

    private static Chart Make(string name, int lines, double least, double most, double[] across) => new(
        "Cost of a <call>",
        "coroutines that call at the same time",
        "U-notifications a call",
        [.. Enumerable.Range(0, lines).Select(line => new Line(
            $"{name} {line}",
            [.. across.Select((x, i) => (x, i % 2 == 0 ? least : most))]) { IsBaseline = line % 2 == 1 })]);

    private static XElement Parse(Chart chart) => XElement.Parse(ChartDrawing.ToSvg(chart));

    private static void AssertCanBeRead(XElement svg)
    {
        double[] view = [.. svg.Attribute("viewBox")!.Value.Split(' ').Select(Number)];
        (string Text, Box Box)[] texts = [.. svg.Descendants().Where(IsText).Select(text => (text.Value, BoxOf(text)))];
        Assert.NotEmpty(texts);
        Assert.All(texts, text => Assert.True(new Box(view[0], view[1], view[2], view[3]).Holds(text.Box), $"{text} is cut off"));
        for (int i = 0; i < texts.Length; i++)
            Assert.All(texts[(i + 1)..], other => Assert.False(texts[i].Box.Meets(other.Box), $"{texts[i]} and {other} overlap"));
        (double X, double Y)[] points =
        [
            .. from line in svg.Descendants().Where(element => element.Name.LocalName == "polyline")
               from point in line.Attribute("points")!.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries)
               select (Number(point.Split(',')[0]), Number(point.Split(',')[1])),
        ];
        Assert.All(points, point => Assert.DoesNotContain(texts, text => text.Box.Holds(new Box(point.X, point.Y, point.X, point.Y))));
    }

    private static bool IsText(XElement element) => element.Name.LocalName == "text";

    private static Box BoxOf(XElement text)
    {
        double x = Number(text.Attribute("x")!.Value), y = Number(text.Attribute("y")!.Value), size = Number(text.Attribute("font-size")!.Value);
        double width = text.Value.Length * size * CharacterWidth;
        double before = text.Attribute("text-anchor")!.Value switch { "start" => 0, "middle" => width / 2, _ => width };
        if (text.Attribute("transform") is not { } transform)
            return new Box(x - before, y - (Ascent * size), x - before + width, y + (Descent * size));
        Assert.StartsWith("rotate(-90 ", transform.Value, StringComparison.Ordinal);
        return new Box(x - (Ascent * size), y + before - width, x + (Descent * size), y + before);
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private readonly record struct Box(double Left, double Top, double Right, double Bottom)
    {
        public bool Holds(Box other) => Left <= other.Left && Top <= other.Top && Right >= other.Right && Bottom >= other.Bottom;

        public bool Meets(Box other) => Left < other.Right && other.Left < Right && Top < other.Bottom && other.Top < Bottom;
    }
}
