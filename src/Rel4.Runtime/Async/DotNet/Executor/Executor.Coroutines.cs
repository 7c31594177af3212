namespace Rel4.Runtime;

/// <content>Coroutines of .NET's delegates and tasks, and their failures.</content>
public sealed partial class Executor
{
    /// <summary>Makes a coroutine that is ready to run an async method.</summary>
    /// <remarks>It first runs after the caller has suspended.</remarks>
    /// <param name="body">The method.</param>
    /// <param name="priority">0 to 7, 0 first.</param>
    /// <returns>Its id, for <see cref="Join"/> and <see cref="Wake"/>.</returns>
    /// <exception cref="ArgumentNullException">There is no method.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such priority.</exception>
    /// <exception cref="InvalidOperationException">This is another thread than the executor's.</exception>
    public CoroutineId Spawn(Func<ValueTask> body, int priority = DefaultPriority)
    {
        ArgumentNullException.ThrowIfNull(body);
        return Spawn(static body => body(), body, priority);
    }

    /// <summary>Makes a coroutine that is ready to run an async method with an argument, so that the method needs no closure.</summary>
    /// <inheritdoc cref="Spawn(Func{ValueTask}, int)"/>
    /// <param name="state">The argument.</param>
    public CoroutineId Spawn<TState>(Func<TState, ValueTask> body, TState state, int priority = DefaultPriority)
    {
        RequireOwner();
        ArgumentNullException.ThrowIfNull(body);
        CheckPriority(priority);
        return Begin(CoroutineBody<TState>.Rent(body, state), priority);
    }

    /// <summary>Waits until a coroutine has ended, and takes its failure if it failed.</summary>
    /// <remarks>
    /// Without a joiner at its end, a failure goes to <see cref="CoroutineFailed"/>, and a later Join completes at once. A parent that
    /// joins before it awaits anything else misses nothing.
    /// </remarks>
    /// <exception cref="OperationCanceledException">The token was cancelled, or the coroutine ended by a cancellation.</exception>
    /// <exception cref="InvalidOperationException">This is another thread than the executor's.</exception>
    public CoTask Join(CoroutineId id, CancellationToken cancellationToken = default)
    {
        RequireOwner();
        if (cancellationToken.IsCancellationRequested)
            return Canceled(cancellationToken);
        if (TryJoin(id) is not { } end)
            return CoTask.CompletedTask;
        end.CancelBy(cancellationToken);
        return new CoTask(end);
    }

    /// <summary>Ends a coroutine by an exception: makes its id stale, tells joiners or else <see cref="CoroutineFailed"/>, and frees its slot.</summary>
    internal void Finish(Coroutine coroutine, Exception error)
    {
        CoroutineId id = coroutine.Id;
        bool isTaken = error is OperationCanceledException;
        for (Joiner? joiner = Retire(coroutine); joiner is not null; joiner = joiner.Next)
            isTaken |= joiner.Completion.TrySetException(joiner.Version, error);
        Failed?.Invoke(id);
        if (!isTaken)
            Report(id, error);
        ReturnCoroutine(coroutine);
    }
}
