using System.Diagnostics;
using System.Globalization;
using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Holds clients with many channels each.</summary>
internal static class ManyChannelsPrograms
{
    /// <summary>How many clients there are.</summary>
    public const int Clients = 4;

    /// <summary>Names the environment variable with the channels of each.</summary>
    public const string Channels = "CHANNELS";

    /// <summary>Names a client's n-th capability of the endpoint.</summary>
    public static string NameOf(int channel) => string.Create(CultureInfo.InvariantCulture, $"e{channel}");

    /// <summary>Opens all, and measures calls through one of them before and after.</summary>
    public static void Open() => ReL4.Run(async () =>
    {
        int own = int.Parse(Environment.GetEnvironmentVariable(Channels)!, CultureInfo.InvariantCulture);
        EndpointCap first = TaskContext.Endpoint(NameOf(0));
        double alone = await MeasureAsync(first);
        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(1, own - 1).Select(i => CallOnceAsync(TaskContext.Endpoint(NameOf(i)))));
        double opened = Stopwatch.GetElapsedTime(start).TotalSeconds;
        for (long channels = 0; channels < Clients * own;)
        {
            await Executor.Current!.Delay(TimeSpan.FromMilliseconds(20));
            using IpcResponse open = await first.CallAsync((ushort)Order.Metric, "rel4.channels"u8.ToArray());
            channels = BitConverter.ToInt64(open.Payload);
        }

        double among = await MeasureAsync(first);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{own} channels in {opened:0.00} s; a call took {alone:0.0} µs before and {among:0.0} µs among {Clients * own}"));
        // All stay until each has seen them: the test ends them.
        await Executor.Current!.Delay(Timeout.InfiniteTimeSpan);
    });

    private static async Task CallOnceAsync(EndpointCap endpoint)
    {
        byte[] message = BitConverter.GetBytes(endpoint.CPtr);
        using IpcResponse response = await endpoint.CallAsync(0, message);
        if (!response.Payload.SequenceEqual(message))
            throw new InvalidOperationException("the answer is another's");
    }

    private static async Task<double> MeasureAsync(EndpointCap endpoint)
    {
        const int Calls = 500;
        await CallOnceAsync(endpoint);
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < Calls; i++)
            await CallOnceAsync(endpoint);
        return Stopwatch.GetElapsedTime(start).TotalMicroseconds / Calls;
    }
}
