using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Linux;
using Rel4.Hosted.Supervision;

namespace Rel4.Hosted.Observation;

/// <summary>Takes snapshots of a running system.</summary>
internal sealed class SystemObserver(RunningSystem system, string? name)
{
    private readonly string _name = name ?? Assembly.GetEntryAssembly()?.GetName().Name ?? "system";
    private readonly long _start = Stopwatch.GetTimestamp();

    /// <summary>Tells whether a process may be a task: it is a child of this one, has more filters of system calls than this one, or can't be told.</summary>
    /// <remarks>
    /// A task runs before its start has returned, so that a list of tasks would not have it yet; a task can't make others. One of another supervisor of the same user is no child, but it has a filter, as all
    /// tasks have from their first instruction on.
    /// </remarks>
    public static bool IsTask(int processId)
    {
        try
        {
            return ProcessStatus.ParentOf(processId) == Environment.ProcessId || IsMoreConfined(processId);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    /// <summary>Tells whether a process has more filters of system calls than this one.</summary>
    /// <exception cref="IOException">It has ended, or Linux shows it to others only.</exception>
    /// <exception cref="UnauthorizedAccessException">Linux shows it to others only.</exception>
    internal static bool IsMoreConfined(int processId) => ProcessStatus.CountFilters(processId) > ProcessStatus.CountFilters(Environment.ProcessId);

    /// <summary>Takes a snapshot. The kernel serves nobody meanwhile.</summary>
    public unsafe SystemSnapshot Look()
    {
        ImmutableArray<ObjectSnapshot> objects = [];
        ImmutableArray<HoldingSnapshot> holdings = [];
        ImmutableArray<ChannelSnapshot> channels = [];
        ImmutableArray<TaskSnapshot> tasks = [];
        system.Kernel.Inspect(kernel =>
        {
            // Here, where nobody can use the slots of a task again that is removed meanwhile.
            SystemContent content = system.Content;
            SystemHost? host = system.Host.TakesPart ? system.Host : null;
            var view = new KernelView(kernel, content.Objects, [.. content.Tasks.Select(task => task.Plan)], host);
            objects = view.Objects();
            holdings = view.Holdings();
            channels = view.Channels();
            tasks =
            [
                .. host is null ? [] : new[] { DescribeHost(view.ThreadsOfHost()) },
                .. content.Tasks.Select(task => Describe(task, view.ThreadsOf(task.Plan))),
            ];
        });
        return new SystemSnapshot
        {
            Name = _name,
            ProcessId = Environment.ProcessId,
            UptimeSeconds = Stopwatch.GetElapsedTime(_start).TotalSeconds,
            Placement = system.Kernel.Placement,
            Tasks = tasks,
            Objects = objects,
            Holdings = holdings,
            Channels = channels,
        };
    }

    private static TaskSnapshot DescribeHost(ImmutableArray<ThreadSnapshot> threads) =>
        new(HostPlan.Name, TaskState.Running, Environment.ProcessId, Restarts: 0, LastEnd: null, threads) { IsHost = true };

    private static TaskSnapshot Describe(RunningTask task, ImmutableArray<ThreadSnapshot> threads) =>
        new TaskSnapshot(task.Name, task.State, task.ProcessId, task.Restarts, task.LastEnd?.ToString(), threads) { IsHung = task.IsHung }.With(task.Definition);
}
