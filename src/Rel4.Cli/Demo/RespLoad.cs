using System.Diagnostics;
using Rel4.Cli.Commands;

namespace Rel4.Cli.Demo;

/// <summary>Is the demo's own load, for where redis-benchmark is not installed.</summary>
internal sealed class RespLoad : ILoadGenerator
{
    /// <summary>The key that redis-benchmark uses unless it is told to use many.</summary>
    private const string Key = "key:__rand_int__";

    /// <inheritdoc/>
    public string Name => "the demo's own client";

    /// <summary>Gets the words of a command.</summary>
    public static string[] CommandOf(LoadProfile profile) => profile.Command == "SET" ? ["SET", Key, "VXK"] : ["GET", Key];

    /// <inheritdoc/>
    public async Task<LoadResult> RunAsync(int port, LoadProfile profile, TimeSpan duration, CancellationToken cancellationToken)
    {
        byte[] requests = RespConnection.Write(CommandOf(profile), profile.Pipeline);
        RespConnection[] connections = await Task.WhenAll(
            Enumerable.Range(0, profile.Connections).Select(_ => RespConnection.OpenAsync(port, cancellationToken)));
        try
        {
            long start = Stopwatch.GetTimestamp();
            List<double>[] times = await Task.WhenAll(connections.Select(
                connection => Task.Run(() => RunAsync(connection, requests, profile.Pipeline, start, duration, cancellationToken))));
            TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
            double[] sorted = [.. times.SelectMany(time => time).Order()];
            return new LoadResult(
                sorted.Length * profile.Pipeline / elapsed.TotalSeconds, sorted[sorted.Length / 2], sorted[sorted.Length * 99 / 100]);
        }
        finally
        {
            foreach (RespConnection connection in connections)
                connection.Dispose();
        }
    }

    private static async Task<List<double>> RunAsync(
        RespConnection connection, byte[] requests, int count, long start, TimeSpan duration, CancellationToken cancellationToken)
    {
        var times = new List<double>();
        do
        {
            long sent = Stopwatch.GetTimestamp();
            if (await connection.ExchangeAsync(requests, count, cancellationToken) is { } error)
                throw new CommandFailure($"The service replied with an error: {error}");
            times.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
        }
        while (Stopwatch.GetElapsedTime(start) < duration);
        return times;
    }
}
