using System.Diagnostics;
using HdrHistogram;

namespace Rel4.Ipc.Bench;

/// <summary>Says when calls are to begin, whatever becomes of those before, and records how long after that they ended.</summary>
/// <remarks>
/// A call that could not begin in time because others were slow counts from when it should have begun: who waits for answers before asking again
/// would leave out just those who suffer (coordinated omission).
/// </remarks>
internal sealed class Schedule
{
    /// <summary>A rate that nothing reaches.</summary>
    public const double AtOnce = 1e12;

    private const int Digits = 3;
    private static readonly long s_longestNs = (long)TimeSpan.FromMinutes(1).TotalNanoseconds;

    private static readonly double s_nsPerTick = 1e9 / Stopwatch.Frequency;

    private readonly LongHistogram _round = new(s_longestNs, Digits);
    private readonly LongHistogram _run = new(s_longestNs, Digits);
    private readonly List<Percentiles> _rounds = [];
    private readonly double _interval;
    private long _start;
    private long _taken;
    private long _last;

    /// <summary>Makes one.</summary>
    /// <param name="callsPerSecond">The rate; <see cref="AtOnce"/> for calls that are all to begin at once.</param>
    /// <param name="count">How many calls a round has.</param>
    public Schedule(double callsPerSecond, long count)
    {
        CallsPerSecond = callsPerSecond;
        Count = count;
        _interval = Stopwatch.Frequency / callsPerSecond;
        _taken = count;
    }

    /// <summary>Gets the rate.</summary>
    public double CallsPerSecond { get; }

    /// <summary>Gets how many calls a round has.</summary>
    public long Count { get; }

    /// <summary>Gets whether all calls of the round were taken.</summary>
    public bool IsOver => _taken == Count;

    /// <summary>Gets how long the round took until now.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_start, _last);

    /// <summary>Begins a round.</summary>
    public void Begin() => Begin(Stopwatch.GetTimestamp());

    /// <summary>Begins a round at a time.</summary>
    public void Begin(long now)
    {
        _round.Reset();
        _taken = 0;
        _start = now;
    }

    /// <summary>Counts the calls that are to begin now or were to begin before, and were not taken.</summary>
    public long CountDue() => Math.Min(Count, 1 + (long)((Stopwatch.GetTimestamp() - _start) / _interval)) - _taken;

    /// <summary>Takes the next call, if it is to begin at a time or was to begin before.</summary>
    /// <param name="now">The time.</param>
    /// <param name="due">When it was to begin.</param>
    public bool TryTake(long now, out long due)
    {
        due = _start + (long)(_taken * _interval);
        if (IsOver || due > now)
            return false;
        _taken++;
        return true;
    }

    /// <summary>Notes that a call has ended.</summary>
    /// <param name="due">When it should have begun.</param>
    /// <param name="now">When it ended.</param>
    public void Record(long due, long now)
    {
        _last = now;
        _round.RecordValue(Math.Clamp((long)((now - due) * s_nsPerTick), 1, s_longestNs));
    }

    /// <summary>Ends a round and keeps it.</summary>
    public void End()
    {
        _rounds.Add(Percentiles.Of(_round));
        _run.Add(_round);
    }

    /// <summary>Gets what was found in all rounds that were kept.</summary>
    public LatencyFigures Figures(string way) => new(
        way,
        CallsPerSecond,
        Spread.Of(_rounds.Select(round => round.P50Ns)),
        Spread.Of(_rounds.Select(round => round.P99Ns)),
        Spread.Of(_rounds.Select(round => round.P999Ns)),
        Spread.Of(_rounds.Select(round => round.MaxNs)),
        Percentiles.Of(_run));
}
