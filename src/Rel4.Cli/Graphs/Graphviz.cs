using System.ComponentModel;
using System.Diagnostics;
using Rel4.Cli.Commands;

namespace Rel4.Cli.Graphs;

/// <summary>Has Graphviz' <c>dot</c> lay graphs out and draw them.</summary>
internal static class Graphviz
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    /// <summary>Draws a graph as SVG.</summary>
    /// <param name="dot">The graph in Graphviz' language.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="CommandFailure">Graphviz is not installed, fails, or takes too long.</exception>
    public static async Task<string> DrawAsync(string dot, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_patience);
        using Process process = Start();
        try
        {
            // Both at once, as it may write before it has read all.
            Task<string> picture = process.StandardOutput.ReadToEndAsync(limit.Token), errors = process.StandardError.ReadToEndAsync(limit.Token);
            await WriteAsync(process.StandardInput, dot, limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return process.ExitCode == 0 ? await picture : throw new CommandFailure($"Graphviz' dot failed: {(await errors).Trim()}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CommandFailure(
                $"Graphviz' dot has not drawn it within {s_patience.TotalSeconds:0} s: the system is too large for a picture. Write it in another format: --format dot, mermaid or json.");
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    private static async Task WriteAsync(StreamWriter input, string dot, CancellationToken cancellationToken)
    {
        try
        {
            await input.WriteAsync(dot.AsMemory(), cancellationToken);
            input.Close();
        }
        catch (IOException)
        {
            // It has ended before it read all, and says why.
        }
    }

    private static Process Start()
    {
        try
        {
            return Process.Start(new ProcessStartInfo("dot", ["-Tsvg"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        }
        catch (Win32Exception)
        {
            throw new CommandFailure(
                "Pictures are drawn by Graphviz' dot, which is not installed. Get it (apt-get install graphviz), or write text: --format mermaid, which Markdown shows, or dot.");
        }
    }
}
