using System.Runtime.CompilerServices;

namespace Rel4.Runtime;

/// <summary>A <see cref="Completion"/> with a result.</summary>
/// <typeparam name="T">The result.</typeparam>
internal abstract partial class Completion<T> : Completion
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
        Complete(CompletionOutcome.Succeeded);
        return true;
    }

    /// <summary>Begins a use that is complete: nobody waits yet, and there is no time limit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void BeginCompleted(T result)
    {
        _result = result;
        BeginSucceeded();
    }

    /// <summary>Ends the async method whose frame this is. Who awaits it goes on at once if it is of the same coroutine.</summary>
    public void CompleteMethod(T result)
    {
        _result = result;
        CompleteMethod(CompletionOutcome.Succeeded);
    }

    /// <summary>Takes the result, and ends this use.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public virtual T GetResult(int version)
    {
        CompletionOutcome outcome = TakeOutcome(version);
        T? result = _result;
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
            _result = default;
        if (outcome != CompletionOutcome.Succeeded)
            Fail(outcome);
        Recycle();
        return result!;
    }

    private protected sealed override void TakeResult(int version) => GetResult(version);
}

/// <summary>Is the result of a wait that has none.</summary>
internal readonly struct Nothing;
