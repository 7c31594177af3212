using System.Text.Json;

namespace Rel4.Cli.Tests;

/// <summary>Checks that <c>rel4 bench</c> measures all that it promises; how fast things are, a busy machine can't tell.</summary>
public sealed class BenchTests : IDisposable
{
    private static readonly int[] s_cores = Environment.ProcessorCount > 1 ? [1, 2] : [1];

    private readonly string _folder = Directory.CreateTempSubdirectory("rel4-bench-tests-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Ipc_Quick_WritesEveryFigure()
    {
        (string output, JsonElement figures, string page) = await RunQuickAsync("ipc");

        if (s_cores.Length > 1)
            AssertPositive(figures, "cacheLineRoundTripNs");
        AssertPositive(figures, "parkedRoundTripNs");
        AssertPositive(figures.GetProperty("sync"), "callRoundTripNs");
        JsonElement baselines = figures.GetProperty("baselines");
        AssertPositive(
            baselines,
            "unixSocketRoundTripNs",
            "unixSocketPipelinedNsPerCall",
            "namedPipeRoundTripNs",
            "http2RoundTripNs",
            "unixSocketParkedRoundTripNs");
        Assert.True(
            Number(baselines, "unixSocketPipelinedNsPerCall") < Number(baselines, "unixSocketRoundTripNs"),
            "Sending many at once should pay.");
        AssertIsWholeSweep(figures);
        Assert.Contains("Budgets", output, StringComparison.Ordinal);
        AssertIsWholePage(page, charts: 3);
    }

    [Fact]
    public async Task Payload_Quick_WritesEverySize()
    {
        (_, JsonElement figures, string page) = await RunQuickAsync("payload");

        JsonElement[] points = [.. figures.GetProperty("payload").EnumerateArray()];
        Assert.Equal((64, 64 << 20), (Number(points[0], "bytes"), Number(points[^1], "bytes")));
        Assert.All(points, point => AssertPositive(point, "callBytesPerSecond", "unixSocketBytesPerSecond", "memoryCopyBytesPerSecond"));
        AssertIsWholePage(page, charts: 1);
    }

    [Fact]
    public async Task Wake_Quick_WritesEveryWay()
    {
        (_, JsonElement figures, string page) = await RunQuickAsync("wake");

        JsonElement[] points = [.. figures.GetProperty("wake").EnumerateArray()];
        Assert.Equal(s_cores.Length + 1, points.Length);
        Assert.All(
            from point in points from way in (string[])["call", "signal", "unixSocket", "eventDescriptor"] select point.GetProperty(way),
            way => AssertPositive(way, "medianNs", "p90Ns", "p99Ns"));
        AssertIsWholePage(page, points.Length);
    }

    [Fact]
    public async Task Bench_Interrupted_SaysSoByItsExitCode()
    {
        await using Rel4Command command = Rel4Command.Start("bench", "ipc", "--json", Path.Combine(_folder, "x.json"));
        await command.WaitForAsync("SeL4.Call");

        await command.InterruptAsync();

        Assert.Equal(130, await command.WaitForEndAsync());
        Assert.Empty(Directory.EnumerateFiles(_folder));
    }

    private async Task<(string Output, JsonElement Figures, string Page)> RunQuickAsync(string benchmark)
    {
        string json = Path.Combine(_folder, "figures.json"), html = Path.Combine(_folder, "pages", "page.html");
        (int exitCode, string output, string error) =
            await Rel4Command.RunAsync("bench", benchmark, "--quick", "--json", json, "--html", html);
        Assert.Equal((0, ""), (exitCode, error));
        using JsonDocument figures = JsonDocument.Parse(await File.ReadAllTextAsync(json, TestContext.Current.CancellationToken));
        return (output, figures.RootElement.Clone(), await File.ReadAllTextAsync(html, TestContext.Current.CancellationToken));
    }

    private static void AssertIsWholeSweep(JsonElement figures)
    {
        JsonElement[] points = [.. figures.GetProperty("async").EnumerateArray()];
        Assert.Equal(
            from cores in s_cores from work in (int[])[0, 1, 10] from concurrency in (int[])[1, 2, 4, 8, 16, 32, 64, 128]
            select (cores, work, concurrency),
            points.Select(KeyOf).Order());
        Assert.All(points, point =>
        {
            // The server computes for this long at least, on one core, one call after another.
            Assert.True(Number(point, "nsPerCall") > Math.Max(1, 900 * Number(point, "serverWorkUs")), $"{point}");
            Assert.InRange(Number(point, "doorbellsPerCall"), 0, 10);
            Assert.InRange(Number(point, "bytesPerCall"), 0, 1000);
        });
        // More than a hundred calls for each switch between the tasks, instead of one.
        Assert.True(CostOnOneCore(128) < CostOnOneCore(1), $"{figures}");

        double CostOnOneCore(int concurrency) => Number(points.Single(point => KeyOf(point) == (1, 0, concurrency)), "nsPerCall");

        static (int Cores, int WorkUs, int Concurrency) KeyOf(JsonElement point) =>
            ((int)Number(point, "cores"), (int)Number(point, "serverWorkUs"), (int)Number(point, "concurrency"));
    }

    private static void AssertIsWholePage(string page, int charts)
    {
        Assert.Equal(charts, page.Split("<svg").Length - 1);
        Assert.All(["<script", " src=", "@import", "<link"], external => Assert.DoesNotContain(external, page, StringComparison.Ordinal));
        Assert.EndsWith("</html>\n", page, StringComparison.Ordinal);
    }

    private static void AssertPositive(JsonElement element, params string[] names) =>
        Assert.All(names, name => Assert.InRange(Number(element, name), double.Epsilon, 1e13));

    private static double Number(JsonElement element, string name) => element.GetProperty(name).GetDouble();
}
