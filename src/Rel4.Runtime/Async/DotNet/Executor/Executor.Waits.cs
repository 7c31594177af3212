using System.Globalization;

namespace Rel4.Runtime;

/// <content>Waits with tokens, and the time as .NET's clocks tell it.</content>
public sealed partial class Executor
{
    // What every primitive of waiting can take; the loop goes round once more after it.
    private static readonly TimeSpan s_longestSleep = TimeSpan.FromDays(1);

    private partial long Now => _options.TimeProvider.GetTimestamp();

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
        IsLimit(delay);
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
        Coroutine coroutine = RequireSuspendable();
        IsLimit(timeout);
        if (cancellationToken.IsCancellationRequested)
            return Canceled(cancellationToken);
        Completion<Nothing> wait = BeginSuspension(coroutine);
        wait.FailAfter(timeout, label: 0, static (_, timeout) => string.Create(
            CultureInfo.InvariantCulture, $"Nobody woke the suspended coroutine within {timeout.TotalSeconds:0.######} s."));
        wait.CancelBy(cancellationToken);
        return new CoTask(wait);
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

    private CoTask Canceled(CancellationToken cancellationToken) => new(_waits.Fail(new OperationCanceledException(cancellationToken)));

    /// <summary>Tells whether a time ever ends.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is below 0.</exception>
    internal static bool IsLimit(TimeSpan time)
    {
        if (time == Timeout.InfiniteTimeSpan)
            return false;
        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero);
        return true;
    }

    /// <summary>Gets when a time is over that begins now.</summary>
    internal long DueAfter(TimeSpan time)
    {
        TimeProvider clock = _options.TimeProvider;
        // Rounded up, so that no wait ends early; what no clock will see is never due.
        Int128 ticks = ((Int128)time.Ticks * clock.TimestampFrequency + TimeSpan.TicksPerSecond - 1) / TimeSpan.TicksPerSecond;
        return (long)Int128.Min(clock.GetTimestamp() + ticks, long.MaxValue);
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
