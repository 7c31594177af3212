using Rel4.Hosted.Composition;

namespace Rel4.Hosted.Supervision;

/// <summary>Decides whether a task that ended is started again, and after what time.</summary>
internal sealed class BackOff(RestartPolicy policy)
{
    private int _restarts;

    /// <summary>Decides after a run.</summary>
    /// <param name="isSuccess">Whether the task returned 0.</param>
    /// <param name="ran">How long it ran.</param>
    /// <returns>How long to wait, or null if it is not started again.</returns>
    public TimeSpan? Next(bool isSuccess, TimeSpan ran)
    {
        if (policy.When == RestartCondition.Never || (policy.When == RestartCondition.OnFailure && isSuccess))
            return null;
        if (ran >= policy.HealthyAfter)
            _restarts = 0;
        if (_restarts >= policy.Limit)
            return null;
        double seconds = policy.FirstDelay.TotalSeconds * Math.Pow(policy.Factor, _restarts++);
        return seconds < policy.LongestDelay.TotalSeconds ? TimeSpan.FromSeconds(seconds) : policy.LongestDelay;
    }
}
