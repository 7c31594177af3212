using Rel4.Abi;
using Rel4.Hosted.Observation;

namespace Rel4.Hosted.Supervision;

/// <summary>Finds out whether a task hangs, from what it shows at regular looks.</summary>
/// <remarks>It counts looks, not time: where this process did not run for a while, the task need not have run either.</remarks>
internal sealed class TaskWatch
{
    /// <summary>How many looks in a row must show the same.</summary>
    public const int LooksPerLimit = 4;

    private readonly int[] _same = new int[ExecutorPulses.Count];
    private ExecutorPulses _last;

    /// <summary>Takes a look.</summary>
    /// <returns>Whether an executor runs and has made no turn in so many looks.</returns>
    public bool Look(in TaskPulse pulse)
    {
        bool hangs = false;
        for (int i = 0; i < ExecutorPulses.Count; i++)
        {
            ulong now = pulse.Executors[i];
            bool runs = now != 0 && now % 2 == 0;
            _same[i] = runs && now == _last[i] ? _same[i] + 1 : 0;
            _last[i] = now;
            hangs |= _same[i] >= LooksPerLimit;
        }

        return hangs;
    }
}
