using System.Diagnostics;

namespace Rel4.Runtime;

/// <summary>Decides how long an executor spins before it parks, by trying.</summary>
/// <remarks>
/// <para>
/// Spinning for the cost of what it may save is never worse than twice the best (Karlin, Li, Manasse, Owicki: Empirical Studies of
/// Competitive Spinning, SOSP 1991). But a peer that has parked answers after a wake-up of its own: two that park each time would never learn
/// that both could stay awake, if they spun for less than that. So a spin lasts for a few wake-ups, or twice as long as parks really took, as
/// what was measured at the start need not be what happens where the threads run later.
/// </para>
/// <para>
/// Where a peer shares the processor, or nothing comes, all that is in vain. So each spin in vain lets the executor park at once for twice as
/// many times as the last, and a spin that found work lets it spin again each time.
/// </para>
/// </remarks>
internal struct SpinBudget
{
    private const int MostWakeUps = 3;
    private const int MostParks = 256;

    /// <summary>No spin is longer; whatever takes longer is worth a park.</summary>
    private static readonly long s_mostTicks = Stopwatch.Frequency / 5000;

    private long _waitedTicks;
    private int _parksLeft;
    private int _parks;

    /// <summary>Gets how long to spin this time, in ticks of the stopwatch; 0 to park at once.</summary>
    /// <param name="wakeUpCostTicks">The cost of a wake-up.</param>
    public long Next(long wakeUpCostTicks)
    {
        if (_parksLeft > 0)
        {
            _parksLeft--;
            return 0;
        }

        return Math.Min(Math.Max(MostWakeUps * wakeUpCostTicks, 2 * _waitedTicks), s_mostTicks);
    }

    /// <summary>Tells that the last spin found work.</summary>
    public void Pay() => _parks = 0;

    /// <summary>Tells that the last spin found nothing.</summary>
    public void Miss() => _parksLeft = _parks = Math.Clamp(2 * _parks, 1, MostParks);

    /// <summary>Tells how long it took in all until a park ended.</summary>
    public void Wake(long waitedTicks)
    {
        if (waitedTicks < s_mostTicks)
            _waitedTicks += (waitedTicks - _waitedTicks) / 4;
    }
}
