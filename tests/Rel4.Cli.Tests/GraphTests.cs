using System.Text.Json;
using System.Xml.Linq;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;

namespace Rel4.Cli.Tests;

/// <summary>Draws systems.</summary>
public sealed class GraphTests
{
    private const string LongName = "log-entries.of_ALL_tasks-in-this-system";

    private static readonly XNamespace s_svg = "http://www.w3.org/2000/svg";

    [Fact]
    public async Task Dot_OfASystemFile_HasAnArrowForEachDirection()
    {
        using var system = new SampleSystem();

        (int exitCode, string output, string error) = await Rel4Command.RunAsync("graph", system.Path);

        Assert.True(exitCode == 0, error);
        Assert.Contains("  \"task client\" -> \"object requests\" [label=\"service\\ngrant, grantReply, badge 7\"];\n", output, StringComparison.Ordinal);
        Assert.Contains("  \"object requests\" -> \"task server\" [label=\"requests\"];\n", output, StringComparison.Ordinal);
        Assert.Contains("  \"object served\" [label=\"served\", shape=hexagon,", output, StringComparison.Ordinal);
        Assert.DoesNotContain("\"task server\" -> \"object requests\"", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mermaid_OfASystemFile_HasItsNamesArrowsAndALegend()
    {
        using var system = new SampleSystem();

        (int exitCode, string output, string error) = await Rel4Command.RunAsync("graph", system.Path, "--format", "mermaid");

        Assert.True(exitCode == 0, error);
        Assert.StartsWith($"---\ntitle: \"{system.Path}\"\n---\nflowchart LR\n", output, StringComparison.Ordinal);
        Assert.Equal(
            """
                n0["server"]:::task
                n1["client"]:::task
                n2(["requests"]):::endpoint
                n3{{"served"}}:::notification
                n4{{"never"}}:::notification
                n2 -->|"requests"| n0
                n0 -->|"served<br/>badge 2"| n3
                n1 -->|"service<br/>grant, grantReply, badge 7"| n2
                n4 -->|"never"| n1
              end
              subgraph legend [Legend]
                legendTask["task"]:::task
                legendEndpoint(["endpoint"]):::endpoint
                legendNotification{{"notification"}}:::notification
            """,
            string.Join('\n', output.Split('\n')[5..19]));
    }

    [Fact]
    public async Task Mermaid_OfThePage_IsWhatTheCommandWrites()
    {
        string root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "Rel4.slnx")))
            root = Path.GetDirectoryName(root)!;
        string page = await File.ReadAllTextAsync(Path.Combine(root, "docs/observing.md"), TestContext.Current.CancellationToken);

        (int exitCode, string output, string error) = await Rel4Command.RunAsync("graph", Path.Combine(root, "samples/kv/system.json"), "--format", "mermaid");

        Assert.True(exitCode == 0, error);
        // Behind the title, which is the file's path.
        Assert.Contains(output[output.IndexOf("flowchart", StringComparison.Ordinal)..], page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GraphAndTop_OfASystemWhoseHostTakesPart_ShowItByName()
    {
        var builder = new SystemBuilder();
        EndpointDefinition requests = builder.AddEndpoint("requests");
        builder.AddTask("server", Programs.ServeAsynchronously).Grant("requests", requests, CapRights.Read | CapRights.Grant);
        builder.Host.Grant("echo", requests, CapRights.Write | CapRights.Grant, badge: 5);
        await using RunningSystem system = await builder.StartAsync(new SupervisionOptions { Output = new Silence() }, TestContext.Current.CancellationToken);
        (await TaskContext.Endpoint("echo").CallAsync(0, cancellationToken: TestContext.Current.CancellationToken)).Dispose();

        string graph = await Rel4Command.RunAsGrandchildAsync("graph", $"{Environment.ProcessId}", "--format", "mermaid");
        string top = await Rel4Command.RunAsGrandchildAsync("top", $"{Environment.ProcessId}", "--once", "--interval", "0.1");

        Assert.Contains("n0[[\"host\"]]:::host", graph, StringComparison.Ordinal);
        Assert.Contains("n0 -->|\"echo<br/>grant, badge 5\"| n2", graph, StringComparison.Ordinal);
        Assert.Contains("legendHost[[\"composing process\"]]:::host", graph, StringComparison.Ordinal);
        Assert.Matches($"host +Running +{Environment.ProcessId} ", top);
        Assert.Matches("host -> server +echo ", top);
        Assert.Matches("server -> host +requests ", top);
    }

    [Fact]
    public async Task Svg_InABrowser_HasALegendAndTextsThatFitTheirNodesAndDoNotOverlap()
    {
        using var system = new SampleSystem();
        string picture = system.PathOf("picture.svg");

        (int exitCode, string output, string error) = await Rel4Command.RunAsync("graph", WideSystem(system), "--output", picture);

        Assert.True(exitCode == 0 && output.Length == 0, output + error);
        string drawn = await File.ReadAllTextAsync(picture, TestContext.Current.CancellationToken);
        (string[][] texts, string[] faults) = await Browser.ShowAsync(drawn);
        Assert.Empty(faults);
        Assert.Superset(
            new HashSet<string> { "Legend", "task", "endpoint", "notification", "frame", "may receive, as", LongName, "WWWWWWWWWW", "requests", "grant, badge 7" },
            texts[0].ToHashSet());
        // What is to be seen is seen.
        (_, faults) = await Browser.ShowAsync(drawn.Replace("font-size=\"13", "font-size=\"23", StringComparison.Ordinal).Replace("font-size=\"10", "font-size=\"30", StringComparison.Ordinal));
        Assert.Contains($"'{LongName}' runs out of its node", faults);
        Assert.Contains(faults, fault => fault.EndsWith("overlap", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Graph_WithoutGraphviz_SaysWhatToInstallAndWhatNeedsNone()
    {
        using var system = new SampleSystem();

        (int exitCode, string output, string error) = await Rel4Command.RunWithoutProgramsAsync("graph", system.Path, "--format", "svg");

        Assert.Equal((1, ""), (exitCode, output));
        Assert.StartsWith("rel4: Pictures are drawn by Graphviz' dot, which is not installed.", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Svg_OfAChain_IsDrawn()
    {
        const int Length = 200;
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
        string[] kinds = [.. XDocument.Load(picture).Root!.Descendants(s_svg + "g").Select(part => (string)part.Attribute("class")!)];
        // Those of the legend besides.
        Assert.Equal((2 * Length) - 1 + 2, kinds.Count(kind => kind == "node"));
        Assert.Equal((2 * (Length - 1)) + 2, kinds.Count(kind => kind == "edge"));
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
    [InlineData("rel4: x.png: .png is no format of graphs. End the name in .svg, .mmd, .dot, .gv or .json, or say --format.", "-o", "x.png")]
    [InlineData("rel4: x.PDF: .pdf is no format of graphs. End the name in .svg, .mmd, .dot, .gv or .json, or say --format.", "--output", "x.PDF")]
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
    [InlineData("x.mmd", "---\ntitle:")]
    [InlineData("x.txt", "<?xml", "--format", "svg")]
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
        Assert.EndsWith("\u2401<U+202E>.json", XDocument.Parse(output).Root!.Descendants(s_svg + "title").First().Value, StringComparison.Ordinal);
    }

    /// <summary>Writes a system with all kinds of objects, names as long and as wide as can be, and arrows both ways.</summary>
    private static string WideSystem(SampleSystem folder) => folder.Write(
        $$"""
        {
          "endpoints": ["requests", "{{LongName}}"],
          "notifications": ["writes"],
          "frames": { "pages": "4KiB" },
          "tasks": {
            "WWWWWWWWWW": { "program": "/bin/true", "grants": {
              "requests": { "object": "requests", "rights": ["read", "grant"] },
              "log": { "object": "{{LongName}}", "rights": ["write", "grant"] },
              "writes": { "object": "writes", "rights": ["write"], "badge": 1 },
              "pages": { "object": "pages", "rights": ["read", "write"] } } },
            "gateway": { "program": "/bin/true", "grants": {
              "{{LongName}}": { "object": "requests", "rights": ["write", "grant"], "badge": 7 },
              "log": { "object": "{{LongName}}", "rights": ["write", "grant"] },
              "pages": { "object": "pages", "rights": ["read"] } } },
            "logger": { "program": "/bin/true", "grants": {
              "log": { "object": "{{LongName}}", "rights": ["read", "grant"] },
              "writes": { "object": "writes", "rights": ["read"] } } }
          }
        }
        """,
        "wide.json");

    private sealed class Silence : IOutputSink
    {
        public void Write(OutputLine line)
        {
        }
    }

    private static IEnumerable<string> Holdings(string json)
    {
        using var document = JsonDocument.Parse(json);
        return [.. document.RootElement.GetProperty("holdings").EnumerateArray().Select(holding => holding.GetRawText())];
    }
}
