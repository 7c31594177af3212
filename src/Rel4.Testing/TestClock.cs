namespace Rel4.Testing;

/// <summary>The clock of a test system: it stands still until the test advances it, or all wait.</summary>
internal sealed class TestClock : TimeProvider
{
    private static readonly DateTimeOffset s_start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Lock _lock = new();
    private readonly List<TestTimer> _timers = [];
    private long _now;

    /// <summary>Gets how many timers have fired.</summary>
    public long Fired { get; private set; }

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override long GetTimestamp() => Volatile.Read(ref _now);

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => s_start.AddTicks(GetTimestamp());

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new TestTimer(this, callback, state);
        timer.Change(dueTime, period);
        lock (_lock)
            _timers.Add(timer);
        return timer;
    }

    /// <summary>Gets when the first timer is due.</summary>
    public long FirstDue
    {
        get
        {
            lock (_lock)
                return _timers.Count == 0 ? long.MaxValue : _timers.Min(timer => timer.Due);
        }
    }

    /// <summary>Adds a time to now; one that never comes is none.</summary>
    public long After(TimeSpan time) => time == Timeout.InfiniteTimeSpan ? long.MaxValue : (long)Int128.Min((Int128)GetTimestamp() + time.Ticks, long.MaxValue);

    /// <summary>Moves on, and runs the timers that are due then, in the order in which they are.</summary>
    public void MoveTo(long now)
    {
        Volatile.Write(ref _now, now);
        while (true)
        {
            TestTimer? due;
            lock (_lock)
                due = _timers.Where(timer => timer.Due <= now).MinBy(timer => timer.Due);
            if (due is null)
                return;
            Fired++;
            due.Fire();
        }
    }

    private void Remove(TestTimer timer)
    {
        lock (_lock)
            _timers.Remove(timer);
    }

    private sealed class TestTimer(TestClock clock, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;

        public long Due { get; private set; } = long.MaxValue;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _period = period;
            Due = clock.After(dueTime);
            return true;
        }

        public void Fire()
        {
            Due = _period > TimeSpan.Zero ? clock.After(_period) : long.MaxValue;
            callback(state);
        }

        public void Dispose()
        {
            Due = long.MaxValue;
            clock.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
