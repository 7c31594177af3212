using System.Diagnostics;

namespace Rel4.Runtime;

/// <summary>Finds the requests that failed coroutines had, so that their callers are told.</summary>
/// <remarks>
/// All messages that are kept are looked at, of whomever: a client that has hundreds of thousands of its own kept could make each failure cost milliseconds. So
/// who fails while the search rests is looked for with the next, together with all others. On the executor's thread.
/// </remarks>
internal sealed class FailedHolders(TaskRuntime runtime) : Completion<Nothing>(runtime.Executor)
{
    /// <summary>How many times as long as a search it rests, so that it has a small part of the thread's time.</summary>
    private const int RestFactor = 16;

    /// <summary>How long a search may take after which there is no rest: a timer costs as much.</summary>
    private static readonly TimeSpan s_short = TimeSpan.FromMicroseconds(25);

    private readonly HashSet<ulong> _failed = [];

    /// <summary>Takes note of one, and looks for its requests at once or soon.</summary>
    public void Add(CoroutineId coroutine)
    {
        _failed.Add(coroutine.Value);
        if (TimerIndex < 0)
            Search();
    }

    internal override void OnDue()
    {
        if (_failed.Count != 0)
            Search();
    }

    private void Search()
    {
        long start = Stopwatch.GetTimestamp();
        runtime.EndHeldBy(_failed);
        _failed.Clear();
        TimeSpan took = Stopwatch.GetElapsedTime(start);
        if (took > s_short)
            SucceedAfter(RestFactor * took);
    }
}
