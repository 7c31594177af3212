using System.Collections.Immutable;
using System.Globalization;
using Rel4.Hosted.Observation;
using Rel4.Hosted.Supervision;
using Spectre.Console;

namespace Rel4.Cli.Observing;

/// <summary>Lays out what a system did between two looks.</summary>
internal static class SystemView
{
    private const int ThreadsShown = 4;
    private const int ChannelsShown = 20;

    /// <summary>Lays it out.</summary>
    public static Rows Show(SystemSnapshot before, SystemSnapshot now)
    {
        double seconds = now.UptimeSeconds - before.UptimeSeconds;
        var parts = new List<Spectre.Console.Rendering.IRenderable> { Head(now), Text.Empty, Tasks(before, now, seconds) };
        if (!now.Objects.IsEmpty)
            parts.AddRange([Text.Empty, Objects(now)]);
        if (!now.Channels.IsEmpty)
            parts.AddRange([Text.Empty, Channels(before, now, seconds)]);
        parts.Add(Text.Empty);
        return new Rows(parts);
    }

    private static Text Head(SystemSnapshot now)
    {
        TimeSpan up = TimeSpan.FromSeconds(Math.Floor(now.UptimeSeconds));
        string where = now.Placement == Hosted.KernelPlacement.Together ? "on its callers' processor" : "on processors of their own";
        return new Text(string.Create(
            CultureInfo.InvariantCulture, $"{PrintableText.Of(now.Name)}  process {now.ProcessId}  up {up:c}  {now.Tasks.Length} tasks  kernel {where}"));
    }

    private static Table Tasks(SystemSnapshot before, SystemSnapshot now, double seconds)
    {
        Table table = Columns("task", "state", "process", "restarts", "threads", "system calls/s");
        foreach (TaskSnapshot task in now.Tasks)
        {
            TaskSnapshot? earlier = before.Tasks.FirstOrDefault(other => other.Name == task.Name && other.ProcessId == task.ProcessId);
            string state = task.LastEnd is { } end && task.ProcessId is null ? $"{task.State} ({end})" : task.IsHung ? $"{task.State}, hangs" : $"{task.State}";
            if (task.IsInProcess)
                state += ", NOT ISOLATED (in process)";
            else if (task.IsDebuggable)
                state += ", open to debuggers";
            if (task.Limits is { } limits)
                state += $" (limits: {limits})";
            table.AddRow(
                Cell(task.Name), Cell(state), Cell(task.ProcessId), Cell(task.Restarts), Cell(Threads(task)), Cell(Rate(earlier, task, seconds)));
        }

        return table;
    }

    private static Table Objects(SystemSnapshot now)
    {
        Table table = Columns("object", "kind", "queue", "length", "waiting");
        foreach (ObjectSnapshot item in now.Objects)
        {
            string waiting = string.Join(", ", item.Waiting.GroupBy(task => task)
                .Select(group => group.Count() == 1 ? group.Key : $"{group.Key} x {group.Count()}"));
            table.AddRow(
                Cell(item.Name),
                Cell(Lower(item.Kind)),
                Cell(item.State is { } state ? Lower(state) : null),
                Cell(item.State is null ? null : item.QueueLength),
                Cell(waiting));
        }

        return table;
    }

    private static Table Channels(SystemSnapshot before, SystemSnapshot now, double seconds)
    {
        Table table = Columns("channel", "endpoint", "records/s", "KiB/s", "doorbells sent/s", "elided/s", "parks/s", "full rings/s", "open calls");
        foreach (ChannelSnapshot side in now.Channels.Take(ChannelsShown))
        {
            ChannelSnapshot? earlier = before.Channels.FirstOrDefault(other => other.Task == side.Task && other.Slot == side.Slot);
            table.AddRow(
                Cell($"{side.Task} -> {side.Peer}"),
                Cell(Endpoints(now, side)),
                Rate(channel => channel.RecordsWritten),
                Rate(channel => (long)(channel.BytesWritten / 1024)),
                Rate(channel => channel.DoorbellsSent),
                Rate(channel => channel.DoorbellsElided),
                Rate(channel => channel.Parks),
                Rate(channel => channel.FullRings),
                Cell(side.CallsOpen));

            Text Rate(Func<ChannelSnapshot, long> count) =>
                Cell(earlier is null || seconds <= 0 ? null : PerSecond(unchecked(count(side) - count(earlier)), seconds));
        }

        if (now.Channels.Length > ChannelsShown)
            table.AddRow(Cell($"{now.Channels.Length - ChannelsShown} more"));
        return table;
    }

    /// <summary>Names the endpoints over which a channel may have been opened: by the names under which its side has them.</summary>
    private static string Endpoints(SystemSnapshot now, ChannelSnapshot side)
    {
        ImmutableArray<HoldingSnapshot> holdings = now.Holdings;
        IEnumerable<string> names =
            from own in holdings
            where own.Task == side.Task && now.Objects.Any(item => item.Name == own.Object && item.Kind == ObjectKind.Endpoint)
            where holdings.Any(other => other.Task == side.Peer && other.Object == own.Object
                && ((own.Rights.Contains("write") && other.Rights.Contains("read")) || (own.Rights.Contains("read") && other.Rights.Contains("write"))))
            select own.Grant ?? own.Object;
        return string.Join(" or ", names.Distinct());
    }

    private static string Threads(TaskSnapshot task)
    {
        IEnumerable<string> shown = task.Threads.Take(ThreadsShown).Select(thread =>
            $"{Describe(thread.State)}{(thread.WaitsFor is { } name ? $" '{name}'" : "")}");
        return string.Join(", ", task.Threads.Length > ThreadsShown ? shown.Append($"{task.Threads.Length - ThreadsShown} more") : shown);
    }

    private static string Describe(ThreadActivity activity) => activity switch
    {
        ThreadActivity.Runs => "runs",
        ThreadActivity.InKernel => "in the kernel",
        ThreadActivity.Sends => "sends to",
        ThreadActivity.Receives => "receives from",
        ThreadActivity.AwaitsReply => "awaits a reply",
        ThreadActivity.AwaitsNoReply => "waits for ever for a reply (no GrantReply) from",
        ThreadActivity.AwaitsSignal => "waits for",
        _ => "stopped",
    };

    private static string? Rate(TaskSnapshot? before, TaskSnapshot now, double seconds)
    {
        if (before is null || seconds <= 0)
            return null;
        // Counters wrap, and a thread that is gone counts no more.
        long calls = now.Threads.Sum(thread =>
            before.Threads.FirstOrDefault(other => other.Number == thread.Number) is { } earlier
                ? unchecked(thread.SystemCalls - earlier.SystemCalls) : 0L);
        return PerSecond(calls, seconds);
    }

    private static string PerSecond(long count, double seconds) => (count / seconds).ToString("N0", CultureInfo.InvariantCulture);

    private static Table Columns(params string[] names)
    {
        var table = new Table { Border = TableBorder.None, UseSafeBorder = true };
        foreach (string name in names)
            table.AddColumn(new TableColumn(new Text(name.ToUpperInvariant(), new Style(Color.Grey))).PadRight(2));
        return table;
    }

    private static string Lower<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    private static Text Cell(object? value) => new(Convert.ToString(value, CultureInfo.InvariantCulture) is { Length: > 0 } text ? PrintableText.Of(text) : "-");
}
