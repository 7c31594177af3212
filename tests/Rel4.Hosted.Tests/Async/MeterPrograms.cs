using System.Diagnostics;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Counts what a client's meter and activities say about known traffic.</summary>
internal static class MeterPrograms
{
    private static readonly string[] s_instruments =
    [
        "rel4.calls", "rel4.records.written", "rel4.records.read", "rel4.doorbells.rung", "rel4.doorbells.elided", "rel4.parks", "rel4.polls",
        "rel4.ring_full_waits", "rel4.protocol_violations", "rel4.channels",
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
            string tags = string.Join(' ', activity.TagObjects.Where(tag => tag.Key != "rel4.endpoint").Select(tag => $"{tag.Key}={tag.Value}"));
            Console.WriteLine($"activity {activity.OperationName} {activity.Status} {tags}");
        }
    }

    private static void Write(string when)
    {
        foreach (string instrument in s_instruments)
        {
            IReadOnlyList<(ulong? Channel, long Value)> measurements = Metrics.Read(instrument);
            Console.WriteLine($"{when} {instrument} total {measurements.Sum(m => m.Value)} "
                + $"channels {string.Join(' ', measurements.Where(m => m.Channel is not null).Select(m => m.Value))}".TrimEnd());
        }
    }
}
