namespace Rel4.Runtime;

/// <summary>Is how long an executor spins before it parks: the cost of a wake-up at most, and less where spinning has not paid.</summary>
/// <remarks>
/// Spinning for the cost of what it may save is never worse than twice the best (Karlin, Li, Manasse, Owicki: Empirical Studies of
/// Competitive Spinning, SOSP 1991). A spin that found work doubles the budget, one in vain halves it. It never falls under a sixteenth, so
/// a peer that becomes lively again is noticed.
/// </remarks>
internal struct SpinBudget
{
    private const int LeastFraction = 16;

    /// <summary>Gets the budget for the next spin, in ticks of the stopwatch.</summary>
    public long Ticks { get; private set; }

    /// <summary>Fits the budget to the cost of a wake-up as it is known now, and gives it.</summary>
    public long Fit(long wakeUpCostTicks)
    {
        if (Ticks == 0)
            Ticks = wakeUpCostTicks;
        Ticks = Math.Clamp(Ticks, wakeUpCostTicks / LeastFraction, wakeUpCostTicks);
        return Ticks;
    }

    /// <summary>Tells that the last spin found work.</summary>
    public void Pay() => Ticks *= 2;

    /// <summary>Tells that the last spin found nothing.</summary>
    public void Miss() => Ticks /= 2;
}
