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

    internal Completion(Executor executor, CompletionPool<T> pool)
        : base(executor) => _pool = pool;

    /// <summary>The next free one of the pool.</summary>
    internal Completion<T>? NextFree { get; set; }

    /// <summary>Gets the task of this use; to be awaited once.</summary>
    public ValueTask<T> Task => new(this, Token);

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
        _pool.Return(this);
    }
}
