using System.Diagnostics;

namespace Rel4.Runtime.Tests;

/// <summary>Names a bug that is built in, to see whether a test finds it.</summary>
internal enum PlantedBug
{
    None,
    ForgetsWakeBeforeSleep,
    ShowsParkedTooLate,
}

/// <summary>Delays threads at random at the marked points of the parking protocol, and counts sleeps that only their limit ended.</summary>
internal sealed class DelayingParking : ExecutorParking, IDisposable
{
    // .NET's event looks at a clock that goes on by up to 10 ms at once, and may end a wait by so much too early.
    private static readonly TimeSpan s_grain = TimeSpan.FromMilliseconds(20);

    // A waker that the machine keeps from its core for less than this is not a lost wake-up.
    private readonly TimeSpan _limit;

    private readonly PlantedBug _planted;
    private readonly ThreadLocal<Random> _random;
    private readonly EventParking _parking;

    public DelayingParking(int seed, PlantedBug planted)
    {
        _planted = planted;
        _limit = planted == PlantedBug.None ? TimeSpan.FromSeconds(3) : TimeSpan.FromMilliseconds(100);
        _random = new(() => new Random(seed ^ (Environment.CurrentManagedThreadId * 7919)));
        _parking = new EventParking(TimeSpan.FromMicroseconds(5)) { Reached = _ => Delay() };
    }

    public Func<bool> HasWork { get; set; } = () => false;

    public int SleepCount { get; private set; }

    public int LostWakeUps { get; private set; }

    public override TimeSpan WakeUpCost => _parking.WakeUpCost;

    public override bool MaySpin => false;

    public override void PreparePark()
    {
        if (_planted != PlantedBug.ShowsParkedTooLate)
            _parking.PreparePark();
    }

    public override void Sleep(TimeSpan timeout)
    {
        SleepCount++;
        if (_planted != PlantedBug.None)
        {
            // For the one bug this is the first time that parked is shown; for the other it erases a wake that came before.
            Delay();
            _parking.PreparePark();
        }

        long start = Stopwatch.GetTimestamp();
        _parking.Sleep(_limit);
        // Work that was there all the time, and nobody woke us for it.
        if (Stopwatch.GetElapsedTime(start) >= _limit - s_grain && HasWork())
            LostWakeUps++;
    }

    public override void EndPark() => _parking.EndPark();

    public override void Wake() => _parking.Wake();

    public override ulong TakeDoorbells() => _parking.TakeDoorbells();

    public void Dispose()
    {
        _random.Dispose();
        _parking.Dispose();
    }

    private void Delay()
    {
        Random random = _random.Value!;
        switch (random.Next(8))
        {
            case 0:
                Thread.Yield();
                break;
            case 1:
                Thread.SpinWait(random.Next(2_000));
                break;
            case 2 when random.Next(20) == 0:
                Thread.Sleep(1);
                break;
            default:
                break;
        }
    }
}
