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
    private const int Digits = 3;
    private static readonly long s_longestNs = (long)TimeSpan.FromMinutes(1).TotalNanoseconds;

    private readonly LongHistogram _round = new(s_longestNs, Digits);
    private readonly LongHistogram _run = new(s_longestNs, Digits);
    private readonly List<Percentiles> _rounds = [];
    private readonly double _interval;
    private long _start;

    /// <summary>Makes one.</summary>
    /// <param name="callsPerSecond">The rate.</param>
    /// <param name="window">How long a round takes.</param>
    public Schedule(double callsPerSecond, TimeSpan window)
    {
        CallsPerSecond = callsPerSecond;
        _interval = Stopwatch.Frequency / callsPerSecond;
        Count = Math.Max(1, (long)(window.TotalSeconds * callsPerSecond));
    }

    /// <summary>Gets the rate.</summary>
    public double CallsPerSecond { get; }

    /// <summary>Gets how many calls a round has.</summary>
    public long Count { get; }

    /// <summary>Begins a round.</summary>
    public void Begin() => Begin(Stopwatch.GetTimestamp());

    /// <summary>Begins a round at a time.</summary>
    public void Begin(long now)
    {
        _round.Reset();
        _start = now;
    }

    /// <summary>Gets when a call is to begin.</summary>
    public long DueOf(long call) => _start + (long)(call * _interval);

    /// <summary>Notes that a call has ended.</summary>
    /// <param name="due">When it should have begun.</param>
    /// <param name="now">When it ended.</param>
    public void Record(long due, long now) =>
        _round.RecordValue(Math.Clamp((long)Stopwatch.GetElapsedTime(due, now).TotalNanoseconds, 1, s_longestNs));

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
