using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Threading.Tasks.Sources;

namespace Rel4.Runtime;

/// <summary>A <see cref="Completion"/> with a result.</summary>
/// <typeparam name="T">The result.</typeparam>
internal abstract class Completion<T> : Completion, IValueTaskSource<T>
{
    private T? _result;

    private protected Completion(Executor executor)
        : base(executor)
    {
    }

    /// <summary>Gets the task of this use; to be awaited once.</summary>
    public CoTask<T> Task => new(this);

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

    /// <summary>Ends the async method whose frame this is. Who awaits it goes on at once if it is of the same coroutine.</summary>
    public void CompleteMethod(T result)
    {
        _result = result;
        CompleteMethod();
    }

    /// <summary>Takes the result, and ends this use.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public virtual T GetResult(int version)
    {
        Exception? error = TakeOutcome(version);
        T? result = _result;
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
            _result = default;
        Recycle();
        if (error is not null)
            ExceptionDispatchInfo.Throw(error);
        return result!;
    }

    /// <summary>Makes a task of .NET's of this use.</summary>
    public virtual ValueTask<T> ToValueTask(int version) => new(this, CheckedToken(version));

    T IValueTaskSource<T>.GetResult(short token) => GetResult(VersionOf(token));

    private protected sealed override void TakeResult(int version) => GetResult(version);
}
