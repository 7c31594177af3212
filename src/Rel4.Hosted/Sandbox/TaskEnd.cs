using Rel4.Hosted.Linux;

namespace Rel4.Hosted.Sandbox;

/// <summary>Tells how a task's process ended.</summary>
/// <param name="ExitCode">What it returned, or null if a signal ended it, or if it was left behind (<see cref="Composition.TaskBuilder.InProcess"/>).</param>
/// <param name="Signal">The number of the signal that ended it, or null if none did.</param>
public readonly record struct TaskEnd(int? ExitCode, int? Signal)
{
    /// <summary>Gets the limit of memory, in bytes, that Linux killed the process for; null if it did not.</summary>
    public long? MemoryLimit { get; init; }

    /// <summary>Gets whether the process returned 0.</summary>
    public bool IsSuccess => ExitCode == 0;

    /// <summary>Describes the end, as <c>exit code 3</c>, <c>SIGKILL</c> or <c>killed for memory: limit 64 MiB</c>.</summary>
    public override string ToString() => MemoryLimit is { } limit ? $"killed for memory: limit {TaskLimits.DescribeBytes(limit)}"
        : Signal is { } signal ? Linux.Signal.NameOf(signal) : ExitCode is { } code ? $"exit code {code}" : "left behind";

    internal static TaskEnd From(ChildStatus status) =>
        status.HasExited ? new TaskEnd(status.Value, null) : new TaskEnd(null, status.Value);
}
