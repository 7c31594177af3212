using System.Diagnostics;

namespace Rel4.Cli;

/// <summary>Runs a program to its end, line by line, and takes it along when this one is stopped.</summary>
internal static class ChildProcess
{
    /// <summary>Limits the wait for output that is still in a pipe when the process is gone.</summary>
    /// <remarks>A grandchild that outlives the process may hold the pipe open for ever.</remarks>
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(2);

    /// <summary>Gets the .NET host that runs this program, so that children use the same one.</summary>
    public static string DotnetHost { get; } =
        Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";

    /// <summary>Runs the .NET host with the given arguments and returns the exit code.</summary>
    /// <param name="startInfo">Arguments, folder and environment; the program and the redirections are set here.</param>
    /// <param name="onOutput">Called for each line of standard output, one at a time.</param>
    /// <param name="onError">Called for each line of standard error, one at a time.</param>
    /// <param name="cancellationToken">Kills the process and all its descendants.</param>
    public static Task<int> RunDotnetAsync(
        ProcessStartInfo startInfo, Action<string> onOutput, Action<string> onError, CancellationToken cancellationToken)
    {
        startInfo.FileName = DotnetHost;
        return RunAsync(startInfo, onOutput, onError, cancellationToken);
    }

    /// <summary>Runs a program and returns the exit code; otherwise as <see cref="RunDotnetAsync"/>.</summary>
    public static async Task<int> RunAsync(
        ProcessStartInfo startInfo, Action<string> onOutput, Action<string> onError, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        startInfo.RedirectStandardInput = true;
        startInfo.RedirectStandardOutput = true;
        startInfo.RedirectStandardError = true;
        using var process = Process.Start(startInfo) ?? throw new InvalidOperationException($"{startInfo.FileName} did not start.");
        process.StandardInput.Close();
        Task drained = Task.WhenAll(PumpAsync(process.StandardOutput, onOutput), PumpAsync(process.StandardError, onError));
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        await Task.WhenAny(drained, Task.Delay(DrainLimit, CancellationToken.None));
        return process.ExitCode;
    }

    private static async Task PumpAsync(StreamReader reader, Action<string> onLine)
    {
        while (await reader.ReadLineAsync() is { } line)
            onLine(line);
    }
}
