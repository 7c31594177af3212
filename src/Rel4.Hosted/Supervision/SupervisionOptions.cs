namespace Rel4.Hosted.Supervision;

/// <summary>Says how a system is supervised.</summary>
public sealed record SupervisionOptions
{
    /// <summary>Gets what takes the output of tasks and reports about them; null for this process' standard output and error.</summary>
    public IOutputSink? Output { get; init; }

    /// <summary>Gets how long a task that was asked to end (<c>SIGTERM</c>) has before it is killed.</summary>
    public TimeSpan GracePeriod { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets the clock of waiting times and grace periods.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
