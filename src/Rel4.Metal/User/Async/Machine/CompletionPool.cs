using System.Runtime.CompilerServices;

namespace Rel4.Runtime;

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
