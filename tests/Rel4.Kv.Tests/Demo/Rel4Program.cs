using System.Diagnostics;

namespace Rel4.Kv.Tests.Demo;

/// <summary>Runs the <c>rel4</c> command.</summary>
internal static class Rel4Program
{
    /// <summary>Starts it.</summary>
    /// <param name="environment">Variables that it gets besides those of this process, or instead.</param>
    /// <param name="arguments">Its arguments.</param>
    public static Process Start(Dictionary<string, string> environment, params string[] arguments)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "rel4.dll");
        var start = new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>Runs it to its end.</summary>
    public static Task<(int ExitCode, string Output)> RunAsync(params string[] arguments) => ReadToEndAsync(Start([], arguments));

    /// <summary>Reads what it writes, to its end.</summary>
    public static async Task<(int ExitCode, string Output)> ReadToEndAsync(Process started)
    {
        using Process process = started;
        using CancellationTokenRegistration kill = TestContext.Current.CancellationToken.Register(process.Kill);
        Task<string> error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        string output = await process.StandardOutput.ReadToEndAsync(CancellationToken.None) + await error;
        await process.WaitForExitAsync(CancellationToken.None);
        return (process.ExitCode, output);
    }
}
