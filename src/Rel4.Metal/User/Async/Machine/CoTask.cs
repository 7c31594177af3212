namespace Rel4.Runtime;

/// <content>Outcomes: to await what has failed ends the task, unless the code asks how it ended.</content>
public readonly partial struct CoTask
{
    /// <summary>Gets what awaits this, and has the outcome.</summary>
    internal OutcomeAwaiter WithOutcome() => new(_source, _version);

    /// <summary>Awaits a <see cref="CoTask"/> whatever comes of it.</summary>
    internal readonly struct OutcomeAwaiter(Completion<Nothing>? source, int version) : ICoAwaiter
    {
        /// <summary>Gets whether there is no need to wait.</summary>
        public bool IsCompleted => source is null || source.IsCompletedAt(version);

        /// <summary>Gets what the compiler's <c>await</c> uses.</summary>
        public OutcomeAwaiter GetAwaiter() => this;

        /// <summary>Takes the outcome.</summary>
        public CompletionOutcome GetResult() => source is null ? CompletionOutcome.Succeeded : source.TakeBoth(version).Outcome;

        /// <inheritdoc/>
        public void Suspend(CoFrame frame) => source!.Suspend(frame, version);

        /// <inheritdoc/>
        public void OnCompleted(Action continuation) => source!.OnCompleted(continuation, version);

        /// <inheritdoc/>
        public void UnsafeOnCompleted(Action continuation) => source!.OnCompleted(continuation, version);
    }
}
