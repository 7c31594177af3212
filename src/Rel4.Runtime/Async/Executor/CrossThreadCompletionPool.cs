using System.Collections.Concurrent;

namespace Rel4.Runtime;

/// <summary>Is free completions for callers on other threads; any thread takes and returns.</summary>
/// <typeparam name="T">The result.</typeparam>
internal sealed class CrossThreadCompletionPool<T>
{
    /// <summary>Gets the pool of the process.</summary>
    public static CrossThreadCompletionPool<T> Shared { get; } = new();

    // A queue and not a stack: in steady state its segments are used again, and nothing is allocated.
    private readonly ConcurrentQueue<CrossThreadCompletion<T>> _free = new();

    /// <summary>Takes a completion that is pending. It comes back by itself when its result is taken.</summary>
    public CrossThreadCompletion<T> Rent() =>
        _free.TryDequeue(out CrossThreadCompletion<T>? completion) ? completion : new CrossThreadCompletion<T>(this);

    internal void Return(CrossThreadCompletion<T> completion) => _free.Enqueue(completion);
}
