using System.Diagnostics;
using System.Text.Json;
using Rel4.Cli.Demo;
using Rel4.Kv.Tests.Service;

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
            (int exitCode, string output) = await RunAsync("demo", "--quick", "--html", html, "--json", json);

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

    [Fact]
    public async Task Help_OfTheDemo_HasExamples()
    {
        (int exitCode, string output) = await RunAsync("demo", "--help");

        Assert.Equal(0, exitCode);
        Assert.Contains("./rel4 demo --quick", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"test\",\"rps\"\n\"SET\",\"61728.39\",\"0.4\",\"0.1\",\"0.39\",\"0.7\",\"0.9\",\"1.2\"\n", 61728.39, 0.39, 0.9)]
    [InlineData("\"SET\",\"61728.39\"\n", 61728.39, double.NaN, double.NaN)]
    public void Parse_OfWhatRedisBenchmarkWrites_GivesItsFigures(string csv, double rate, double median, double p99) =>
        Assert.Equal(new LoadResult(rate, median, p99), RedisBenchmark.Parse(csv, "SET"));

    private static async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "rel4.dll");
        var start = new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        using CancellationTokenRegistration kill = Cancellation.Register(process.Kill);
        Task<string> error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        string output = await process.StandardOutput.ReadToEndAsync(CancellationToken.None) + await error;
        await process.WaitForExitAsync(CancellationToken.None);
        return (process.ExitCode, output);
    }
}
