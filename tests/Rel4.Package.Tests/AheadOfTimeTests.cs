using System.Text.RegularExpressions;

namespace Rel4.Package.Tests;

/// <summary>Do a system's host, its own task and a plug-in of another program work where they are to be compiled ahead of time, before and after that?</summary>
public sealed partial class AheadOfTimeTests : IDisposable
{
    private static readonly Dictionary<string, string> s_environment = new() { ["MSBUILDDISABLENODEREUSE"] = "1" };

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rel4-aot-");

    [Fact]
    public async Task Run_HostAndTasksBuiltAndCompiledAheadOfTime_TasksCallEachOther()
    {
        // As this build made them, and first: publishing takes the host's executable away from there.
        string built = await RunAsync(Packages.Built("Rel4.Hosted.Aot", "Rel4.Hosted.Aot"), Packages.Built("Rel4.Tasks.Aot", "Rel4.Tasks.Aot.dll"));
        Assert.Contains("the plug-in is Rel4.Abi Rel4.Contracts Rel4.Runtime Rel4.Tasks Rel4.Tasks.Aot", built, StringComparison.Ordinal);

        // Tasks that root starts have users of their own, who read the programs here.
        File.SetUnixFileMode(_folder.FullName, (UnixFileMode)0b111_101_101);
        foreach (string project in (string[])["Rel4.Hosted.Aot", "Rel4.Tasks.Aot"])
        {
            await Shell.RunAsync(
                Packages.Repository, s_environment, "dotnet", "publish", $"tests/{project}", "-c", "Release", "-o", _folder.FullName, "-v", "q", "--nologo", "-warnaserror");
        }

        string output = await RunAsync(Path.Combine(_folder.FullName, "Rel4.Hosted.Aot"), Path.Combine(_folder.FullName, "Rel4.Tasks.Aot"));

        Assert.DoesNotContain(_folder.EnumerateFiles(), file => file.Extension == ".dll");
        Assert.Contains("a method: A program that was compiled ahead of time has no methods that another process could find by name.", output, StringComparison.Ordinal);
        Assert.InRange(int.Parse(Sum().Match(output).Groups[1].ValueSpan), 1, 16);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static async Task<string> RunAsync(string host, string plugin)
    {
        string output = await Shell.RunAsync(Path.GetDirectoryName(host)!, s_environment, host, plugin);
        TestContext.Current.TestOutputHelper?.WriteLine(output);
        Assert.Matches(Sum(), output);
        // A contract with types by MessagePack, a callback, and streams both ways.
        Assert.Contains("turned: water leaf", output, StringComparison.Ordinal);
        Assert.Contains("doubled: 999000", output, StringComparison.Ordinal);
        return output;
    }

    [GeneratedRegex(@"asker +\| 40 \+ 2 = 42, \d+ ms after the start, in (\d+)\.\d MiB")]
    private static partial Regex Sum();
}
