namespace Rel4.Runtime;

/// <content>Outcomes: to await what has failed ends the task, unless the code asks how it ended.</content>
public readonly partial struct CoTask<T>
{
    /// <summary>Gets what awaits this, and has the outcome beside the result.</summary>
    internal OutcomeAwaiter WithOutcome() => new(Source, _version);

    /// <summary>Awaits a <see cref="CoTask{T}"/> whatever comes of it.</summary>
    internal readonly struct OutcomeAwaiter(Completion<T> source, int version) : ICoAwaiter
    {
        /// <summary>Gets whether there is no need to wait.</summary>
        public bool IsCompleted => source.IsCompletedAt(version);

        /// <summary>Gets what the compiler's <c>await</c> uses.</summary>
        public OutcomeAwaiter GetAwaiter() => this;

        /// <summary>Takes outcome and result.</summary>
        public (CompletionOutcome Outcome, T? Result) GetResult() => source.TakeBoth(version);

        /// <inheritdoc/>
        public void Suspend(CoFrame frame) => source.Suspend(frame, version);

        /// <inheritdoc/>
        public void OnCompleted(Action continuation) => source.OnCompleted(continuation, version);

        /// <inheritdoc/>
        public void UnsafeOnCompleted(Action continuation) => source.OnCompleted(continuation, version);
    }
}
