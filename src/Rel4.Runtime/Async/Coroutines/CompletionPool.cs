using System.Runtime.CompilerServices;

namespace Rel4.Runtime;

/// <summary>The free completions of one executor for one type of result; as many as were ever in use at once.</summary>
/// <typeparam name="T">The result.</typeparam>
internal sealed partial class CompletionPool<T>(Executor executor)
{
    private CoFrame? _free;

    // Never in use when it is not complete, so that what is there already takes nothing out of the pool.
    private Completion<T>? _ready;

    /// <summary>Takes a completion that is pending. It comes back by itself when its result is taken.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Completion<T> Rent()
    {
        if (_free is not { } free)
            return new Pooled(executor, this);
        _free = free.Next;
        return Unsafe.As<Completion<T>>(free);
    }

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

    private sealed class Pooled(Executor executor, CompletionPool<T> pool) : Completion<T>(executor)
    {
        private protected override void Recycle()
        {
            Next = pool._free;
            pool._free = this;
        }
    }
}
