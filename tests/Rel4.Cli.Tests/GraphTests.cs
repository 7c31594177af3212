using System.Text.Json;
using System.Xml.Linq;

namespace Rel4.Cli.Tests;

/// <summary>Draws systems.</summary>
public sealed class GraphTests
{
    private static readonly XNamespace s_svg = "http://www.w3.org/2000/svg";

    [Fact]
    public async Task Dot_OfASystemFile_HasAnArrowForEachDirection()
    {
        using var system = new SampleSystem();

        (int exitCode, string output, string error) = await Rel4Command.RunAsync("graph", system.Path);

        Assert.True(exitCode == 0, error);
        Assert.Contains("  \"task client\" -> \"object requests\" [label=\"grant, grantReply, badge 7\"];\n", output, StringComparison.Ordinal);
        Assert.Contains("  \"object requests\" -> \"task server\";\n", output, StringComparison.Ordinal);
        Assert.Contains("  \"object served\" [label=\"served\", shape=diamond];\n", output, StringComparison.Ordinal);
        Assert.DoesNotContain("\"task server\" -> \"object requests\"", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Svg_OfASystemFile_ShowsEveryNodeOnceWithinThePicture()
    {
        using var system = new SampleSystem();
        string picture = system.PathOf("picture.svg");

        (int exitCode, string output, string error) = await Rel4Command.RunAsync("graph", system.Path, "--output", picture);

        Assert.True(exitCode == 0 && output.Length == 0, output + error);
        XElement drawing = XDocument.Load(picture).Root!;
        Assert.Equal(
            ["client", "never", "requests", "served", "server"],
            drawing.Descendants(s_svg + "text").Where(text => (string?)text.Attribute("class") == "name").Select(text => text.Value).Order());
        double width = (double)drawing.Attribute("width")!, height = (double)drawing.Attribute("height")!;
        Assert.All(drawing.Elements(s_svg + "g").Elements(s_svg + "rect"), box =>
        {
            Assert.InRange((double)box.Attribute("x")!, 0, width - (double)box.Attribute("width")!);
            Assert.InRange((double)box.Attribute("y")!, 0, height - (double)box.Attribute("height")!);
        });
        Assert.Equal(4, drawing.Elements(s_svg + "path").Count());
    }

    [Fact]
    public async Task Svg_OfALongChain_IsDrawn()
    {
        const int Length = 15_000;
        using var system = new SampleSystem();
        string chain = system.PathOf("chain.json"), picture = system.PathOf("chain.svg");
        await File.WriteAllTextAsync(chain, JsonSerializer.Serialize(new
        {
            endpoints = Enumerable.Range(1, Length - 1).Select(index => $"e{index}"),
            tasks = Enumerable.Range(0, Length).ToDictionary(index => $"t{index}", index => new
            {
                program = "/bin/true",
                grants = new[]
                {
                    (Name: "in", Object: index, Rights: "read"),
                    (Name: "out", Object: index + 1, Rights: "write"),
                }.Where(grant => grant.Object is > 0 and < Length)
                    .ToDictionary(grant => grant.Name, grant => new { @object = $"e{grant.Object}", rights = new[] { grant.Rights } }),
            }),
        }), TestContext.Current.CancellationToken);

        (int exitCode, _, string error) = await Rel4Command.RunAsync("graph", chain, "--output", picture);

        Assert.True(exitCode == 0, error);
        XElement drawing = XDocument.Load(picture).Root!;
        Assert.Equal((2 * Length) - 1, drawing.Elements(s_svg + "g").Count());
        Assert.Equal(2 * (Length - 1), drawing.Elements(s_svg + "path").Count());
    }

    [Fact]
    public async Task Json_OfARunningSystem_ShowsWhatItsTasksHoldNow()
    {
        using var system = new SampleSystem();
        await using Rel4Command run = await TopTests.StartAsync(system);

        (_, string now, _) = await Rel4Command.RunAsync("graph", $"{run.Id}", "--json");
        (_, string planned, _) = await Rel4Command.RunAsync("graph", system.Path, "--json");

        Assert.Equal(Holdings(planned), Holdings(now));
    }

    [Fact]
    public async Task Graph_IntoAFolderThatIsNotThere_MakesIt()
    {
        using var system = new SampleSystem();
        string picture = system.PathOf("new/folder/picture.dot");

        (int exitCode, string output, string error) = await Rel4Command.RunAsync("graph", system.Path, "-o", picture);

        Assert.Equal((0, "", ""), (exitCode, output, error));
        Assert.StartsWith("digraph", await File.ReadAllTextAsync(picture, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Graph_OfAFileThatIsNotThere_Fails()
    {
        (int exitCode, string output, string error) = await Rel4Command.RunAsync("graph", "no-such.json");

        Assert.Equal((1, ""), (exitCode, output));
        Assert.StartsWith("rel4: There is no file no-such.json.", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rel4: x.png: .png is no format of graphs. End the name in .svg, .dot, .gv or .json, or say --format.", "-o", "x.png")]
    [InlineData("rel4: x.PDF: .pdf is no format of graphs. End the name in .svg, .dot, .gv or .json, or say --format.", "--output", "x.PDF")]
    [InlineData("rel4: --json and --format svg contradict each other: leave one out.", "--json", "--format", "svg")]
    [InlineData("'png' not recognized. Must be one of:", "--format", "png")]
    [InlineData("'7' not recognized. Must be one of:", "--format", "7")]
    public async Task Graph_InAFormatThatItDoesNotWrite_SaysWhichThereAre(string message, params string[] options)
    {
        using var system = new SampleSystem();

        (int exitCode, string output, string error) = await Rel4Command.RunAsync(["graph", system.Path, .. options]);

        Assert.NotEqual(0, exitCode);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.DoesNotContain("digraph", output, StringComparison.Ordinal);
        Assert.False(File.Exists(options[^1]), "It wrote the file.");
    }

    [Theory]
    [InlineData("x.gv", "digraph")]
    [InlineData("x.DOT", "digraph")]
    [InlineData("x", "digraph")]
    [InlineData("x.json", "{\"")]
    [InlineData("x.txt", "<svg", "--format", "svg")]
    public async Task Graph_IntoAFile_WritesWhatItsEndingOrTheOptionSays(string name, string beginning, params string[] options)
    {
        using var system = new SampleSystem();

        (int exitCode, _, string error) = await Rel4Command.RunAsync(["graph", system.Path, "-o", system.PathOf(name), .. options]);

        Assert.True(exitCode == 0, error);
        Assert.StartsWith(
            beginning, await File.ReadAllTextAsync(system.PathOf(name), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Graph_OfAFileWithAnUnseenNameInIt_IsAPictureAllTheSame()
    {
        using var system = new SampleSystem();
        string file = system.Write(await File.ReadAllTextAsync(system.Path, TestContext.Current.CancellationToken), "\u0001\u202e.json");

        (int exitCode, string output, string error) = await Rel4Command.RunAsync("graph", file, "--format", "svg");

        Assert.True(exitCode == 0, error);
        Assert.EndsWith("\u2401<U+202E>.json", XDocument.Parse(output).Root!.Element(s_svg + "title")!.Value, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Holdings(string json)
    {
        using var document = JsonDocument.Parse(json);
        return [.. document.RootElement.GetProperty("holdings").EnumerateArray().Select(holding => holding.GetRawText())];
    }
}
