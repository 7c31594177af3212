using System.Diagnostics;
using System.Globalization;
using Rel4.Cli.Commands;
using Rel4.Cli.Doctor;

namespace Rel4.Cli.Demo;

/// <summary>Puts load on the service with <c>redis-benchmark</c>.</summary>
/// <param name="path">The program.</param>
internal sealed class RedisBenchmark(string path) : ILoadGenerator
{
    private const string Program = "redis-benchmark";

    /// <summary>How long the own client runs before the first time: redis-benchmark must be told a number of requests, not a duration.</summary>
    private static readonly TimeSpan s_trial = TimeSpan.FromSeconds(0.1);

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    private readonly Dictionary<(int Port, LoadProfile Profile), double> _rates = [];

    /// <inheritdoc/>
    public string Name => Program;

    /// <summary>Finds the program, or null if it is not installed.</summary>
    public static RedisBenchmark? Find() =>
        Tool.All().First(tool => tool.Command == Program).Path is { } path ? new RedisBenchmark(path) : null;

    /// <inheritdoc/>
    public async Task<LoadResult> RunAsync(int port, LoadProfile profile, TimeSpan duration, CancellationToken cancellationToken)
    {
        if (!_rates.TryGetValue((port, profile), out double rate))
            rate = (await new RespLoad().RunAsync(port, profile, s_trial, cancellationToken)).RequestsPerSecond;
        int requests = Math.Max(4 * profile.Connections * profile.Pipeline, (int)(rate * duration.TotalSeconds));
        var startInfo = new ProcessStartInfo(path)
        {
            ArgumentList =
            {
                "-p", Text(port), "-t", profile.Command.ToLowerInvariant(), "-c", Text(profile.Connections), "-P", Text(profile.Pipeline),
                "-n", Text(requests), "--csv",
            },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(startInfo)!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_limit);
        using CancellationTokenRegistration kill = limit.Token.Register(process.Kill);
        Task<string> error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        string output = await process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        await process.WaitForExitAsync(CancellationToken.None);
        cancellationToken.ThrowIfCancellationRequested();
        if (process.ExitCode == 0 && Parse(output, profile.Command) is { } result)
        {
            _rates[(port, profile)] = result.RequestsPerSecond;
            return result;
        }

        string arguments = string.Join(' ', startInfo.ArgumentList);
        throw new CommandFailure($"{Program} {arguments} ended with {process.ExitCode}: {await error}{output}");
    }

    /// <summary>Reads <c>"SET","61728.39","0.4","0.1","0.39","0.7","0.9","1.2"</c>: rate, mean, least, p50, p95, p99, longest.</summary>
    internal static LoadResult? Parse(string csv, string command)
    {
        string? line = csv.Split('\n').FirstOrDefault(line => line.StartsWith($"\"{command}\"", StringComparison.Ordinal));
        // Versions before 6.2 tell the rate only.
        return line?.Trim().Trim('"').Split("\",\"") is [_, var rate, .. var times]
            ? new LoadResult(Number(rate), Number(times.ElementAtOrDefault(2)), Number(times.ElementAtOrDefault(4)))
            : null;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static double Number(string? text) => text is null ? double.NaN : double.Parse(text, CultureInfo.InvariantCulture);
}
