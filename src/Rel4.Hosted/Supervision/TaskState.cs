namespace Rel4.Hosted.Supervision;

/// <summary>Names the states of a task.</summary>
public enum TaskState
{
    /// <summary>Its objects are made and its process is started.</summary>
    Starting,

    /// <summary>Its process runs.</summary>
    Running,

    /// <summary>It ended, and waits to be started again.</summary>
    BackingOff,

    /// <summary>It returned 0, or was stopped, and is not started again.</summary>
    Stopped,

    /// <summary>It failed, and is not started again.</summary>
    Failed,
}

/// <summary>Tells that the state of a task has changed.</summary>
/// <param name="task">The task.</param>
/// <param name="state">Its new state. <see cref="RunningTask.State"/> may have changed again.</param>
public sealed class TaskStateChangedEventArgs(RunningTask task, TaskState state) : EventArgs
{
    /// <summary>Gets the task.</summary>
    public RunningTask Task { get; } = task;

    /// <summary>Gets its new state. <see cref="RunningTask.State"/> may have changed again.</summary>
    public TaskState State { get; } = state;
}
