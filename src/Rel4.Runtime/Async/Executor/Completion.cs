using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Threading.Tasks.Sources;

namespace Rel4.Runtime;

/// <summary>Is the pooled thing behind a <see cref="ValueTask"/> that a coroutine awaits: completed once, awaited once, used
/// again.</summary>
/// <remarks>
/// <para>
/// All members run on the executor's thread, so nothing here is atomic; only the callback of a cancellation may come from elsewhere, and it
/// enters through the executor's injected work. The continuation runs at its coroutine's priority in a later step of the executor, never
/// inside of the call that completes.
/// </para>
/// <para>
/// Invariants: 1. <c>_version</c> grows when the result is taken, so that whoever still holds the old version completes nobody; 2. a
/// completed one is in no timer heap; 3. it goes back to its pool only when its result is taken, after its registration with a token is
/// gone.
/// </para>
/// </remarks>
internal abstract class Completion : IValueTaskSource
{
    private static readonly Action<object?, CancellationToken> s_cancel = static (self, token) => ((Completion)self!).OnCanceled();

    private readonly Executor _executor;
    private Action<object?>? _continuation;
    private object? _continuationState;
    private Coroutine? _awaiter;
    private Exception? _error;
    private CancellationTokenRegistration _registration;
    private CancellationToken _token;
    private TimeSpan _timeout;
    private Func<TimeSpan, string>? _explainTimeout;
    private int _version;
    private bool _isCompleted;
    private bool _isDelay;

    private protected Completion(Executor executor) => _executor = executor;

    /// <summary>Gets what a completer keeps beside its reference; a stale version completes nobody.</summary>
    public int Version => _version;

    /// <summary>Gets whether the result or failure is there.</summary>
    public bool IsCompleted => _isCompleted;

    /// <summary>Place in the timer heap; −1 outside.</summary>
    internal int TimerIndex { get; set; } = -1;

    /// <summary>Gets the task of this use, without its result; to be awaited once.</summary>
    public ValueTask TaskWithoutResult => new(this, Token);

    /// <summary>Gets what a task of this use is made with; that of an earlier use is refused.</summary>
    internal short Token => unchecked((short)_version);

    private protected Executor Executor => _executor;

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

    public ValueTaskSourceStatus GetStatus(short token)
    {
        Check(token);
        if (!_isCompleted)
            return ValueTaskSourceStatus.Pending;
        if (_error is null)
            return ValueTaskSourceStatus.Succeeded;
        return _error is OperationCanceledException ? ValueTaskSourceStatus.Canceled : ValueTaskSourceStatus.Faulted;
    }

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        _executor.RequireOwner();
        Check(token);
        if (_continuation is not null)
            throw new InvalidOperationException("This task is awaited already; it may be awaited once.");
        if ((flags & ValueTaskSourceOnCompletedFlags.FlowExecutionContext) != 0 && ExecutionContext.Capture() is { } context)
        {
            state = new FlowedContinuation(context, continuation, state);
            continuation = FlowedContinuation.Run;
        }

        _continuation = continuation;
        _continuationState = state;
        _awaiter = _executor.BeginAwait();
        if (_isCompleted)
            MakeReady();
    }

    void IValueTaskSource.GetResult(short token)
    {
        Exception? error = TakeOutcome(token);
        Recycle();
        if (error is not null)
            ExceptionDispatchInfo.Throw(error);
    }

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
        if (_continuation is not null)
            MakeReady();
    }

    /// <summary>Ends this use and readies the object for the next.</summary>
    /// <returns>The failure, or null.</returns>
    private protected Exception? TakeOutcome(short token)
    {
        _executor.RequireOwner();
        Check(token);
        if (!_isCompleted)
            throw new InvalidOperationException("This operation has not ended, so it has no result yet: Result and GetAwaiter().GetResult() of a ValueTask don't wait for it. Await it.");
        if (_token.CanBeCanceled)
        {
            // Waits for a callback that runs on another thread just now: it posts the version of this use and is gone.
            _registration.Dispose();
            _registration = default;
            _token = default;
        }

        Exception? error = _error;
        _error = null;
        _continuation = null;
        _continuationState = null;
        _awaiter = null;
        _isCompleted = false;
        _version++;
        return error;
    }

    private void MakeReady() => _executor.MakeReady(_awaiter!, _continuation!, _continuationState);

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
            // The version can't change here: the next one waits for this callback, in TakeOutcome.
            _executor.InjectCancel(this, _version);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Check(short token)
    {
        if (token != Token)
            ThrowStale();
    }

    private static void ThrowStale() => throw new InvalidOperationException("This task was awaited before; it may be awaited once.");
}
