namespace Rel4.Runtime.Tests;

/// <summary>Sleeps by moving the clock: an executor that waits for timers only runs through them at once.</summary>
internal sealed class SleepingClockParking(ManualClock clock) : ExecutorParking
{
    public int Sleeps { get; private set; }

    public override TimeSpan WakeUpCost => TimeSpan.Zero;

    public override bool MaySpin => false;

    public override void PreparePark()
    {
    }

    public override void Sleep(TimeSpan timeout)
    {
        if (timeout == Timeout.InfiniteTimeSpan)
            throw new InvalidOperationException("Nobody would wake this executor.");
        Sleeps++;
        clock.Advance(timeout);
    }

    public override void EndPark()
    {
    }

    public override void Wake()
    {
    }

    public override ulong TakeDoorbells() => 0;
}
