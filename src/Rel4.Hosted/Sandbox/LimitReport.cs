using System.Collections.Immutable;
using Rel4.Hosted.Linux;

namespace Rel4.Hosted.Sandbox;

/// <summary>Tells how tasks are held to their limits, if this process starts them on this machine.</summary>
/// <param name="Limits">How they are held to each.</param>
public sealed record LimitReport(ImmutableArray<LimitSupport> Limits)
{
    /// <summary>Looks at the machine and the caller's privileges, and changes nothing.</summary>
    public static LimitReport Inspect() => From(ControlGroupPlace.Find());

    internal static LimitReport From(ControlGroupPlace place) => From(place, TaskLauncher.CanChangeUser(Capabilities.Effective));

    internal static LimitReport From(ControlGroupPlace place, bool hasUsers) => new(
    [
        place.Offers("memory")
            ? new(LimitedResource.Memory, LimitEnforcement.Full, "by control groups: memory.max", null)
            : new(
                LimitedResource.Memory,
                LimitEnforcement.Partial,
                "what the process maps for itself (RLIMIT_DATA) and .NET's heap (DOTNET_GCHeapHardLimit), not memory that it shares or files in memory",
                place.Obstacle),
        place.Offers("cpu")
            ? new(LimitedResource.Processors, LimitEnforcement.Full, "by control groups: cpu.max", null)
            : new(LimitedResource.Processors, LimitEnforcement.None, ".NET is told (DOTNET_PROCESSOR_COUNT), but not held to it", place.Obstacle),
        place.Offers("pids")
            ? new(LimitedResource.Threads, LimitEnforcement.Full, "by control groups: pids.max", null)
            : hasUsers
                ? new(LimitedResource.Threads, LimitEnforcement.Full, "counted for each task's user (RLIMIT_NPROC)", null)
                : new(LimitedResource.Threads, LimitEnforcement.None, "Linux counts threads by user, and tasks have the caller's", place.Obstacle),
    ]);

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
