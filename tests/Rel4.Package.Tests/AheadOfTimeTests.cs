using System.Text.RegularExpressions;

namespace Rel4.Package.Tests;

/// <summary>Do a system's host and its tasks work where they were compiled ahead of time?</summary>
public sealed partial class AheadOfTimeTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rel4-aot-");

    [Fact]
    public async Task Run_HostAndTasksCompiledAheadOfTime_TasksCallEachOtherAndMethodsAreRefused()
    {
        // Tasks that root starts have users of their own, who read the program here.
        File.SetUnixFileMode(_folder.FullName, (UnixFileMode)0b111_101_101);
        var environment = new Dictionary<string, string> { ["MSBUILDDISABLENODEREUSE"] = "1" };
        await Shell.RunAsync(
            Packages.Repository, environment, "dotnet", "publish", "tests/Rel4.Hosted.Aot", "-c", "Release", "-o", _folder.FullName, "-v", "q", "--nologo", "-warnaserror");

        string output = await Shell.RunAsync(_folder.FullName, environment, Path.Combine(_folder.FullName, "Rel4.Hosted.Aot"));

        TestContext.Current.TestOutputHelper?.WriteLine(output);
        Assert.DoesNotContain(_folder.EnumerateFiles(), file => file.Extension == ".dll");
        Assert.Contains("a method: A program that was compiled ahead of time has no methods that another process could find by name.", output, StringComparison.Ordinal);
        Match sum = Sum().Match(output);
        Assert.True(sum.Success, output);
        Assert.InRange(int.Parse(sum.Groups[1].ValueSpan), 1, 16);
    }

    [Fact]
    public async Task Run_SameProgramBeforeThat_TasksCallEachOther()
    {
        string configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        string folder = Path.Combine(Packages.Repository, "artifacts", "bin", "Rel4.Hosted.Aot", configuration);

        string output = await Shell.RunAsync(folder, new Dictionary<string, string>(), Path.Combine(folder, "Rel4.Hosted.Aot"));

        TestContext.Current.TestOutputHelper?.WriteLine(output);
        Assert.Matches(Sum(), output);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [GeneratedRegex(@"asker \| 40 \+ 2 = 42, \d+ ms after the start, in (\d+)\.\d MiB")]
    private static partial Regex Sum();
}
