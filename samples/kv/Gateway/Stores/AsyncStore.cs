using System.Buffers;
using Rel4.Runtime;
using Rel4.Samples.Kv.Protocol;

namespace Rel4.Samples.Kv.Gateway.Stores;

/// <summary>Reaches the store through asynchronous IPC: calls of all connections are under way at once.</summary>
internal sealed class AsyncStore(EndpointCap store) : IStore
{
    /// <inheritdoc/>
    public async CoTask ExecuteAsync(ReadOnlyMemory<byte> requests, ArrayBufferWriter<byte> replies)
    {
        try
        {
            using IpcResponse response = await store.CallAsync((ushort)SyncStep.None, requests);
            replies.Write(response.Payload);
        }
        catch (Exception failure) when (failure is Rel4Exception { IsTransient: true } or ChannelRefusedException)
        {
            // No channel could be opened, which the store's next run may change, too.
            throw new StoreUnavailableException(failure);
        }
    }
}
