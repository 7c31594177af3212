using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Rel4.Hosted.Sandbox;
using Rel4.Hosted.Tests.Supervision;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Survival;

/// <summary>Lets the process that the kernel is in die, or starve.</summary>
[Collection(nameof(OneKernel))]
public sealed class KernelProcessTests : IDisposable
{
    private static readonly string[] Orphans = ["server", "in-call", "in-receive", "among-calls"];

    private readonly string _folder = Directory.CreateTempSubdirectory("rel4-survival").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Kill_OfTheKernel_EndsAllTasksAndTellsThoseThatOutliveIt()
    {
        // Tasks of a system that root starts have users of their own.
        File.SetUnixFileMode(_folder, (UnixFileMode)0b111_111_111);
        using Process kernel = Start("exec \"$0\" \"$@\"", "to-be-killed", _folder);
        try
        {
            await AwaitReportsAsync("ready", [.. Orphans, "child"]);
        }
        finally
        {
            kernel.Kill();
        }

        await AwaitReportsAsync(nameof(KernelEndedException), Orphans);
        foreach (string name in (string[])[.. Orphans, "child"])
        {
            int id = int.Parse(await File.ReadAllTextAsync(PathOf(name, "ready"), Cancellation), CultureInfo.InvariantCulture);
            await Eventually.HoldsAsync(() => !IsAlive(id), () => $"{name} does not end");
        }
    }

    [Fact]
    public async Task Map_OnAKernelWithoutDescriptors_IsRefusedWhileOthersGoOn()
    {
        const int Limit = 250;
        using Process kernel = Start($"ulimit -n {Limit}; exec \"$0\" \"$@\"", "out-of-descriptors");
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var lines = new List<string>();
        while (await kernel.StandardOutput.ReadLineAsync(end.Token) is { } line && !line.Contains("done", StringComparison.Ordinal))
            lines.Add(line);
        kernel.Kill(entireProcessTree: true);

        string all = string.Join('\n', lines);
        string[] refusals = [.. lines.Where(line => line.Contains("shared", StringComparison.Ordinal))];
        Assert.True(refusals.Length == 2 && refusals.All(line => line.EndsWith("then NotEnoughMemory", StringComparison.Ordinal)), all);
        Assert.All(refusals, line => Assert.InRange(Number(line), Limit / 4, Limit));
        Assert.InRange(Math.Abs(Number(refusals[0]) - Number(refusals[1])), 0, 2);
        Assert.All(lines.Where(line => line.Contains("calls ", StringComparison.Ordinal)), line => Assert.True(Number(line) > 100, all));
    }

    private static int Number(string line) => int.Parse(Regex.Match(line, @"(calls|shared) (\d+)").Groups[2].Value, CultureInfo.InvariantCulture);

    /// <summary>Starts the probe through a shell.</summary>
    private static Process Start(string script, params IEnumerable<string> arguments)
    {
        TaskCommand command = TaskCommand.ForAssembly(Path.Combine(AppContext.BaseDirectory, "Rel4.Hosted.Probe.dll"), ["kernel", .. arguments]);
        return Process.Start(new ProcessStartInfo("/bin/sh", ["-c", script, command.Executable, .. command.Arguments])
        {
            RedirectStandardOutput = true,
        })!;
    }

    private Task AwaitReportsAsync(string what, string[] names) => Eventually.HoldsAsync(
        () => names.All(name => File.Exists(PathOf(name, what))),
        () => $"no {what} from all: {string.Join(", ", Directory.EnumerateFiles(_folder).Select(Path.GetFileName))}");

    private string PathOf(string name, string what) => Path.Combine(_folder, $"{name}.{what}");

    // A process whose parent does not collect it stays as a zombie; it has ended all the same.
    private static bool IsAlive(int id)
    {
        try
        {
            string status = File.ReadAllText($"/proc/{id}/stat");
            return status[status.LastIndexOf(')') + 2] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }
}
