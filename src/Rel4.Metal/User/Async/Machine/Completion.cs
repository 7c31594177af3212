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
