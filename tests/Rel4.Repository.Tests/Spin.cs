using System.ComponentModel;
using System.Diagnostics;

namespace Rel4.Repository.Tests;

/// <summary>Checks a Promela model exhaustively: <c>spin</c> writes a checker in C, <c>gcc</c> compiles it, and it runs.</summary>
internal static class Spin
{
    /// <summary>A bound far above the depth of any model here; a search that reaches it would not be exhaustive.</summary>
    private const int SearchDepth = 1_000_000;

    /// <summary>Checks a model with one preprocessor switch set, or none.</summary>
    /// <param name="model">The name of the model in <c>spec/protocols</c>.</param>
    /// <param name="mutant">The switch.</param>
    /// <param name="assertionsOnly">Lets the search go past lost wake-ups, to assertions behind them.</param>
    public static SpinVerdict Check(string model, string? mutant, bool assertionsOnly, CancellationToken cancellationToken)
    {
        DirectoryInfo work = Directory.CreateTempSubdirectory("rel4-spin-");
        try
        {
            string[] define = mutant is null ? [] : [$"-D{mutant}"];
            Run("spin", work, [.. define, "-a", RepositoryFiles.Absolute($"spec/protocols/{model}.pml")], cancellationToken);
            // A mutant's error is found at once, so most of its time is the compiler's.
            string optimization = mutant is null ? "-O1" : "-O0";
            Run("gcc", work, [optimization, "-w", "-DSAFETY", "-o", "pan", "pan.c"], cancellationToken);
            string[] search = assertionsOnly ? ["-E"] : [];
            return SpinVerdict.Read(Run(Path.Combine(work.FullName, "pan"), work, [$"-m{SearchDepth}", .. search], cancellationToken));
        }
        finally
        {
            work.Delete(recursive: true);
        }
    }

    private static string Run(string program, DirectoryInfo work, string[] arguments, CancellationToken cancellationToken)
    {
        var startInfo = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = work.FullName,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Start(startInfo);
        using CancellationTokenRegistration kill = cancellationToken.Register(process.Kill);
        Task<string> error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        string output = process.StandardOutput.ReadToEnd() + error.GetAwaiter().GetResult();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{output}");
        return output;
    }

    private static Process Start(ProcessStartInfo startInfo)
    {
        try
        {
            return Process.Start(startInfo)!;
        }
        catch (Win32Exception missing)
        {
            const string Advice = "On Debian: apt-get install spin gcc libc6-dev (./rel4 test does so for root).";
            throw new InvalidOperationException($"{startInfo.FileName} does not start. {Advice}", missing);
        }
    }
}
