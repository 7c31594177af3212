using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Rel4.Kv.Tests.Service;

namespace Rel4.Kv.Tests.Demo;

/// <summary>Does the demo of several machines do what it shows, and leave nothing?</summary>
/// <remarks>It makes networks, which needs root on Linux, <c>ip</c> and <c>nats-server</c>: without them these tests fail, and the command's message says so.</remarks>
[Collection(nameof(OneKernel))]
public sealed class MachinesDemoTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rel4-demo-");

    public MachinesDemoTests()
    {
        Directory.CreateDirectory(Temporary);
        // Tasks, which are users of their own, run there.
        File.SetUnixFileMode(_folder.FullName, File.GetUnixFileMode(_folder.FullName) | UnixFileMode.OtherExecute);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Gets where the demo writes what it needs itself, which its programs' command lines name.</summary>
    private string Temporary => Path.Combine(_folder.FullName, "temporary");

    [Fact]
    public async Task Demo_OfMachinesInQuickForm_LosesNothingAndReports()
    {
        string html = Path.Combine(_folder.FullName, "demo.html"), json = Path.Combine(_folder.FullName, "demo.json");

        (int exitCode, string output) = await Rel4Program.ReadToEndAsync(Start("--quick", "--html", html, "--json", json));

        Assert.True(exitCode == 0, output);
        Assert.Equal(2, (await File.ReadAllTextAsync(html, Cancellation)).Split("<svg").Length - 1);
        using var document = JsonDocument.Parse(await File.ReadAllTextAsync(json, Cancellation));
        JsonElement figures = document.RootElement;
        Assert.Equal(["gateway-1", "gateway-2", "gateway-3"], figures.GetProperty("gateways").EnumerateArray().Select(gateway => gateway.GetProperty("name").GetString()));
        Assert.All(figures.GetProperty("gateways").EnumerateArray(), gateway =>
        {
            Assert.True(Number(gateway, "answered") > 0);
            Assert.Equal(Number(gateway, "requests"), Number(gateway, "answered") + Number(gateway, "notCarriedOut") + Number(gateway, "unknown"));
        });
        Assert.Equal(
            [
                "load on all gateways", "store-1 is cut off", "store-1 is back", "all are served",
                "nats-server of gateway-2 is killed", "all are served", "nats-server of gateway-2 is started",
            ],
            figures.GetProperty("events").EnumerateArray().Select(done => done.GetProperty("text").GetString()));
        Assert.All(figures.GetProperty("audits").EnumerateArray(), audit => Assert.EndsWith(" writes, in order", audit.GetString(), StringComparison.Ordinal));
        AssertNothingIsLeft();
    }

    [Fact]
    public async Task Demo_OfMachinesThatIsInterrupted_LeavesNothing()
    {
        Process demo = Start("--quick", "--html", Path.Combine(_folder.FullName, "demo.html"));
        string? line = "";
        while (line is not null && !line.Contains("load on all gateways", StringComparison.Ordinal))
            line = await demo.StandardOutput.ReadLineAsync(Cancellation);
        if (line is not null)
        {
            Assert.NotEmpty(Programs());
            using Process interrupt = Process.Start("kill", ["-s", "INT", demo.Id.ToString(CultureInfo.InvariantCulture)]);
        }

        (int exitCode, string output) = await Rel4Program.ReadToEndAsync(demo);

        Assert.True(exitCode == 130, output);
        AssertNothingIsLeft();
    }

    [Fact]
    public async Task Demo_OfMachinesWithoutWhatItNeeds_SaysWhat()
    {
        (int exitCode, string output) = await Rel4Program.ReadToEndAsync(
            Rel4Program.Start(new() { ["PATH"] = _folder.FullName }, "demo", "--machines", "--html", Path.Combine(_folder.FullName, "demo.html")));

        Assert.Equal(1, exitCode);
        Assert.Contains("nats-server (apt-get install nats-server); ip (apt-get install iproute2)", output, StringComparison.Ordinal);
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Delete(recursive: true);

    private static long Number(JsonElement figures, string name) => figures.GetProperty(name).GetInt64();

    private Process Start(params string[] arguments) => Rel4Program.Start(new() { ["TMPDIR"] = Temporary }, ["demo", "--machines", .. arguments]);

    private void AssertNothingIsLeft()
    {
        Assert.Empty(Programs());
        Assert.Empty(Directory.GetFileSystemEntries(Temporary, "rel4-machines-*"));
    }

    /// <summary>Finds the programs of the demo's machines that run.</summary>
    private string[] Programs() => [.. Directory.EnumerateDirectories("/proc").Select(CommandLine).Where(line => line.Contains(Path.Combine(Temporary, "rel4-machines-"), StringComparison.Ordinal))];

    private static string CommandLine(string process)
    {
        try
        {
            string file = Path.Combine(process, "cmdline");
            return File.Exists(file) ? File.ReadAllText(file) : "";
        }
        catch (IOException)
        {
            // It has ended meanwhile.
            return "";
        }
    }
}
