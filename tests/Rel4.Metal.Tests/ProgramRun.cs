using System.Diagnostics;
using System.Globalization;

namespace Rel4.Metal.Tests;

/// <summary>Holds what a program printed and how it ended.</summary>
internal sealed record ProgramRun(int ExitCode, string Output, string Errors)
{
    /// <summary>Reads what it counted, as <c>bench NAME COUNT</c>; of several counts of a name, the greatest.</summary>
    public Dictionary<string, long> Counts() => Output.Split('\n').Select(line => line.Split(' ')).Where(words => words is ["bench", _, _])
        .GroupBy(words => words[1]).ToDictionary(lines => lines.Key, lines => lines.Max(words => long.Parse(words[2], CultureInfo.InvariantCulture)));

    /// <summary>Runs a program to its end, or kills it and throws at the time limit.</summary>
    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="limit">The time limit.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="environment">What is other than here in its environment.</param>
    /// <param name="input">Its standard input, all of which is there from the start.</param>
    public static async Task<ProgramRun> RunAsync(
        string program, IEnumerable<string> arguments, TimeSpan limit, CancellationToken cancellationToken, IReadOnlyDictionary<string, string>? environment = null,
        string input = "")
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // Under `dotnet test` MSBuild tells its children where its own parts lie; a build started from here must look for itself.
        foreach (string name in start.Environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToArray())
            start.Environment.Remove(name);
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;

        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(cancellationToken), errors = process.StandardError.ReadToEndAsync(cancellationToken);
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timer.CancelAfter(limit);
        try
        {
            await process.WaitForExitAsync(timer.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} did not end within {limit.TotalSeconds} s. It printed:\n{await output}{await errors}");
        }

        return new(process.ExitCode, await output, await errors);
    }
}
