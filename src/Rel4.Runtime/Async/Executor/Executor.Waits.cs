using System.Globalization;

namespace Rel4.Runtime;

public sealed partial class Executor
{
    private readonly CompletionPool<Nothing> _waits;
    private readonly YieldSource _yielding;
    private TimerHeap _timers = new();

    /// <summary>Lets every other ready coroutine of this priority, and of those before it, run first.</summary>
    public CoTask Yield() => new(_yielding);

    /// <summary>Waits for a time.</summary>
    /// <remarks>Never ends early; how late depends on what else is ready.</remarks>
    /// <param name="delay">How long; <see cref="Timeout.InfiniteTimeSpan"/> until cancelled.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ArgumentOutOfRangeException">The time is below 0.</exception>
    /// <exception cref="InvalidOperationException">This is another thread than the executor's.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public CoTask Delay(TimeSpan delay, CancellationToken cancellationToken = default)
    {
        RequireOwner();
        if (cancellationToken.IsCancellationRequested)
            return Canceled(cancellationToken);
        if (delay == TimeSpan.Zero)
            return CoTask.CompletedTask;
        if (delay != Timeout.InfiniteTimeSpan)
            ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        Completion<Nothing> wait = _waits.Rent();
        wait.SucceedAfter(delay);
        wait.CancelBy(cancellationToken);
        return new CoTask(wait);
    }

    /// <summary>Waits until somebody wakes the running coroutine by its id.</summary>
    /// <remarks>
    /// Nothing else runs between a look at a condition and this call, so no wake can be lost in between; one that comes while the coroutine
    /// is not suspended is refused, not remembered.
    /// </remarks>
    /// <exception cref="InvalidOperationException">
    /// This is no coroutine, another method of the same coroutine is suspended, or this is another thread than the executor's.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public CoTask Suspend(CancellationToken cancellationToken = default) => Suspend(Timeout.InfiniteTimeSpan, cancellationToken);

    /// <summary>Waits until somebody wakes the running coroutine by its id, for a limited time.</summary>
    /// <inheritdoc cref="Suspend(CancellationToken)"/>
    /// <param name="timeout">The limit; <see cref="Timeout.InfiniteTimeSpan"/> for none.</param>
    /// <exception cref="TimeoutException">The time is over.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The limit is below 0.</exception>
    public CoTask Suspend(TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        RequireOwner();
        Coroutine coroutine = _current;
        if (coroutine.Slot < 0 || coroutine.HasEnded)
            throw new InvalidOperationException("Only a coroutine can be suspended; this code runs outside of any.");
        if (IsSuspended(coroutine))
            throw new InvalidOperationException("Another method of this coroutine is suspended already; a wake could not tell them apart.");
        if (timeout != Timeout.InfiniteTimeSpan)
            ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.Zero);
        if (cancellationToken.IsCancellationRequested)
            return Canceled(cancellationToken);
        Completion<Nothing> wait = _waits.Rent();
        coroutine.Suspension = wait;
        coroutine.SuspensionVersion = wait.Version;
        wait.FailAfter(timeout, static timeout => string.Create(
            CultureInfo.InvariantCulture, $"Nobody woke the suspended coroutine within {timeout.TotalSeconds:0.######} s."));
        wait.CancelBy(cancellationToken);
        return new CoTask(wait);
    }

    /// <summary>Wakes a suspended coroutine.</summary>
    /// <returns>False if the id is stale, or the coroutine is not suspended: then nobody was woken.</returns>
    /// <exception cref="InvalidOperationException">This is another thread than the executor's.</exception>
    public bool Wake(CoroutineId id)
    {
        RequireOwner();
        return Find(id) is { Suspension: { } wait } coroutine && wait.TrySetResult(coroutine.SuspensionVersion, default);
    }

    /// <summary>Takes a completion that a token cancels.</summary>
    internal Completion<Nothing> RentWait(CancellationToken cancellationToken)
    {
        Completion<Nothing> wait = _waits.Rent();
        if (cancellationToken.IsCancellationRequested)
            wait.TrySetException(wait.Version, new OperationCanceledException(cancellationToken));
        else
            wait.CancelBy(cancellationToken);
        return wait;
    }

    /// <summary>Arms the timer of a completion.</summary>
    internal void Arm(Completion completion, TimeSpan time)
    {
        if (completion.TimerIndex >= 0)
            _timers.Remove(completion);
        _timers.Add(completion, DueAfter(time));
    }

    /// <summary>Disarms the timer of a completion that has one.</summary>
    internal void Disarm(Completion completion) => _timers.Remove(completion);

    private CoTask Canceled(CancellationToken cancellationToken) => new(_waits.Fail(new OperationCanceledException(cancellationToken)));

    private static bool IsSuspended(Coroutine coroutine) =>
        coroutine.Suspension is { IsCompleted: false } wait && wait.Version == coroutine.SuspensionVersion;

    private long DueAfter(TimeSpan time)
    {
        TimeProvider clock = _options.TimeProvider;
        // Rounded up, so that no wait ends early; what no clock will see is never due.
        Int128 ticks = ((Int128)time.Ticks * clock.TimestampFrequency + TimeSpan.TicksPerSecond - 1) / TimeSpan.TicksPerSecond;
        return (long)Int128.Min(clock.GetTimestamp() + ticks, long.MaxValue);
    }

    /// <summary>Completes what is due.</summary>
    /// <returns>Whether anything was.</returns>
    private bool RunTimers()
    {
        if (_timers.Count == 0)
            return false;
        long now = _options.TimeProvider.GetTimestamp();
        bool found = false;
        for (; _timers.Count > 0 && _timers.FirstDue <= now; found = true)
            _timers.RemoveFirst().OnDue();
        return found;
    }

    private TimeSpan TimeUntilFirstTimer()
    {
        if (_timers.Count == 0)
            return Timeout.InfiniteTimeSpan;
        TimeProvider clock = _options.TimeProvider;
        Int128 left = Int128.Max(0, (Int128)_timers.FirstDue - clock.GetTimestamp());
        Int128 ticks = (left * TimeSpan.TicksPerSecond + clock.TimestampFrequency - 1) / clock.TimestampFrequency;
        return TimeSpan.FromTicks((long)Int128.Min(ticks, s_longestSleep.Ticks));
    }
}
