using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Threading.Tasks.Sources;

namespace Rel4.Runtime;

/// <content>
/// Exceptions, tokens, and the tasks of .NET. Only the callback of a cancellation may come from another thread than the executor's; it enters through the
/// executor's injected work.
/// </content>
internal abstract partial class Completion : IValueTaskSource
{
    private static readonly Action<object?, CancellationToken> s_cancel = static (self, token) => ((Completion)self!).OnCanceled();

    private Exception? _error;
    private CancellationTokenRegistration _registration;
    private CancellationToken _token;
    private TimeSpan _timeout;
    private ushort _limitedLabel;
    private Func<ushort, TimeSpan, string>? _explainTimeout;

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
    /// <param name="label">The message's label.</param>
    /// <param name="explain">Says what the exception is to say.</param>
    public void FailAfter(TimeSpan timeout, ushort label, Func<ushort, TimeSpan, string> explain)
    {
        _limitedLabel = label;
        _timeout = timeout;
        _explainTimeout = explain;
        if (Runtime.Executor.IsLimit(timeout))
            FailAt(_executor.DueAfter(timeout));
    }

    /// <summary>Completes this use when the time is over.</summary>
    public void SucceedAfter(TimeSpan delay)
    {
        if (Runtime.Executor.IsLimit(delay))
            SucceedAt(_executor.DueAfter(delay));
    }

    /// <summary>Fails this use.</summary>
    /// <returns>False if the version is stale or the use is completed.</returns>
    public bool TrySetException(int version, Exception error)
    {
        if (!CanComplete(version))
            return false;
        Complete(Keep(error));
        return true;
    }

    /// <summary>Ends the async method whose frame this is by an exception.</summary>
    public void CompleteMethod(Exception error) => CompleteMethod(Keep(error));

    /// <summary>Has a delegate called when this use is completed.</summary>
    /// <exception cref="InvalidOperationException">The use is over, it is awaited already, or this is another thread than the executor's.</exception>
    internal virtual void OnCompleted(Action continuation, int version)
    {
        _executor.RequireOwner();
        Suspend(_executor.Rent(continuation), version);
    }

    /// <summary>Has a delegate called, under the caller's execution context, when this use is completed.</summary>
    internal void OnCompletedFlowed(Action continuation, int version) => OnCompleted(Flowed(continuation), version);

    /// <summary>Makes a task of .NET's of this use, without its result.</summary>
    public virtual ValueTask ToUntypedValueTask(int version) => new(this, CheckedToken(version));

    /// <summary>Fails this use because its token was cancelled.</summary>
    internal void TryCancel(int version)
    {
        if (CanComplete(version))
            TrySetException(version, new OperationCanceledException(_token));
    }

    public ValueTaskSourceStatus GetStatus(short token)
    {
        _ = VersionOf(token);
        return _outcome switch
        {
            CompletionOutcome.Pending => ValueTaskSourceStatus.Pending,
            CompletionOutcome.Succeeded => ValueTaskSourceStatus.Succeeded,
            CompletionOutcome.Canceled => ValueTaskSourceStatus.Canceled,
            _ => ValueTaskSourceStatus.Faulted,
        };
    }

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        _executor.RequireOwner();
        if ((flags & ValueTaskSourceOnCompletedFlags.FlowExecutionContext) != 0)
            Suspend(_executor.Rent(Flowed(Bound(continuation, state))), VersionOf(token));
        else
            Suspend(_executor.Rent(continuation, state), VersionOf(token));
    }

    // By itself, as a method with a closure makes it whether it comes to that or not.
    private static Action Bound(Action<object?> continuation, object? state) => () => continuation(state);

    void IValueTaskSource.GetResult(short token) => TakeResult(VersionOf(token));

    private protected partial void Fail(CompletionOutcome outcome)
    {
        Exception error = _error ?? new TimeoutException(_explainTimeout!(_limitedLabel, _timeout));
        _error = null;
        Recycle();
        ExceptionDispatchInfo.Throw(error);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    partial void EndUse()
    {
        if (_token.CanBeCanceled)
            EndRegistration();
    }

    /// <summary>Sets the outcome of one that is awaited on other threads, which has a result if there is no error. Wakes nobody.</summary>
    // pairs with IsCompletedAt: orders the error before the sign that it is there.
    private protected void SetOutcome(Exception? error) => _outcome = error is null ? CompletionOutcome.Succeeded : Keep(error);

    /// <summary>Ends a use on any thread: of several that try, one does.</summary>
    /// <returns>The failure, or null.</returns>
    private protected Exception? TakeOutcomeAnywhere(int version)
    {
        if (Interlocked.CompareExchange(ref _version, version + 1, version) != version)
            ThrowStale();
        Exception? error = _error;
        _error = null;
        _outcome = CompletionOutcome.Pending;
        return error;
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

    /// <summary>Binds a continuation to the execution context of the caller. The compiler's <c>await</c> restores its own.</summary>
    private static Action Flowed(Action continuation) =>
        ExecutionContext.Capture() is { } context
            ? () => ExecutionContext.Run(context, static action => ((Action)action!)(), continuation)
            : continuation;

    private CompletionOutcome Keep(Exception error)
    {
        _error = error;
        return error is OperationCanceledException ? CompletionOutcome.Canceled : CompletionOutcome.Failed;
    }

    private void EndRegistration()
    {
        // Waits for a callback that runs on another thread just now: it posts the version of this use and is gone.
        _registration.Dispose();
        _registration = default;
        _token = default;
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

/// <content>The tasks of .NET.</content>
internal abstract partial class Completion<T> : IValueTaskSource<T>
{
    /// <summary>Makes a task of .NET's of this use.</summary>
    public virtual ValueTask<T> ToValueTask(int version) => new(this, CheckedToken(version));

    T IValueTaskSource<T>.GetResult(short token) => GetResult(VersionOf(token));
}

/// <content>Exceptions, and results that are there already: whoever forgets one leaves it to the garbage collector, so nothing here refers to it.</content>
internal sealed partial class CompletionPool<T>
{
    /// <summary>Takes one that is complete.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Completion<T> Succeed(T result)
    {
        Completion<T> done = Rent();
        done.BeginCompleted(result);
        return done;
    }

    /// <summary>Takes one that has failed.</summary>
    public Completion<T> Fail(Exception error)
    {
        Completion<T> failed = Rent();
        failed.TrySetException(failed.Version, error);
        return failed;
    }
}
