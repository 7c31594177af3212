namespace Rel4.Runtime.Tests;

/// <summary>Parks an executor that has no doorbells on an event of .NET: what is posted from other threads of this process wakes
/// it.</summary>
/// <remarks>
/// Invariants:
/// 1. Only the executor writes <c>Parked</c>. It becomes <c>Running</c> again by EndPark or by the one waker that wins the exchange, so one
/// park has one Set at most.
/// 2. The event is reset before <c>Parked</c> is shown. A Set that comes late, from a waker that won an earlier park, makes the next Sleep
/// return for no reason; none is ever lost, because what that waker published is seen by the look after PreparePark.
/// </remarks>
internal sealed class EventParking : ExecutorParking, IDisposable
{
    private const int Running = 0;
    private const int Parked = 1;

    private static readonly TimeSpan s_usualWakeUpCost = TimeSpan.FromMicroseconds(50);

    // Spinning is the executor's business.
    private readonly ManualResetEventSlim _event = new(initialState: false, spinCount: 0);
    private int _status;

    /// <summary>Makes a parking with a usual wake-up cost, 50 µs.</summary>
    public EventParking()
        : this(s_usualWakeUpCost)
    {
    }

    /// <summary>Makes a parking with a wake-up cost that was measured.</summary>
    public EventParking(TimeSpan wakeUpCost)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(wakeUpCost, TimeSpan.Zero);
        WakeUpCost = wakeUpCost;
    }

    /// <summary>Gets what is called at the marked points of the protocol, where a test delays the thread.</summary>
    public Action<ParkingPoint>? Reached { get; init; }

    /// <summary>Makes an executor that parks so.</summary>
    public static Executor NewExecutor() => new(new ExecutorOptions { Parking = new EventParking() });

    /// <inheritdoc/>
    public override TimeSpan WakeUpCost { get; }

    /// <inheritdoc/>
    public override bool MaySpin => Environment.ProcessorCount > 1;

    /// <inheritdoc/>
    public override void PreparePark()
    {
        Reach(ParkingPoint.BeforeShowingParked);
        _event.Reset();
        // Pairs with the exchange in Wake: orders "parked" before the executor's look at its injected work.
        Interlocked.Exchange(ref _status, Parked);
        Reach(ParkingPoint.AfterShowingParked);
    }

    /// <inheritdoc/>
    public override void Sleep(TimeSpan timeout)
    {
        Reach(ParkingPoint.BeforeSleep);
        // The event counts milliseconds; rounded down, the last of them would be spent in a busy loop.
        _event.Wait(timeout == Timeout.InfiniteTimeSpan ? timeout : TimeSpan.FromMilliseconds(Math.Ceiling(timeout.TotalMilliseconds)));
        Reach(ParkingPoint.AfterSleep);
    }

    /// <inheritdoc/>
    public override void EndPark()
    {
        Reach(ParkingPoint.BeforeShowingRunning);
        Volatile.Write(ref _status, Running);
    }

    /// <inheritdoc/>
    public override void Wake()
    {
        Reach(ParkingPoint.BeforeLookAtStatus);
        // The load spares wakers of a running executor the exchange; its caller's fence orders it after what the caller published.
        if (Volatile.Read(ref _status) != Parked || Interlocked.Exchange(ref _status, Running) != Parked)
            return;
        Reach(ParkingPoint.BeforeSet);
        _event.Set();
    }

    /// <inheritdoc/>
    public override ulong TakeDoorbells() => 0;

    /// <inheritdoc/>
    public void Dispose() => _event.Dispose();

    private void Reach(ParkingPoint point) => Reached?.Invoke(point);
}

/// <summary>Names the points of the parking protocol at which the order of two threads matters.</summary>
internal enum ParkingPoint
{
    BeforeShowingParked,
    AfterShowingParked,
    BeforeSleep,
    AfterSleep,
    BeforeShowingRunning,
    BeforeLookAtStatus,
    BeforeSet,
}
