using System.Diagnostics;

namespace Rel4.Cli.Tests;

/// <summary>Runs the launcher, <c>./rel4</c>, on a machine on which nothing is installed: a folder with programs that only tell of their calls.</summary>
public sealed class LauncherTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rel4-launcher-");

    public LauncherTests()
    {
        Copy("rel4");
        Copy("src/Rel4.Cli/Doctor/tools.txt");
        foreach (string folder in (string[])["samples", "bench/Rel4.Ipc.Bench", "artifacts/bin/Rel4.Cli/release", "bin"])
            Directory.CreateDirectory(At(folder));
        foreach (string file in (string[])["Directory.Build.props", "Directory.Packages.props", "global.json", ".editorconfig", "artifacts/bin/Rel4.Cli/release/rel4.dll"])
            File.WriteAllText(At(file), "");
        // Newer than all others, so that nothing is built.
        File.WriteAllText(At("artifacts/rel4.stamp"), "");
        File.SetLastWriteTimeUtc(At("artifacts/rel4.stamp"), DateTime.UtcNow.AddDays(1));
        foreach (string tool in (string[])["bash", "env", "readlink", "dirname", "find"])
            File.CreateSymbolicLink(At($"bin/{tool}"), File.Exists($"/usr/bin/{tool}") ? $"/usr/bin/{tool}" : $"/bin/{tool}");
        Program("dotnet", "echo \"runs $2\"");
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Demo_WhereNoRedisClientIs_InstallsItOrSaysHow()
    {
        Program("apt-get", "echo \"$*\" >> \"${0%/*}/installed\"");

        (int exitCode, string output, string error) = await RunAsync("demo");

        Assert.True(exitCode == 0, error);
        Assert.Equal("runs demo\n", output);
        Assert.Contains("Missing: redis-benchmark.", error, StringComparison.Ordinal);
        Assert.Contains("apt-get install -y --no-install-recommends redis-tools", error, StringComparison.Ordinal);
        string installed = File.Exists(At("bin/installed")) ? await File.ReadAllTextAsync(At("bin/installed"), TestContext.Current.CancellationToken) : "";
        Assert.Equal(Environment.IsPrivilegedProcess ? "install -y --no-install-recommends redis-tools\n" : "", installed);
    }

    [Fact]
    public async Task Demo_OfMachinesWhereItsToolsAreMissing_NamesThoseAndNoOthers()
    {
        Program("apt-get", "true");

        (int exitCode, string output, string error) = await RunAsync("demo", "--quick", "--machines");

        Assert.True(exitCode == 0, error);
        Assert.Equal("runs demo\n", output);
        Assert.Contains("Missing: nats-server ip.", error, StringComparison.Ordinal);
        Assert.Contains("apt-get install -y --no-install-recommends nats-server iproute2", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Demo_WhereTheInstallationFails_RunsAllTheSame()
    {
        Program("apt-get", "exit 100");

        (int exitCode, string output, _) = await RunAsync("demo");

        Assert.Equal((0, "runs demo\n"), (exitCode, output));
    }

    [Fact]
    public async Task Test_WhereTheInstallationFails_EndsForRootAndIsTriedForOthers()
    {
        Program("apt-get", "exit 100");

        (int exitCode, string output, string error) = await RunAsync("test");

        Assert.Equal(Environment.IsPrivilegedProcess ? (1, "") : (0, "runs test\n"), (exitCode, output));
        Assert.Contains(Environment.IsPrivilegedProcess ? "The installation failed." : "please run: sudo apt-get", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("demo", "--help")]
    [InlineData("graph")]
    public async Task Command_ThatNeedsNoTool_InstallsNone(params string[] arguments)
    {
        Program("apt-get", "echo called");

        (int exitCode, string output, string error) = await RunAsync(arguments);

        Assert.Equal((0, $"runs {arguments[0]}\n", ""), (exitCode, output, error));
    }

    private async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(At("rel4"), arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Clear();
        start.Environment["PATH"] = At("bin");
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, output, await error);
    }

    private string At(string path) => Path.Combine(_folder.FullName, path);

    private void Program(string name, string script)
    {
        File.WriteAllText(At($"bin/{name}"), $"#!/bin/bash\n{script}\n");
        File.SetUnixFileMode(At($"bin/{name}"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private void Copy(string path)
    {
        string root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "Rel4.slnx")))
            root = Path.GetDirectoryName(root)!;
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        File.Copy(Path.Combine(root, path), At(path));
    }
}
