using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Threading.Tasks.Sources;

namespace Rel4.Runtime;

/// <summary>Is a <see cref="Completion"/> with a result.</summary>
/// <typeparam name="T">The result.</typeparam>
internal sealed class Completion<T> : Completion, IValueTaskSource<T>
{
    private readonly CompletionPool<T> _pool;
    private T? _result;
    private ValueTask<T> _task;

    internal Completion(Executor executor, CompletionPool<T> pool)
        : base(executor)
    {
        _pool = pool;
        _task = new ValueTask<T>(this, Token);
    }

    /// <summary>The next free one of the pool.</summary>
    internal Completion<T>? NextFree { get; set; }

    /// <summary>Gets the task of this use; to be awaited once.</summary>
    /// <remarks>
    /// Made when the last use ended. One that is made here, field by field, and copied at once makes processors wait until all their stores are done
    /// (no store is forwarded to a wider load), those to a ring's line that the peer's core has included.
    /// </remarks>
    public ValueTask<T> Task => _task;

    /// <summary>Completes this use.</summary>
    /// <returns>False if the version is stale or the use is completed.</returns>
    public bool TrySetResult(int version, T result)
    {
        if (!CanComplete(version))
            return false;
        _result = result;
        Complete();
        return true;
    }

    public T GetResult(short token)
    {
        Exception? error = TakeOutcome(token);
        T? result = _result;
        Recycle();
        if (error is not null)
            ExceptionDispatchInfo.Throw(error);
        return result!;
    }

    private protected override void Recycle()
    {
        Debug.Assert(Executor.IsOwner, "A completion belongs to its executor's thread.");
        _result = default;
        _task = new ValueTask<T>(this, Token);
        _pool.Return(this);
    }
}
