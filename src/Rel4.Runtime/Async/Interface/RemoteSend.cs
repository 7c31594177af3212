namespace Rel4.Runtime;

/// <summary>A send for a thread without an executor.</summary>
internal sealed class RemoteSend : PooledOperation<RemoteSend, Nothing>
{
    private protected override async CoTask<Nothing> Begin()
    {
        await TaskRuntime.Required.ConnectionTo(Capability).Send(Label, Bytes, CancellationToken);
        return default;
    }
}
