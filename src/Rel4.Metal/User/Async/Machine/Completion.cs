using System.Runtime.CompilerServices;

namespace Rel4.Runtime;

/// <content>What has no meaning here: delegates, and exceptions that the compiler's state machines could hand over, but nothing throws.</content>
internal abstract partial class Completion
{
    internal void OnCompleted(Action continuation, int version) => Misuse.Throw("Only the frames of lean methods await here.");

    internal void OnCompletedFlowed(Action continuation, int version) => OnCompleted(continuation, version);

    internal void CompleteMethod(Exception error) => Misuse.Throw("Nothing throws here.");

    /// <summary>Ends the task: code that can go on without a result asks for the outcome before it takes that.</summary>
    private protected partial void Fail(CompletionOutcome outcome) => Misuse.Throw("What was awaited has no result.");
}

/// <content>Outcomes.</content>
internal abstract partial class Completion<T>
{
    /// <summary>Takes outcome and result, and ends this use.</summary>
    public (CompletionOutcome Outcome, T? Result) TakeBoth(int version)
    {
        CompletionOutcome outcome = TakeOutcome(version);
        T? result = _result;
        _result = default;
        Recycle();
        return (outcome, result);
    }
}

/// <content>Results that are there already.</content>
internal sealed partial class CompletionPool<T>
{
    // In use while it is complete, so that most of them take nothing out of the pool.
    private Completion<T>? _ready;

    /// <summary>Takes one that is complete.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Completion<T> Succeed(T result)
    {
        Completion<T>? done = _ready;
        if (done is null || done.IsCompleted)
            done = RentToSucceed();
        done.BeginCompleted(result);
        return done;
    }

    private Completion<T> RentToSucceed() => _ready is null ? _ready = new Ready(executor) : Rent();

    /// <summary>Is no pool's, and waits in its place for the next use.</summary>
    private sealed class Ready(Executor executor) : Completion<T>(executor);
}
