namespace Rel4.Runtime;

/// <summary>A wait for a signal for a thread without an executor.</summary>
internal sealed class RemoteWait : PooledOperation<RemoteWait, ulong>
{
    private protected override CoTask<ulong> Begin() => TaskRuntime.Required.NotificationAt(Capability).Wait(CancellationToken);
}
