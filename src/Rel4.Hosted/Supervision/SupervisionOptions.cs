using Rel4.Hosted.Sandbox;

namespace Rel4.Hosted.Supervision;

/// <summary>Says how a system is supervised.</summary>
public sealed record SupervisionOptions
{
    /// <summary>Gets what takes the output of tasks and reports about them; null for this process' standard output and error.</summary>
    public IOutputSink? Output { get; init; }

    /// <summary>Gets how long a task that was asked to end (<c>SIGTERM</c>) has before it is killed.</summary>
    public TimeSpan GracePeriod { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets what the system is called where it is looked at from outside; null for the name of the program.</summary>
    public string? Name { get; init; }

    /// <summary>Gets whether the same user may look at the system from outside (<c>rel4 top</c>, <c>rel4 graph</c>).</summary>
    public bool IsObservable { get; init; } = true;

    /// <summary>Gets whether the same user may start, stop, restart, remove and add tasks from outside (<c>rel4 stop</c>, for example). It must be observable for that.</summary>
    public bool IsControllable { get; init; }

    /// <summary>Refuses what makes no sense together.</summary>
    /// <exception cref="ArgumentException">It is controllable and not observable.</exception>
    internal void Check()
    {
        if (IsControllable && !IsObservable)
        {
            throw new ArgumentException(
                "A system that is controllable must be observable, as that is how it is found: set IsObservable (in a host's configuration Rel4:IsObservable), or leave IsControllable out.",
                nameof(IsControllable));
        }
    }

    /// <summary>Gets the clock of waiting times and grace periods.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Gets which layers of the sandbox tasks get; null to look.</summary>
    /// <remarks>For tests of machines that lack some.</remarks>
    internal SandboxReport? Sandbox { get; init; }

    /// <summary>Gets where control groups of tasks are made; null to look.</summary>
    /// <remarks>For tests of machines that have another.</remarks>
    internal ControlGroupPlace? ControlGroups { get; init; }
}
