using System.Diagnostics.Metrics;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <summary>Publishes what the channels of this process have done, by a <see cref="Meter"/> named <c>Rel4</c>.</summary>
/// <remarks>
/// Nothing is counted twice: a count with the tag <c>channel</c> is an open channel's own, the one without is of all channels that have ended. So
/// their sum, which is what exporters and dashboards make of an instrument, is the total since the process started, and it never falls.
/// Executors count in plain words that they alone write; a listener reads them on its own thread, a moment late.
/// </remarks>
internal static class RuntimeMeter
{
    private const string ChannelTag = "channel";

    private static readonly Lock s_lock = new();
    private static readonly List<TaskRuntime> s_runtimes = [];
    private static readonly Meter s_meter = new("Rel4");
    private static readonly Dictionary<string, long> s_ended = [];
    private static long s_forgotten;
    private static long s_refusedReplies;
    private static long s_dropped;

    private static readonly (string Name, string Description, Func<ChannelSource, long> Read)[] s_counts =
    [
        ("rel4.calls", "Calls written.", channel => channel.CallsMade),
        ("rel4.records.written", "Records written.", channel => channel.Counters.RecordsWritten),
        ("rel4.records.read", "Records read.", channel => channel.Counters.RecordsRead),
        ("rel4.doorbells.rung", "User interrupts sent to a peer that had parked.", channel => channel.Counters.DoorbellsRung),
        ("rel4.doorbells.elided", "Looks at a peer's status that found no need for one.", channel => channel.Counters.DoorbellsElided),
        ("rel4.parks", "Times this side left looking for records to its peer.", channel => channel.Counters.Parks),
        ("rel4.polls", "Looks at a channel for records.", channel => channel.Polls),
        ("rel4.ring_full_waits", "Writes that found no room.", channel => channel.Counters.RefusedForRoom),
        ("rel4.messages.moved_out", "Messages moved out of the ring because they were kept and the peer wanted their places.", channel => channel.MessagesMovedOut),
        ("rel4.protocol_violations", "Channels closed because the peer broke the protocol.", channel => channel.IsViolated ? 1 : 0),
    ];

    static RuntimeMeter()
    {
        foreach ((string name, string description, Func<ChannelSource, long> read) in s_counts)
            s_meter.CreateObservableCounter(name, () => Observe(name, read), unit: null, description);
        s_meter.CreateObservableCounter(
            "rel4.messages.forgotten", () => Volatile.Read(ref s_forgotten), unit: null, "Messages that code has received and forgotten.");
        s_meter.CreateObservableCounter(
            "rel4.replies.refused", () => Volatile.Read(ref s_refusedReplies), unit: null, "Replies that are longer than their callers take.");
        s_meter.CreateObservableCounter(
            "rel4.messages.dropped", () => Volatile.Read(ref s_dropped), unit: null, "Synchronous messages beyond what is kept of one badge: calls fail, sends are lost.");
        s_meter.CreateObservableUpDownCounter("rel4.channels", CountChannels, unit: null, "Channels that are open.");
    }

    /// <summary>Counts a message that code has forgotten. Any thread.</summary>
    public static void AddForgotten() => Interlocked.Increment(ref s_forgotten);

    /// <summary>Counts a reply that is longer than its caller takes. Any thread.</summary>
    public static void AddRefusedReply() => Interlocked.Increment(ref s_refusedReplies);

    /// <summary>Counts a synchronous message that found no room. Any thread.</summary>
    public static void AddDropped() => Interlocked.Increment(ref s_dropped);

    /// <summary>Begins to count a runtime's channels.</summary>
    public static void Add(TaskRuntime runtime)
    {
        lock (s_lock)
            s_runtimes.Add(runtime);
    }

    /// <summary>Counts a runtime's channels no longer; all have ended.</summary>
    public static void Remove(TaskRuntime runtime)
    {
        lock (s_lock)
            s_runtimes.Remove(runtime);
    }

    /// <summary>Keeps what a channel that has ended has done.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="remove">Takes it from those that are open, in the same step, so that no listener misses it or counts it twice.</param>
    public static void AddEnded(ChannelSource channel, Action remove)
    {
        lock (s_lock)
        {
            remove();
            foreach ((string name, _, Func<ChannelSource, long> read) in s_counts)
                s_ended[name] = s_ended.GetValueOrDefault(name) + read(channel);
        }
    }

    private static List<Measurement<long>> Observe(string name, Func<ChannelSource, long> read)
    {
        var measurements = new List<Measurement<long>>();
        lock (s_lock)
        {
            foreach (ChannelSource channel in s_runtimes.SelectMany(runtime => runtime.Channels))
                measurements.Add(new Measurement<long>(read(channel), new KeyValuePair<string, object?>(ChannelTag, channel.Number)));
            measurements.Add(new Measurement<long>(s_ended.GetValueOrDefault(name)));
        }

        return measurements;
    }

    private static long CountChannels()
    {
        lock (s_lock)
            return s_runtimes.Sum(runtime => (long)runtime.Channels.Length);
    }
}
