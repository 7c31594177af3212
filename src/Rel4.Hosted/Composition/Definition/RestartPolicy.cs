namespace Rel4.Hosted.Composition;

/// <summary>Names when an ended task is started again.</summary>
public enum RestartCondition
{
    /// <summary>It is not.</summary>
    Never,

    /// <summary>If it returned something else than 0, or a signal ended it.</summary>
    OnFailure,

    /// <summary>However it ended.</summary>
    Always,
}

/// <summary>Says whether and when an ended task is started again.</summary>
/// <remarks>
/// The waiting time grows with each restart, up to a bound, and starts anew once a task has run for <see cref="HealthyAfter"/>.
/// </remarks>
public sealed record RestartPolicy
{
    /// <summary>Gets the policy that leaves an ended task alone.</summary>
    public static RestartPolicy Never { get; } = new();

    /// <summary>Gets the policy that starts a failed task again.</summary>
    public static RestartPolicy OnFailure { get; } = new() { When = RestartCondition.OnFailure };

    /// <summary>Gets the policy that always starts a task again.</summary>
    public static RestartPolicy Always { get; } = new() { When = RestartCondition.Always };

    /// <summary>Gets when the task is started again.</summary>
    public RestartCondition When { get; init; }

    /// <summary>Gets how long to wait before the first restart.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Gets what the waiting time is multiplied by for each further restart.</summary>
    public double Factor { get; init; } = 2;

    /// <summary>Gets the longest waiting time.</summary>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets how long the task must run before earlier restarts are forgotten.</summary>
    public TimeSpan HealthyAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets how many restarts there are at most without a healthy run between them; null for any number.</summary>
    public int? Limit { get; init; }
}
