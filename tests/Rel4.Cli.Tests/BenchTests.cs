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

        JsonElement[] ways = [.. figures.GetProperty("ways").EnumerateArray()];
        Assert.All(ways, way => AssertIsSpread(way.GetProperty("nsPerCall")));
        IEnumerable<string> twoCores = s_cores.Length == 1 ? [] :
        [
            "two cores, cache line to another core and back, 1",
            .. from inFlight in (int[])[1, 64]
               from way in (string[])
               [
                   "bare channel, both sides polling",
                   "CallAsync",
                   "CallAsync, handler awaits a method that yields",
                   "CallAsync, handler awaits a method that replies",
                   "CallAsync from the thread pool",
               ]
               select $"two cores, {way}, {inFlight}",
            "two cores, Unix socket, blocking, 1",
            "two cores, named pipe of .NET, 1",
        ];
        Assert.Equal(
            twoCores.Concat(
            [
                "one core, CallAsync, 1",
                "one core, CallAsync, 64",
                "one core, Unix socket, blocking, 1",
                "one core, SeL4.Call, 4 words, 1",
                "one core, Unix socket, blocking, 4 words, 1",
                "where Linux puts them, SeL4.Call, 4 words, 1",
                "where Linux puts them, Unix socket, blocking, 4 words, 1",
                "where Linux puts them, Unix socket, many messages in a send, 64",
                "where Linux puts them, named pipe of .NET, 1",
                "where Linux puts them, HTTP/2 over a Unix socket, 1",
                "where Linux puts them, CallAsync, both tasks asleep before, 1",
                "where Linux puts them, Unix socket, both tasks asleep before, 1",
            ]).Order(),
            ways.Select(NameOf).Order());
        Assert.True(
            MedianOf("Unix socket, many messages in a send, 64") < MedianOf("Unix socket, blocking, 4 words, 1"),
            "Sending many at once should pay.");
        Assert.All(
            ways.Where(way => NameOf(way).Contains("CallAsync", StringComparison.Ordinal) && !NameOf(way).Contains("asleep", StringComparison.Ordinal)),
            way => Assert.InRange(Number(way, "bytesPerCall"), 0, 10_000));
        AssertAreLatencies(figures.GetProperty("latencies"));
        AssertIsWholeSweep(figures);
        Assert.Contains("Budgets", output, StringComparison.Ordinal);
        Assert.Equal(s_cores.Length > 1, output.Contains("a call at 64 in flight, by the bare channel's", StringComparison.Ordinal));
        AssertIsWholePage(page, charts: 3);

        double MedianOf(string way) =>
            Number(ways.Single(figures => NameOf(figures) == $"where Linux puts them, {way}").GetProperty("nsPerCall"), "median");

        static string NameOf(JsonElement way) =>
            $"{way.GetProperty("placement").GetString()}, {way.GetProperty("way").GetString()}, {Number(way, "inFlight")}";
    }

    [Fact]
    public async Task Disturbed_Quick_WritesEveryRun()
    {
        (string output, JsonElement figures, string page) = await RunQuickAsync("disturbed");

        JsonElement[] runs = [.. figures.GetProperty("runs").EnumerateArray()];
        Assert.Equal(4, runs.Length);
        Assert.All(
            from run in runs from way in (string[])["call", "unixSocket"] select run.GetProperty(way), AssertIsSpread);
        Assert.Contains("worst of 4 runs", output, StringComparison.Ordinal);
        AssertIsWholePage(page, charts: 0);
    }

    [Fact]
    public async Task Payload_Quick_WritesEverySize()
    {
        (_, JsonElement figures, string page) = await RunQuickAsync("payload");

        JsonElement[] points = [.. figures.GetProperty("payload").EnumerateArray()];
        Assert.Equal((64, 64 << 20), (Number(points[0], "bytes"), Number(points[^1], "bytes")));
        Assert.All(
            from point in points
            from way in (string[])["callBytesPerSecond", "unixSocketBytesPerSecond", "memoryCopyBytesPerSecond"]
            select point.GetProperty(way),
            AssertIsSpread);
        Assert.Equal(
            [("64 KiB, by a Unix socket's rate", 3), ("1 MiB, by the rate of a memory copy", 0.4), ("64 MiB, by a Unix socket's rate", 1.5)],
            figures.GetProperty("budgets").EnumerateArray().Select(budget => (budget.GetProperty("name").GetString()!, Number(budget, "limit"))));
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
            Assert.True(Number(point.GetProperty("nsPerCall"), "median") > Math.Max(1, 900 * Number(point, "serverWorkUs")), $"{point}");
            Assert.InRange(Number(point, "doorbellsPerCall"), 0, 10);
            Assert.InRange(Number(point, "bytesPerCall"), 0, 1000);
        });
        // More than a hundred calls for each switch between the tasks, instead of one.
        Assert.True(CostOnOneCore(128) < CostOnOneCore(1), $"{figures}");

        double CostOnOneCore(int concurrency) =>
            Number(points.Single(point => KeyOf(point) == (1, 0, concurrency)).GetProperty("nsPerCall"), "median");

        static (int Cores, int WorkUs, int Concurrency) KeyOf(JsonElement point) =>
            ((int)Number(point, "cores"), (int)Number(point, "serverWorkUs"), (int)Number(point, "concurrency"));
    }

    private static void AssertAreLatencies(JsonElement latencies)
    {
        Assert.Equal(
            s_cores.Length == 1 ? [] : ["CallAsync", "bare channel, both sides polling", "Unix socket, blocking", "named pipe of .NET"],
            latencies.EnumerateArray().Select(way => way.GetProperty("way").GetString()!));
        Assert.All(latencies.EnumerateArray(), way =>
        {
            AssertPositive(way, "callsPerSecond");
            string[] shares = ["p50Ns", "p99Ns", "p999Ns", "maxNs"];
            Assert.All(shares, share => AssertIsSpread(way.GetProperty(share)));
            double[] wholeRun = [.. shares.Select(share => Number(way.GetProperty("wholeRun"), share))];
            Assert.Equal(wholeRun.Order(), wholeRun);
            Assert.True(wholeRun[^1] >= Number(way.GetProperty("maxNs"), "upperQuartile"), $"{way}");
        });
    }

    private static void AssertIsSpread(JsonElement spread)
    {
        AssertPositive(spread, "lowerQuartile", "median", "upperQuartile");
        Assert.InRange(Number(spread, "median"), Number(spread, "lowerQuartile"), Number(spread, "upperQuartile"));
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
