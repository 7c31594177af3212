using System.Threading.Tasks.Sources;

namespace Rel4.Runtime;

/// <summary>Is the pooled thing behind a task that code on any other thread awaits, and the executor's thread completes.</summary>
/// <remarks>
/// <para>
/// The continuation runs on the thread pool, or in the synchronization context of its await; never on the thread that completes. Completing
/// and cancelling race, and the first wins.
/// </para>
/// <para>
/// Invariants: 1. <c>_use</c> is twice the number of this use, plus one once it is claimed: a completer claims by exchanging the even
/// number that it was given for the odd one, so a stale one claims nothing; 2. only the claimer touches the core until the result is taken;
/// 3. it goes back to its pool when its result is taken, after its registration with a token is gone.
/// </para>
/// </remarks>
/// <typeparam name="T">The result.</typeparam>
internal sealed class CrossThreadCompletion<T> : IValueTaskSource<T>, IValueTaskSource
{
    private static readonly Action<object?, CancellationToken> s_cancel =
        static (self, token) => ((CrossThreadCompletion<T>)self!).OnCanceled(token);

    private readonly CrossThreadCompletionPool<T> _pool;
    private ManualResetValueTaskSourceCore<T> _core = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _registration;
    private long _use;

    internal CrossThreadCompletion(CrossThreadCompletionPool<T> pool) => _pool = pool;

    /// <summary>Gets what a completer keeps beside its reference. To be read by the one who rented it, before anybody can complete
    /// it.</summary>
    public long Use => Volatile.Read(ref _use);

    /// <summary>Gets the task of this use; to be awaited once.</summary>
    public ValueTask<T> Task => new(this, _core.Version);

    /// <summary>Gets the task of this use, without its result; to be awaited once.</summary>
    public ValueTask TaskWithoutResult => new(this, _core.Version);

    /// <summary>Lets a token cancel this use. To be called by the one who rented it, before the task is awaited.</summary>
    public void CancelBy(CancellationToken token) => _registration = token.UnsafeRegister(s_cancel, this);

    /// <summary>Completes this use. Any thread.</summary>
    /// <returns>False if the use is over or completed.</returns>
    public bool TrySetResult(long use, T result)
    {
        if (!TryClaim(use))
            return false;
        _core.SetResult(result);
        return true;
    }

    /// <summary>Fails this use. Any thread.</summary>
    /// <inheritdoc cref="TrySetResult"/>
    public bool TrySetException(long use, Exception error)
    {
        if (!TryClaim(use))
            return false;
        _core.SetException(error);
        return true;
    }

    public T GetResult(short token)
    {
        if (_core.GetStatus(token) == ValueTaskSourceStatus.Pending)
            throw new InvalidOperationException("This task has no result yet; await it.");
        // Waits for a callback that runs on another thread just now: after this nobody cancels, so the next use is safe from it.
        _registration.Dispose();
        _registration = default;
        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            _core.Reset();
            // Pairs with TryClaim: orders the reset before any claim of the next use.
            Volatile.Write(ref _use, _use + 1);
            _pool.Return(this);
        }
    }

    void IValueTaskSource.GetResult(short token) => GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private bool TryClaim(long use) => Interlocked.CompareExchange(ref _use, use + 1, use) == use;

    private void OnCanceled(CancellationToken token)
    {
        // The use that registered: a later one can't begin before this callback has returned.
        long use = Use;
        if (use % 2 == 0)
            TrySetException(use, new OperationCanceledException(token));
    }
}
