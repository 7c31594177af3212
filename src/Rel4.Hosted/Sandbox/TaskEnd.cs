using Rel4.Hosted.Linux;

namespace Rel4.Hosted.Sandbox;

/// <summary>Tells how a task's process ended.</summary>
/// <param name="ExitCode">What it returned, or null if a signal ended it.</param>
/// <param name="Signal">The number of the signal that ended it, or null if it returned.</param>
public readonly record struct TaskEnd(int? ExitCode, int? Signal)
{
    /// <summary>Gets whether the process returned 0.</summary>
    public bool IsSuccess => ExitCode == 0;

    /// <summary>Describes the end, as <c>exit code 3</c> or <c>SIGKILL</c>.</summary>
    public override string ToString() => Signal is { } signal ? Linux.Signal.NameOf(signal) : $"exit code {ExitCode}";

    internal static TaskEnd From(ChildStatus status) =>
        status.HasExited ? new TaskEnd(status.Value, null) : new TaskEnd(null, status.Value);
}
