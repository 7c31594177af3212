using System.Collections.Concurrent;

namespace Rel4.Runtime;

/// <summary>A send for a thread without an executor.</summary>
internal sealed class RemoteSend : RemoteOperation<Nothing>
{
    private static readonly ConcurrentQueue<RemoteSend> s_free = new();

    /// <summary>Takes a free one.</summary>
    public static RemoteSend Rent() => s_free.TryDequeue(out RemoteSend? send) ? send : new RemoteSend();

    private protected override async CoTask<Nothing> Begin()
    {
        await TaskRuntime.Required.ConnectionTo(Capability).Send(Label, Bytes, CancellationToken);
        return default;
    }

    private protected override void Recycle() => s_free.Enqueue(this);
}
