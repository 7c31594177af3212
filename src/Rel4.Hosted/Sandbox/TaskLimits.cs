using System.Globalization;

namespace Rel4.Hosted.Sandbox;

/// <summary>Bounds what a task may use of the machine.</summary>
/// <remarks>
/// Linux holds tasks to them by control groups (version 2) where this process may make some, and otherwise as well as it can: <see cref="LimitReport"/> tells. What can't be
/// held is said when the task starts.
/// </remarks>
public sealed record TaskLimits
{
    /// <summary>How many threads a task may have unless said otherwise, where Linux counts them for it alone.</summary>
    public const int DefaultThreads = 512;

    /// <summary>The least memory that a limit can be. A program that was compiled ahead of time takes about as much.</summary>
    internal const long LeastMemoryBytes = 8 << 20;

    /// <summary>The most memory that a limit can be, as good as none.</summary>
    internal const long MostMemoryBytes = 1L << 60;

    /// <summary>The most threads that a limit can be: Linux has no more numbers for them (<c>PID_MAX_LIMIT</c>).</summary>
    internal const int MostThreads = 1 << 22;

    /// <summary>The least share of a processor that Linux can hold a group to, and more than any machine has.</summary>
    internal const double LeastProcessors = 0.01, MostProcessors = 8192;

    /// <summary>Gets the limits of a task that was given none.</summary>
    public static TaskLimits None { get; } = new();

    /// <summary>Gets how much memory the task may have, in bytes, 8 MiB or more; null for any amount.</summary>
    /// <remarks>
    /// In a control group it is what Linux counts for the group: what the task has touched, what it wrote to files in memory, and pages of files that it read first. A task that
    /// needs more is killed (<see cref="TaskEnd.MemoryLimit"/>). .NET makes its heap three quarters of that at most, so its programs mostly throw
    /// <see cref="OutOfMemoryException"/> before.
    /// </remarks>
    public long? MemoryBytes { get; init; }

    /// <summary>Gets how much processor time the task may have for each second that passes, in seconds: 0.5 is half of a processor, 2 are two; null for any.</summary>
    public double? Processors { get; init; }

    /// <summary>Gets how many threads the task may have; null for <see cref="DefaultThreads"/>, where Linux counts them for the task alone. .NET itself needs some dozen.</summary>
    public int? Threads { get; init; }

    /// <summary>Gets whether the task is not started where one of its limits is not held, or only against mistakes (<see cref="LimitEnforcement.Partial"/>).</summary>
    public bool IsRequired { get; init; }

    /// <summary>Gets whether nothing is bounded.</summary>
    internal bool AreNone => MemoryBytes is null && Processors is null && Threads is null;

    /// <summary>Describes them, as <c>64 MiB of memory, 0.5 processors, 100 threads</c>.</summary>
    public override string ToString() => string.Join(", ", Describe());

    /// <summary>Writes a number of bytes for people, as <c>64 MiB</c>.</summary>
    internal static string DescribeBytes(long bytes) => bytes % (1 << 20) == 0
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes >> 20} MiB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes} bytes");

    /// <summary>Describes one of them; null if there is none.</summary>
    internal string? Describe(LimitedResource resource) => resource switch
    {
        LimitedResource.Memory => MemoryBytes is { } bytes ? $"{DescribeBytes(bytes)} of memory" : null,
        LimitedResource.Processors => Processors is { } count
            ? string.Create(CultureInfo.InvariantCulture, $"{count} processor{(count == 1 ? "" : "s")}")
            : null,
        _ => Threads is { } threads ? string.Create(CultureInfo.InvariantCulture, $"{threads} thread{(threads == 1 ? "" : "s")}") : null,
    };

    private IEnumerable<string> Describe() => Enum.GetValues<LimitedResource>().Select(Describe).OfType<string>();
}
