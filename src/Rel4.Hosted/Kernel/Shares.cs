using System.Diagnostics;
using Rel4.Hosted.Linux;

namespace Rel4.Hosted.Kernel;

/// <summary>Gives each process its share of the kernel's time, whatever it calls and by however many threads.</summary>
/// <remarks>
/// The kernel serves a call of each thread in turn, but no more of one process than <see cref="MostCallsInTurn"/>: the others wait for the next
/// turn, and are the first then. A call can't be interrupted. Most take a microsecond; one that makes Linux map memory
/// takes hundreds. So a process pays for a long call by a rest of many times its length: it has a small part of the kernel's
/// time, however it makes its calls. While nobody else wants the kernel, nobody rests. A call in which Linux took the processor away is
/// nobody's fault; which one that was only the thread's processor time tells, and asking for that enters Linux. So the first long call makes its
/// process a suspect, and the processor time of a suspect's calls is measured, until one took long that was none of its own doing.
/// </remarks>
/// <param name="longest">How long a call may take that costs its process nothing.</param>
internal sealed class Shares(TimeSpan longest)
{
    /// <summary>How many calls of a process are served in a turn while others want the kernel, too.</summary>
    private const int MostCallsInTurn = 16;

    /// <summary>How many times as long as its call a process rests.</summary>
    private const int RestFactor = 16;

    /// <summary>How recently somebody else must have made a call for the kernel to be wanted.</summary>
    private static readonly long Recent = Ticks(TimeSpan.FromMilliseconds(2));

    /// <summary>Bounds rests, so that a call that took long for once, on a machine that swaps maybe, does not stop a task for good.</summary>
    private static readonly long LongestRest = Ticks(TimeSpan.FromSeconds(10));

    /// <summary>The root task works for all others, and starts them again.</summary>
    private static readonly long LongestRestOfRoot = Ticks(TimeSpan.FromMilliseconds(10));

    private readonly long _longest = Ticks(longest);
    private HostedProcess? _last;
    private long _lastEnd;
    private long _othersEnd;
    private long _start;
    private long _usedNs;
    private ulong _turn;

    /// <summary>Takes note that all have their turn again.</summary>
    public void BeginTurn() => _turn++;

    /// <summary>Tells whether a process rests, or has had its share of this turn.</summary>
    public bool MustWait(HostedProcess caller)
    {
        long now = Stopwatch.GetTimestamp();
        return caller.RestsUntil > now
            || (caller.Turn == _turn && caller.CallsInTurn >= MostCallsInTurn && now - (caller == _last ? _othersEnd : _lastEnd) < Recent);
    }

    /// <summary>Takes note that a call begins, or a piece of one.</summary>
    public void Begin(HostedProcess caller)
    {
        caller.CallsInTurn = caller.Turn == _turn ? caller.CallsInTurn + 1 : 1;
        caller.Turn = _turn;
        if (caller.IsSuspect)
            _usedNs = ThreadUsage.ProcessorNs;
        _start = Stopwatch.GetTimestamp();
    }

    /// <summary>Takes note that the call that began last has ended, or the piece of it.</summary>
    public void End(HostedProcess caller)
    {
        long end = Stopwatch.GetTimestamp();
        if (caller != _last)
        {
            _last = caller;
            _othersEnd = _lastEnd;
        }

        _lastEnd = end;
        if (end - _start <= _longest || _start - _othersEnd >= Recent)
            return;
        long length = caller.IsSuspect ? (ThreadUsage.ProcessorNs - _usedNs) * Stopwatch.Frequency / 1_000_000_000 : 0;
        caller.IsSuspect = !caller.IsSuspect || length > _longest;
        if (length > _longest)
            caller.RestsUntil = Math.Min(Math.Max(caller.RestsUntil, end) + (RestFactor * length), end + (caller.IsRoot ? LongestRestOfRoot : LongestRest));
    }

    private static long Ticks(TimeSpan time) => time.Ticks * Stopwatch.Frequency / TimeSpan.TicksPerSecond;
}
