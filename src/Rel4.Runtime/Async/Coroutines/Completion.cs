using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace Rel4.Runtime;

/// <summary>The pooled thing behind a <see cref="CoTask"/>: completed once, awaited once, used again.</summary>
/// <remarks>
/// <para>
/// All members run on the executor's thread, so nothing here is atomic; only the callback of a cancellation may come from elsewhere, and it
/// enters through the executor's injected work. Who awaits it goes on at its coroutine's priority in a later step of the executor, never
/// inside of the call that completes.
/// </para>
/// <para>
/// Invariants: 1. <c>_version</c> grows when the result is taken, so that whoever still holds the old version completes nobody; 2. a
/// completed one is in no timer heap; 3. it goes back to its pool only when its result is taken, after its registration with a token is
/// gone.
/// </para>
/// </remarks>
internal abstract class Completion : CoFrame, IValueTaskSource
{
    private static readonly Action<object?, CancellationToken> s_cancel = static (self, token) => ((Completion)self!).OnCanceled();

    private readonly Executor _executor;
    private CoFrame? _waiter;
    private Exception? _error;
    private int _version;
    private bool _isCompleted;
    private bool _isDelay;
    private CancellationTokenRegistration _registration;
    private CancellationToken _token;
    private TimeSpan _timeout;
    private Func<TimeSpan, string>? _explainTimeout;

    private protected Completion(Executor executor) => _executor = executor;

    /// <summary>Gets what a completer keeps beside its reference; a stale version completes nobody.</summary>
    public int Version => _version;

    /// <summary>Gets whether the result or failure is there.</summary>
    public bool IsCompleted => _isCompleted;

    /// <summary>Place in the timer heap; −1 outside.</summary>
    internal int TimerIndex { get; set; } = -1;

    private protected Executor Executor => _executor;

    /// <summary>Gets whether the result of the use that a version stands for is there.</summary>
    /// <exception cref="InvalidOperationException">The use is over.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsCompletedAt(int version)
    {
        Check(version);
        return _isCompleted;
    }

    /// <summary>Gets whether the use that a version stands for waits for its result.</summary>
    internal bool IsPending(int version) => CanComplete(version);

    /// <summary>Lets a token cancel this use.</summary>
    public void CancelBy(CancellationToken token)
    {
        Debug.Assert(_executor.IsOwner, "A completion belongs to its executor's thread.");
        if (!token.CanBeCanceled)
            return;
        _token = token;
        _registration = token.UnsafeRegister(s_cancel, this);
    }

    /// <summary>Fails this use with a <see cref="TimeoutException"/> when the time is over.</summary>
    /// <param name="timeout">The limit.</param>
    /// <param name="explain">Says what the exception is to say.</param>
    public void FailAfter(TimeSpan timeout, Func<TimeSpan, string> explain)
    {
        _timeout = timeout;
        _explainTimeout = explain;
        Arm(timeout, isDelay: false);
    }

    /// <summary>Completes this use when the time is over.</summary>
    public void SucceedAfter(TimeSpan delay) => Arm(delay, isDelay: true);

    /// <summary>Fails this use.</summary>
    /// <returns>False if the version is stale or the use is completed.</returns>
    public bool TrySetException(int version, Exception error)
    {
        if (!CanComplete(version))
            return false;
        _error = error;
        Complete();
        return true;
    }

    /// <summary>Ends the async method whose frame this is by an exception.</summary>
    public void CompleteMethod(Exception error)
    {
        _error = error;
        CompleteMethod();
    }

    /// <summary>Has a frame resumed when this use is completed.</summary>
    /// <exception cref="InvalidOperationException">The use is over, it is awaited already, or this is another thread than the executor's.</exception>
    internal virtual void Suspend(CoFrame frame, int version)
    {
        _executor.RequireOwner();
        Check(version);
        if (_waiter is not null)
            throw new InvalidOperationException("This task is awaited already; it may be awaited once.");
        BeginAwait(frame);
        _waiter = frame;
        if (_isCompleted)
            Wake();
    }

    /// <summary>Gets whether the result of the use that a version stands for is there; where others than the executor complete it, too.</summary>
    public virtual bool HasEnded(int version) => IsCompletedAt(version);

    /// <summary>Has a delegate called when this use is completed.</summary>
    /// <inheritdoc cref="Suspend" path="/exception"/>
    internal virtual void OnCompleted(Action continuation, int version)
    {
        _executor.RequireOwner();
        Suspend(_executor.Rent(continuation), version);
    }

    /// <summary>Makes a task of .NET's of this use, without its result.</summary>
    public virtual ValueTask ToUntypedValueTask(int version) => new(this, CheckedToken(version));

    /// <summary>Fails this use because its token was cancelled.</summary>
    internal void TryCancel(int version)
    {
        if (CanComplete(version))
            TrySetException(version, new OperationCanceledException(_token));
    }

    /// <summary>Is called when the time is over; the heap has dropped it.</summary>
    internal void OnDue()
    {
        if (_isDelay)
            Complete();
        else
            TrySetException(_version, new TimeoutException(_explainTimeout!(_timeout)));
    }

    internal override void MoveNext() => throw new UnreachableException("Only the frame of a method is resumed.");

    public ValueTaskSourceStatus GetStatus(short token)
    {
        if (!IsCompletedAt(VersionOf(token)))
            return ValueTaskSourceStatus.Pending;
        if (_error is null)
            return ValueTaskSourceStatus.Succeeded;
        return _error is OperationCanceledException ? ValueTaskSourceStatus.Canceled : ValueTaskSourceStatus.Faulted;
    }

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        _executor.RequireOwner();
        if ((flags & ValueTaskSourceOnCompletedFlags.FlowExecutionContext) != 0)
            Suspend(_executor.Rent(FlowedContinuation.Of(() => continuation(state))), VersionOf(token));
        else
            Suspend(_executor.Rent(continuation, state), VersionOf(token));
    }

    void IValueTaskSource.GetResult(short token) => TakeResult(VersionOf(token));

    private protected abstract void TakeResult(int version);

    private protected abstract void Recycle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private protected bool CanComplete(int version)
    {
        Debug.Assert(_executor.IsOwner, "A completion belongs to its executor's thread.");
        return version == _version && !_isCompleted;
    }

    private protected void Complete()
    {
        _isCompleted = true;
        if (TimerIndex >= 0)
            _executor.Disarm(this);
        if (_waiter is not null)
            Wake();
    }

    private protected void CompleteMethod()
    {
        _isCompleted = true;
        if (_waiter is not { } waiter)
            return;
        // Of another coroutine, it waits for its turn.
        if (waiter.Owner != _executor.CurrentOwner)
        {
            _executor.MakeReady(waiter);
            return;
        }

        waiter.Owner!.Outstanding--;
        waiter.MoveNext();
    }

    private protected void BeginAwait(CoFrame frame) => frame.Owner = _executor.BeginAwait();

    /// <summary>Ends this use and readies the object for the next.</summary>
    /// <returns>The failure, or null.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private protected Exception? TakeOutcome(int version)
    {
        _executor.RequireOwner();
        Check(version);
        if (!_isCompleted)
            ThrowPending();
        if (_token.CanBeCanceled)
            EndRegistration();
        Exception? error = _error;
        _error = null;
        _waiter = null;
        _isCompleted = false;
        _version++;
        return error;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private protected void Check(int version)
    {
        if (version != _version)
            ThrowStale();
    }

    private protected short CheckedToken(int version)
    {
        Check(version);
        return unchecked((short)version);
    }

    /// <summary>Finds the version that a token of .NET's stands for; that of an earlier use is refused.</summary>
    private protected int VersionOf(short token)
    {
        if (token != unchecked((short)_version))
            ThrowStale();
        return _version;
    }

    private static void ThrowStale() => throw new InvalidOperationException("This task was awaited before; it may be awaited once.");

    private static void ThrowPending() => throw new InvalidOperationException(
        "This operation has not ended, so it has no result yet: Result and GetAwaiter().GetResult() of a ValueTask don't wait for it. Await it.");

    private void Wake() => _executor.MakeReady(_waiter!);

    private void EndRegistration()
    {
        // Waits for a callback that runs on another thread just now: it posts the version of this use and is gone.
        _registration.Dispose();
        _registration = default;
        _token = default;
    }

    private void Arm(TimeSpan time, bool isDelay)
    {
        if (time == Timeout.InfiniteTimeSpan)
            return;
        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero);
        _isDelay = isDelay;
        if (!_isCompleted)
            _executor.Arm(this, time);
    }

    private void OnCanceled()
    {
        if (_executor.IsOwner)
            TryCancel(_version);
        else
            // The version can't change here: the next one waits for this callback, in EndRegistration.
            _executor.InjectCancel(this, _version);
    }
}
