using System.Text.Json;
using Rel4.Cli.Demo;
using Rel4.Kv.Tests.Service;
using Rel4.Samples.Kv;

namespace Rel4.Kv.Tests.Demo;

/// <summary>Does the demo do what it shows?</summary>
[Collection(nameof(OneKernel))]
public sealed class DemoTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Demo_InQuickForm_MeasuresKillsAndReports()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("rel4-demo-");
        try
        {
            string html = Path.Combine(folder.FullName, "demo.html"), json = Path.Combine(folder.FullName, "demo.json");
            (int exitCode, string output) = await Rel4Program.RunAsync("demo", "--quick", "--html", html, "--json", json);

            Assert.True(exitCode == 0, output);
            Assert.Contains("price of isolation", output, StringComparison.Ordinal);
            Assert.Contains("<svg", await File.ReadAllTextAsync(html, Cancellation), StringComparison.Ordinal);
            using var figures = JsonDocument.Parse(await File.ReadAllTextAsync(json, Cancellation));
            Assert.Equal(12, figures.RootElement.GetProperty("points").GetArrayLength());
            Assert.True(figures.RootElement.GetProperty("kill").GetProperty("answered").GetInt64() > 0);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>What else the machine does meets all forms then; and none is always the first.</summary>
    [Fact]
    public async Task Sweep_OfSeveralRounds_HasTheFormsTakeTurns()
    {
        var said = new Reports();
        await using DemoSystem system = await DemoSystem.StartAsync(Cancellation);
        var sweep = new KvSweep([new("SET", 1, 1), new("GET", 1, 1)], rounds: 2, TimeSpan.Zero, TimeSpan.Zero, said);

        IReadOnlyList<DemoPoint> points = await sweep.RunAsync(system, Cancellation);

        Assert.All(points, point => Assert.Equal(2, point.Rounds.Count));
        string[] forms = [.. KvSweep.Forms.Select(DemoReport.NameOf)], second = [forms[1], forms[2], forms[0]];
        Assert.Equal([.. forms, .. forms, .. second, .. second], said.Texts.Where(text => text.StartsWith("round", StringComparison.Ordinal)).Select(text => text.Split(", ")[^1]));
    }

    [Fact]
    public void Price_OfRounds_IsTheMedianOfTheirRatios()
    {
        var load = new LoadProfile("SET", 1, 1);
        DemoPoint[] points = [Of(KvIpc.Async, 10, 100, 1000), Of(KvIpc.None, 20, 500, 1100)];

        Assert.Equal(2, DemoReport.PriceOf(points, load).Median);

        DemoPoint Of(KvIpc form, params double[] rates) => new(form, load, [.. rates.Select(rate => new LoadResult(rate, 0, 0))]);
    }

    [Fact]
    public async Task Help_OfTheDemo_HasExamples()
    {
        (int exitCode, string output) = await Rel4Program.RunAsync("demo", "--help");

        Assert.Equal(0, exitCode);
        Assert.Contains("./rel4 demo --quick", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"test\",\"rps\"\n\"SET\",\"61728.39\",\"0.4\",\"0.1\",\"0.39\",\"0.7\",\"0.9\",\"1.2\"\n", 61728.39, 0.39, 0.9)]
    [InlineData("\"SET\",\"61728.39\"\n", 61728.39, double.NaN, double.NaN)]
    public void Parse_OfWhatRedisBenchmarkWrites_GivesItsFigures(string csv, double rate, double median, double p99) =>
        Assert.Equal(new LoadResult(rate, median, p99), RedisBenchmark.Parse(csv, "SET"));

    private sealed class Reports : IProgress<string>
    {
        public List<string> Texts { get; } = [];

        public void Report(string value) => Texts.Add(value);
    }
}
