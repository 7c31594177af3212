namespace Rel4.Hosted.Composition;

/// <summary>Says when a task counts as hung, and what is done then.</summary>
/// <param name="Limit">How long an executor of its may make no turn, while it does not sleep.</param>
/// <param name="Kill">Whether the task is killed then; its <see cref="RestartPolicy"/> says whether it is started again.</param>
public sealed record WatchPolicy(TimeSpan Limit, bool Kill);
