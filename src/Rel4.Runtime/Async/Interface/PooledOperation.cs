using System.Collections.Concurrent;

namespace Rel4.Runtime;

/// <summary>A <see cref="RemoteOperation{T}"/> that the process pools with others of its kind.</summary>
internal abstract class PooledOperation<TSelf, T> : RemoteOperation<T>
    where TSelf : PooledOperation<TSelf, T>, new()
{
    private static readonly ConcurrentQueue<TSelf> s_free = new();

    /// <summary>Takes a free one.</summary>
    public static TSelf Rent() => s_free.TryDequeue(out TSelf? operation) ? operation : new TSelf();

    private protected sealed override void Recycle() => s_free.Enqueue((TSelf)this);
}
