using System.Collections.Immutable;
using Rel4.Hosted.Linux;

namespace Rel4.Hosted.Sandbox;

/// <summary>Tells how tasks are held to their limits, if this process starts them on this machine.</summary>
/// <param name="Limits">How they are held to each.</param>
public sealed record LimitReport(ImmutableArray<LimitSupport> Limits)
{
    /// <summary>Looks at the machine and the caller's privileges, and changes nothing.</summary>
    public static LimitReport Inspect() => From(ControlGroupPlace.Find());

    internal static LimitReport From(ControlGroupPlace place) => From(place, TaskLauncher.CanChangeUser(Capabilities.Effective), Landlock.Version > 0);

    /// <summary>Tells it of a machine and a caller.</summary>
    /// <param name="place">Where groups of tasks would be.</param>
    /// <param name="hasUsers">Whether each task has a user of its own.</param>
    /// <param name="hasFileRules">Whether Landlock keeps tasks from files that their user may write.</param>
    internal static LimitReport From(ControlGroupPlace place, bool hasUsers, bool hasFileRules) => new(
    [
        place.Offers("memory")
            ? ByGroup(LimitedResource.Memory, "memory.max", hasUsers || hasFileRules)
            : new(
                LimitedResource.Memory,
                LimitEnforcement.Partial,
                "what the process maps for itself (RLIMIT_DATA) and .NET's heap (DOTNET_GCHeapHardLimit), not memory that it shares or files in memory",
                place.Obstacle),
        place.Offers("cpu")
            ? ByGroup(LimitedResource.Processors, "cpu.max", hasUsers || hasFileRules)
            : new(LimitedResource.Processors, LimitEnforcement.None, ".NET is told (DOTNET_PROCESSOR_COUNT), but not held to it", place.Obstacle),
        place.Offers("pids")
            ? ByGroup(LimitedResource.Threads, "pids.max", hasUsers || hasFileRules)
            : hasUsers
                ? new(LimitedResource.Threads, LimitEnforcement.Full, "counted for each task's user (RLIMIT_NPROC)", null)
                : new(LimitedResource.Threads, LimitEnforcement.None, "Linux counts threads by user, and tasks have the caller's", place.Obstacle),
    ]);

    /// <summary>Tells how a group holds tasks: its files are the caller's, so a task that is the same user to Linux could write them, or move out.</summary>
    private static LimitSupport ByGroup(LimitedResource resource, string file, bool isClosed) => isClosed
        ? new(resource, LimitEnforcement.Full, $"by control groups: {file}", null)
        : new(
            resource, LimitEnforcement.Partial, $"by control groups: {file}, which a task can change, as it has the caller's user",
            "Linux with Landlock (5.13, lsm=landlock,...) keeps it from that, and so would a user of its own: start as root.");

    /// <summary>Says in one line to which limits a task is not held, or only against mistakes; null if it is held to all.</summary>
    internal string? DescribeMissing(TaskLimits limits)
    {
        string[] weak =
        [
            .. Weak(limits).Select(support => support.Enforcement == LimitEnforcement.None
                ? $"NOT held to {limits.Describe(support.Resource)} ({support.Means})"
                : $"held to {limits.Describe(support.Resource)} against mistakes only ({support.Means})"),
        ];
        return weak.Length == 0 ? null : $"is {string.Join(", and ", weak)}. 'rel4 doctor' tells how to get control groups; a task can require its limits";
    }

    /// <summary>Makes sure that a task is held to the limits that it requires.</summary>
    /// <param name="limits">The limits.</param>
    /// <param name="task">Who has them.</param>
    /// <exception cref="MissingLimitsException">It is not held to them all.</exception>
    internal void Require(TaskLimits limits, string task)
    {
        if (limits.IsRequired && Weak(limits).Any())
            throw new MissingLimitsException(task, limits, Weak(limits));
    }

    internal IEnumerable<LimitSupport> Weak(TaskLimits limits) =>
        Limits.Where(support => support.Enforcement != LimitEnforcement.Full && limits.Describe(support.Resource) is not null);
}
