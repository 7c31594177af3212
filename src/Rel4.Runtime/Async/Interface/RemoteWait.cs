using System.Collections.Concurrent;

namespace Rel4.Runtime;

/// <summary>A wait for a signal for a thread without an executor.</summary>
internal sealed class RemoteWait : RemoteOperation<ulong>
{
    private static readonly ConcurrentQueue<RemoteWait> s_free = new();

    /// <summary>Takes a free one.</summary>
    public static RemoteWait Rent() => s_free.TryDequeue(out RemoteWait? wait) ? wait : new RemoteWait();

    private protected override CoTask<ulong> Begin() => TaskRuntime.Required.NotificationAt(Capability).Wait(CancellationToken);

    private protected override void Recycle() => s_free.Enqueue(this);
}
