using System.Diagnostics;
using Rel4.Hosted.Linux;

namespace Rel4.Hosted.Kernel;

/// <summary>Lets processes rest whose system calls take long, so that those of others need not wait for them again and again.</summary>
/// <remarks>
/// The kernel serves a call of each thread in turn, and a call can't be interrupted. Most take a microsecond; one that makes Linux map memory
/// takes hundreds. So a process pays for a long call by a rest of many times its length: it has a small part of the kernel's
/// time, however it makes its calls. While nobody else wants the kernel, nobody rests. A call in which Linux may have taken the processor away is
/// nobody's fault.
/// </remarks>
internal sealed class LongCalls
{
    /// <summary>How many times as long as its call a process rests.</summary>
    private const int RestFactor = 16;

    private static readonly long Long = Microseconds(25);

    /// <summary>How recently somebody else must have made a call for the kernel to be wanted.</summary>
    private static readonly long Recent = Microseconds(2_000);

    private static readonly long LongestRest = Microseconds(10_000);

    private HostedProcess? _last;
    private long _lastEnd;
    private long _othersEnd;
    private long _preemptions;

    /// <summary>Takes note of a call, or a piece of one.</summary>
    public void Add(HostedProcess caller, long start, long end)
    {
        if (caller != _last)
        {
            _last = caller;
            _othersEnd = _lastEnd;
        }

        _lastEnd = end;
        if (end - start >= Long && start - _othersEnd < Recent && !WasPreempted())
            caller.RestsUntil = Math.Min(Math.Max(caller.RestsUntil, end) + (RestFactor * (end - start)), end + LongestRest);
    }

    /// <summary>Tells whether the kernel's thread was preempted since this was asked last.</summary>
    private bool WasPreempted()
    {
        long before = _preemptions;
        _preemptions = ThreadUsage.Preemptions;
        return _preemptions != before;
    }

    private static long Microseconds(long count) => count * Stopwatch.Frequency / 1_000_000;
}
