using Rel4.Contracts.Wire;
using Rel4.Runtime;

namespace Rel4.Contracts;

/// <summary>A stream that a client sends with a call: batch after batch, as the server gives credit.</summary>
/// <remarks>It keeps no items but those of a batch that is made. Its sequence isn't looked at before the server has begun to go through the stream.</remarks>
internal sealed class ClientStream<T, TCodec>(ClientCall call, byte index)
    where TCodec : IContractCodec<T>
{
    /// <summary>What a push gives instead of credit: the server reads no more, or knows no such call.</summary>
    private const int Stopped = 0, Unknown = -1;

    /// <summary>Sends all items.</summary>
    public async Task SendAsync(IAsyncEnumerable<T> items)
    {
        try
        {
            int credit = await PushAsync(PushedBatch.Items, []);
            for (int tries = 1; credit == Unknown && await call.IsToTryAgainAsync(tries); tries++)
                credit = await PushAsync(PushedBatch.Items, []);
            if (credit > Stopped && await SendAsync(items, credit) is { } failure)
                await FailAsync(failure);
        }
        catch (Exception)
        {
            // The call's own reply says what has become of it.
        }
    }

    /// <returns>What the sequence has thrown.</returns>
    private async Task<Exception?> SendAsync(IAsyncEnumerable<T> items, int credit)
    {
        try
        {
            var batches = new Batches<T>(items.GetAsyncEnumerator(call.Ended));
            await using (batches)
            {
                var batch = new List<T>();
                for (bool hasMore = true; hasMore && credit > Stopped;)
                {
                    batch.Clear();
                    hasMore = await batches.FillAsync(batch, credit);
                    credit = await PushAsync(hasMore ? PushedBatch.Items : PushedBatch.Last, batch);
                }
            }

            return null;
        }
        catch (Exception failure) when (!call.Ended.IsCancellationRequested)
        {
            return failure;
        }
    }

    private Task<int> FailAsync(Exception failure)
    {
        call.Fail(failure);
        ContractWriter message = Begin(failure is ContractException ? PushedBatch.Error : PushedBatch.Failed);
        if (failure is ContractException error)
            ReplyError.Write(message, error);
        return PushAsync(message);
    }

    private Task<int> PushAsync(PushedBatch kind, List<T> batch)
    {
        ContractWriter message = Begin(kind);
        message.WriteList<T, TCodec>(batch);
        return PushAsync(message);
    }

    private ContractWriter Begin(PushedBatch kind)
    {
        ContractWriter message = call.Begin(MessageKind.Push);
        message.Write(index);
        message.Write((byte)kind);
        return message;
    }

    private async Task<int> PushAsync(ContractWriter message)
    {
        using IpcResponse response = await call.CallAsync(message);
        if (response.Label != (ushort)ReplyLabel.Result)
            return response.Label == (ushort)ReplyLabel.CallEnded ? Unknown : Stopped;
        var reader = new ContractReader(MessageCopy.Of(response.Payload), serializer: null);
        return Math.Clamp(reader.ReadInt32(), Stopped, ContractServerOptions.MostCredit);
    }
}
