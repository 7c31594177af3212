using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Counts what a client's meter and activities say about known traffic.</summary>
internal static class MeterPrograms
{
    private static readonly string[] s_instruments =
    [
        "rel4.calls", "rel4.records.written", "rel4.records.read", "rel4.doorbells.rung", "rel4.doorbells.elided", "rel4.parks", "rel4.polls",
        "rel4.ring_full_waits", "rel4.channels", "rel4.channels.ended",
    ];

    public static void Count() => ReL4.Run(async () =>
    {
        EndpointCap service = AsyncSystem.Endpoint;
        for (int i = 0; i < 100; i++)
            (await service.CallAsync(0, new byte[10])).Dispose();
        for (int i = 0; i < 50; i++)
            await service.SendAsync((ushort)Order.Drop, new byte[10]);
        Write("open");
        // More than the ring holds, so that it must be full at some time.
        (await service.CallAsync((ushort)Order.Checksum, new byte[4 << 20])).Dispose();
        Write("full");
        await TraceAsync(service);
        try
        {
            (await service.CallAsync((ushort)Order.Exit)).Dispose();
        }
        catch (ChannelEndedException)
        {
            Write("closed");
        }
    });

    /// <summary>Makes a call of each outcome, and writes what listeners were told of them.</summary>
    public static void Watch()
    {
        using var meters = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == "Rel4" && !instrument.IsObservable)
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        var told = new ConcurrentQueue<string>();
        meters.SetMeasurementEventCallback<double>((instrument, seconds, tags, _) =>
            told.Enqueue($"{instrument.Name} {instrument.Unit} {(seconds is > 0 and < 60 ? "in time" : seconds)} {Join(tags.ToArray())}"));
        meters.SetMeasurementEventCallback<long>((instrument, value, tags, _) => told.Enqueue($"{instrument.Name} {instrument.Unit} {value} {Join(tags.ToArray())}"));
        meters.Start();
        AsyncSystem.Endpoint.Call((ulong)Order.Echo, 1, 2);
        ReL4.Run(async () =>
        {
            EndpointCap service = AsyncSystem.Endpoint;
            (await service.CallAsync(0, new byte[10])).Dispose();
            (await Task.Run(async () => await service.CallAsync(0, new byte[10]))).Dispose();
            await FailAsync(() => service.CallAsync((ushort)Order.Hold, default, TimeSpan.FromMilliseconds(50)));
            using var cancelled = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
            await FailAsync(() => service.CallAsync((ushort)Order.Hold, default, cancelled.Token));
            await FailAsync(() => service.CallAsync((ushort)Order.Drop));
            await FailAsync(() => service.CallAsync((ushort)Order.Exit));
        });
        foreach (string line in told)
            Console.WriteLine(line);
    }

    private static async Task FailAsync(Func<CoTask<IpcResponse>> call)
    {
        try
        {
            (await call()).Dispose();
        }
        catch (Exception failure) when (failure is TimeoutException or OperationCanceledException or ReplyAbandonedException or ChannelEndedException)
        {
            return;
        }

        Console.WriteLine("a call was answered");
    }

    private static async Task TraceAsync(EndpointCap service)
    {
        var activities = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Rel4",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activities.Add,
        };
        ActivitySource.AddActivityListener(listener);
        (await service.CallAsync(77, new byte[10])).Dispose();
        try
        {
            (await service.CallAsync((ushort)Order.Drop)).Dispose();
        }
        catch (ReplyAbandonedException)
        {
        }

        foreach (Activity activity in activities)
        {
            string tags = string.Join(' ', activity.TagObjects.Select(tag => $"{tag.Key}={tag.Value}"));
            Console.WriteLine($"activity {activity.OperationName} {activity.Status} {tags}");
        }
    }

    private static void Write(string when)
    {
        foreach (string instrument in s_instruments)
        {
            foreach ((KeyValuePair<string, object?>[] tags, long value) in Metrics.Read(instrument))
                Console.WriteLine($"{when} {instrument} {value} {Join(tags)}");
        }
    }

    private static string Join(KeyValuePair<string, object?>[] tags) => string.Join(' ', tags.Select(tag => $"{tag.Key}={tag.Value}"));
}
