using Rel4.Runtime;

namespace Rel4.Hosted.Sandbox;

/// <summary>Reports a task that requires its limits (<see cref="TaskLimits.IsRequired"/>), to which tasks are not held here.</summary>
public sealed class MissingLimitsException : Rel4Exception
{
    internal MissingLimitsException(string task, TaskLimits limits, IEnumerable<LimitSupport> weak)
        : base(Rel4ErrorCode.Machine, $"{task} requires limits to which it would not be held here: {string.Join(" ", weak.Select(support => $"{limits.Describe(support.Resource)}: {support.Means}. {support.Fix}"))}")
    {
    }
}
