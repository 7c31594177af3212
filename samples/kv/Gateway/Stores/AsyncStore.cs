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
        catch (Rel4Exception failure) when (failure is { IsTransient: true } or { ErrorCode: Rel4ErrorCode.TooLong } or ChannelRefusedException)
        {
            // No channel could be opened, which the store's next run may change, too. Over NATS a message may be shorter than in memory.
            throw new StoreUnavailableException(failure);
        }
    }
}
