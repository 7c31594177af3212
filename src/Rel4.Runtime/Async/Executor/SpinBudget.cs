namespace Rel4.Runtime;

/// <summary>Is how long an executor spins before it parks: up to a few times the cost of a wake-up, and less where spinning has not paid.</summary>
/// <remarks>
/// <para>
/// Spinning for the cost of what it may save is never worse than twice the best (Karlin, Li, Manasse, Owicki: Empirical Studies of
/// Competitive Spinning, SOSP 1991). A spin that found work doubles the budget, one in vain halves it, down to a sixteenth of a wake-up.
/// </para>
/// <para>
/// A peer that has parked answers after a wake-up of its own. Two that park each time would never learn that both could stay awake, if the budget
/// ended before that: so it may be <see cref="MostWakeUps"/> wake-ups, and after <see cref="MissesUntilProbe"/> spins in vain one goes on for so long.
/// </para>
/// </remarks>
internal struct SpinBudget
{
    private const int LeastFraction = 16;
    private const int MostWakeUps = 3;
    private const int MissesUntilProbe = 16;

    private long _ticks;
    private int _misses;
    private bool _hasBegun;

    /// <summary>Fits the budget to the cost of a wake-up as it is known now, and gives that of the next spin, in ticks of the stopwatch.</summary>
    public long Fit(long wakeUpCostTicks)
    {
        long most = MostWakeUps * wakeUpCostTicks;
        if (_misses >= MissesUntilProbe || !_hasBegun)
            _ticks = most;
        _hasBegun = true;
        _ticks = Math.Clamp(_ticks, wakeUpCostTicks / LeastFraction, most);
        return _ticks;
    }

    /// <summary>Tells that the last spin found work.</summary>
    public void Pay()
    {
        _misses = 0;
        _ticks *= 2;
    }

    /// <summary>Tells that the last spin found nothing.</summary>
    public void Miss()
    {
        // One probe in vain is no reason for another soon.
        bool wasProbe = _misses >= MissesUntilProbe;
        _misses = wasProbe ? 0 : _misses + 1;
        _ticks = wasProbe ? 0 : _ticks / 2;
    }
}
