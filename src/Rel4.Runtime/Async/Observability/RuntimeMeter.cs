using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text.Json;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <summary>Publishes what this process has done, by a <see cref="Meter"/> named <c>Rel4</c>.</summary>
/// <remarks>
/// Nothing is counted twice: what channels have done is the sum of those of one endpoint and side, those that have ended included, so it never falls, and there are as many series as endpoints, however
/// many channels come and go. Executors count in plain words that they alone write; a listener reads them on its own thread, a moment late.
/// </remarks>
internal static class RuntimeMeter
{
    /// <summary>The tag for the name under which the process was granted the endpoint.</summary>
    public const string EndpointTag = "rel4.endpoint";

    /// <summary>The tag for the task's name.</summary>
    public const string TaskTag = "rel4.task";

    private const string SideTag = "rel4.side";
    private const string EndReasonTag = "rel4.channel.end_reason";

    private static readonly Lock s_lock = new();
    private static readonly List<TaskRuntime> s_runtimes = [];
    private static readonly Meter s_meter = new("Rel4");
    private static readonly Dictionary<(ChannelGroup Group, ChannelEndReason Reason), long> s_ended = [];
    private static readonly Dictionary<ChannelGroup, long> s_retries = [];
    private static long s_forgotten;
    private static long s_refusedReplies;
    private static long s_dropped;

    private static readonly ChannelCount[] s_counts =
    [
        new("rel4.calls", "{call}", "Calls written.", channel => channel.CallsMade),
        new("rel4.records.written", "{record}", "Records written.", channel => channel.Counters.RecordsWritten),
        new("rel4.records.read", "{record}", "Records read.", channel => channel.Counters.RecordsRead),
        new("rel4.doorbells.rung", "{doorbell}", "User interrupts sent to a peer that had parked.", channel => channel.Counters.DoorbellsRung),
        new("rel4.doorbells.elided", "{doorbell}", "Looks at a peer's status that found no need for one.", channel => channel.Counters.DoorbellsElided),
        new("rel4.parks", "{park}", "Times this side left looking for records to its peer.", channel => channel.Counters.Parks),
        new("rel4.polls", "{poll}", "Looks at a channel for records.", channel => channel.Polls),
        new("rel4.ring_full_waits", "{wait}", "Writes that found no room.", channel => channel.Counters.RefusedForRoom),
        new("rel4.messages.moved_out", "{message}", "Messages moved out of the ring because they were kept and the peer wanted their places.", channel => channel.MessagesMovedOut),
    ];

    static RuntimeMeter()
    {
        foreach (ChannelCount count in s_counts)
            s_meter.CreateObservableCounter(count.Name, () => Observe(count), count.Unit, count.Description);
        s_meter.CreateObservableUpDownCounter("rel4.channels", ObserveOpen, "{channel}", "Channels that are open.");
        s_meter.CreateObservableCounter("rel4.channels.ended", ObserveEnded, "{channel}", "Channels that have ended, by why.");
        s_meter.CreateObservableCounter(
            "rel4.channels.open_retries", ObserveRetries, "{retry}", "Openings of a channel that failed for a passing reason and were begun anew.");
        s_meter.CreateObservableCounter(
            "rel4.messages.forgotten", () => Measure(ref s_forgotten), "{message}", "Messages that code has received and forgotten.");
        s_meter.CreateObservableCounter(
            "rel4.replies.refused", () => Measure(ref s_refusedReplies), "{reply}", "Replies that are longer than their callers take.");
        s_meter.CreateObservableCounter(
            "rel4.messages.dropped", () => Measure(ref s_dropped), "{message}", "Synchronous messages beyond what is kept of one badge: calls fail, sends are lost.");
    }

    /// <summary>Gets the times of calls, from the call to its reply or failure.</summary>
    public static Histogram<double> CallDuration { get; } = s_meter.CreateHistogram(
        "rel4.client.call.duration",
        "s",
        "Time from a call to its reply or failure.",
        tags: null,
        // A call takes from a part of a microsecond on.
        new InstrumentAdvice<double> { HistogramBucketBoundaries = [1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10] });

    /// <summary>Gets the count of calls that brought no reply, by why.</summary>
    public static Counter<long> CallFailures { get; } = s_meter.CreateCounter<long>("rel4.client.call.failures", "{call}", "Calls without a reply: time-outs, refusals, and other failures.");

    /// <summary>Counts a message that code has forgotten. Any thread.</summary>
    public static void AddForgotten() => Interlocked.Increment(ref s_forgotten);

    /// <summary>Counts a reply that is longer than its caller takes. Any thread.</summary>
    public static void AddRefusedReply() => Interlocked.Increment(ref s_refusedReplies);

    /// <summary>Counts a synchronous message that found no room. Any thread.</summary>
    public static void AddDropped() => Interlocked.Increment(ref s_dropped);

    /// <summary>Counts an opening that is begun anew. Any thread.</summary>
    public static void AddOpeningRetry(ulong endpoint)
    {
        ChannelGroup group = ChannelGroup.Of(endpoint, isServer: false);
        lock (s_lock)
            s_retries[group] = s_retries.GetValueOrDefault(group) + 1;
    }

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
    /// <param name="reason">Why it has ended.</param>
    /// <param name="remove">Takes it from those that are open, in the same step, so that no listener misses it or counts it twice.</param>
    public static void AddEnded(ChannelSource channel, ChannelEndReason reason, Action remove)
    {
        lock (s_lock)
        {
            remove();
            foreach (ChannelCount count in s_counts)
                count.Ended[channel.Group] = count.Ended.GetValueOrDefault(channel.Group) + count.Read(channel);
            (ChannelGroup Group, ChannelEndReason Reason) key = (channel.Group, reason);
            s_ended[key] = s_ended.GetValueOrDefault(key) + 1;
        }
    }

    /// <summary>Names an endpoint for people: by its grant, or else by its address.</summary>
    public static string NameOf(ulong endpoint) => AsyncMachine.NameOf(endpoint) ?? endpoint.ToString(CultureInfo.InvariantCulture);

    /// <summary>Gets the task's name; empty where the machine knows none.</summary>
    public static string TaskName => AsyncMachine.ProcessName ?? "";

    /// <summary>Writes a value as OpenTelemetry's conventions do: <c>peer_ended</c>.</summary>
    public static string WordFor<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    private static IEnumerable<ChannelSource> Open => s_runtimes.SelectMany(runtime => runtime.Channels);

    private static List<Measurement<long>> Observe(ChannelCount count)
    {
        lock (s_lock)
        {
            var totals = new Dictionary<ChannelGroup, long>(count.Ended);
            foreach (ChannelSource channel in Open)
                totals[channel.Group] = totals.GetValueOrDefault(channel.Group) + count.Read(channel);
            return [.. totals.Select(total => Measure(total.Value, total.Key))];
        }
    }

    private static List<Measurement<long>> ObserveOpen()
    {
        lock (s_lock)
        {
            // Those of which none is open any more are said to be none.
            Dictionary<ChannelGroup, long> totals = s_ended.Keys.Select(key => key.Group).Distinct().ToDictionary(group => group, _ => 0L);
            foreach (ChannelSource channel in Open)
                totals[channel.Group] = totals.GetValueOrDefault(channel.Group) + 1;
            return [.. totals.Select(total => Measure(total.Value, total.Key))];
        }
    }

    private static List<Measurement<long>> ObserveEnded()
    {
        lock (s_lock)
            return [.. s_ended.Select(ended => Measure(ended.Value, ended.Key.Group, new KeyValuePair<string, object?>(EndReasonTag, WordFor(ended.Key.Reason))))];
    }

    private static List<Measurement<long>> ObserveRetries()
    {
        lock (s_lock)
            return [.. s_retries.Select(retries => Measure(retries.Value, retries.Key))];
    }

    private static Measurement<long> Measure(long value, ChannelGroup group, params ReadOnlySpan<KeyValuePair<string, object?>> more) =>
        new(value, [new(EndpointTag, group.Endpoint), new(SideTag, group.IsServer ? "server" : "client"), new(TaskTag, group.Task), .. more]);

    private static Measurement<long> Measure(ref long count) => new(Volatile.Read(ref count), new KeyValuePair<string, object?>(TaskTag, TaskName));

    /// <summary>Something that each channel counts.</summary>
    private sealed record ChannelCount(string Name, string Unit, string Description, Func<ChannelSource, long> Read)
    {
        /// <summary>Gets what the channels that have ended have counted.</summary>
        public Dictionary<ChannelGroup, long> Ended { get; } = [];
    }
}
