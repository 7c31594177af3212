using Rel4.Contracts.Wire;
using Rel4.Runtime;

namespace Rel4.Contracts;

/// <summary>A stream that a method returns: its client pulls batch after batch. It keeps one pull, and no items but those of a batch that is being made.</summary>
internal sealed class ServerStream
{
    private IpcRequest _pull;
    private int _credit;
    private TaskCompletionSource? _pulled;
    private bool _isPulled;

    /// <summary>Takes a pull.</summary>
    /// <returns>False if there is one already, or it makes no sense.</returns>
    public bool TryPull(IpcRequest pull, int credit)
    {
        if (_isPulled || credit <= 0)
            return false;
        (_pull, _credit, _isPulled) = (pull, Math.Min(credit, ContractServerOptions.MostCredit), true);
        _pulled?.TrySetResult();
        return true;
    }

    /// <summary>Sends all items, as they are pulled.</summary>
    public async ValueTask SendAsync<T, TCodec>(IAsyncEnumerable<T> items, IContractSerializer? serializer, CancellationToken cancellationToken)
        where TCodec : IContractCodec<T>
    {
        var batches = new Batches<T>(items.GetAsyncEnumerator(cancellationToken));
        await using (batches)
        {
            var batch = new List<T>();
            for (bool hasMore = true; hasMore;)
            {
                await PulledAsync(cancellationToken);
                batch.Clear();
                hasMore = await batches.FillAsync(batch, _credit);
                Reply<T, TCodec>(batch, isLast: !hasMore, serializer);
            }
        }
    }

    /// <summary>Tells who has pulled that there is no more. The call was answered before.</summary>
    public void End()
    {
        if (_isPulled)
            _pull.ReplyAsync((ushort)ReplyLabel.CallEnded);
        _isPulled = false;
    }

    private async ValueTask PulledAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_isPulled)
            return;
        _pulled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _pulled.Task.WaitAsync(cancellationToken);
        _pulled = null;
    }

    private void Reply<T, TCodec>(List<T> batch, bool isLast, IContractSerializer? serializer)
        where TCodec : IContractCodec<T>
    {
        ContractWriter writer = ContractWriter.Rent(serializer);
        writer.Write(isLast);
        writer.WriteList<T, TCodec>(batch);
        _isPulled = false;
        _pull.ReplyAsync((ushort)ReplyLabel.Result, writer.Written);
        writer.Return();
    }
}
