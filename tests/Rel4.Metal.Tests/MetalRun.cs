using System.Diagnostics;

namespace Rel4.Metal.Tests;

/// <summary>Holds what <c>rel4 metal</c> printed and how it ended.</summary>
internal sealed record MetalRun(int ExitCode, string Output, string Errors)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(8);

    /// <summary>Gets the lines of the serial console.</summary>
    public IEnumerable<string> Lines => Output.Split('\n').Select(line => line.TrimEnd('\r'));

    /// <summary>Runs the command to its end, or kills it and throws at the time limit.</summary>
    public static async Task<MetalRun> RunAsync(params string[] arguments)
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        // bin/Rel4.Metal.Tests/<configuration>/ is where this is; its neighbor is where the command is.
        string folder = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        string command = Path.GetFullPath(Path.Combine(folder, "../../Rel4.Cli", Path.GetFileName(folder), "rel4.dll"));
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [command, "metal", .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // Under `dotnet test` MSBuild tells its children where its own parts lie; a build started from here must look for itself.
        foreach (string name in start.Environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToArray())
            start.Environment.Remove(name);

        using Process process = Process.Start(start) ?? throw new InvalidOperationException("The rel4 command did not start");
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(cancellation), errors = process.StandardError.ReadToEndAsync(cancellation);
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timer.CancelAfter(Limit);
        try
        {
            await process.WaitForExitAsync(timer.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"rel4 metal did not end within {Limit.TotalMinutes} minutes. It printed:\n{await output}{await errors}");
        }

        return new(process.ExitCode, await output, await errors);
    }
}
