using System.Buffers;
using Rel4.Abi;
using Rel4.Runtime;
using Rel4.Samples.Kv.Protocol;

namespace Rel4.Samples.Kv.Gateway.Stores;

/// <summary>Reaches the store through synchronous IPC: one call at a time, for which the thread waits, and all clients with it.</summary>
internal sealed class SyncStore(EndpointCap store) : IStore
{
    private readonly ulong[] _words = new ulong[Limits.MessageWords];

    /// <inheritdoc/>
    public CoTask ExecuteAsync(ReadOnlyMemory<byte> requests, ArrayBufferWriter<byte> replies)
    {
        try
        {
            Execute(requests.Span, replies);
            return CoTask.CompletedTask;
        }
        catch (ReplyAbandonedException failure)
        {
            throw new StoreUnavailableException(failure);
        }
    }

    private void Execute(ReadOnlySpan<byte> requests, ArrayBufferWriter<byte> replies)
    {
        int sent = 0;
        for (; requests.Length - sent > SyncMessage.Capacity; sent += SyncMessage.Capacity)
            Send(SyncStep.Append, sent, requests.Slice(sent, SyncMessage.Capacity));
        int remaining = Read(Send(SyncStep.Execute, sent, requests[sent..]), replies);
        while (remaining > 0)
        {
            int before = remaining;
            remaining = Read(Send(SyncStep.Fetch, 0, []), replies);
            if (remaining >= before)
                throw new InvalidReplyException();
        }
    }

    private ReceivedMessage Send(SyncStep step, int place, ReadOnlySpan<byte> bytes)
    {
        ReceivedMessage reply = store.Call((ulong)step, SyncMessage.Write(_words, place, bytes));
        return reply.Label == (ulong)SyncStep.Lost ? throw new StoreUnavailableException(null) : reply;
    }

    /// <summary>Reads a part of the replies.</summary>
    /// <returns>How many bytes are still to come.</returns>
    private static int Read(ReceivedMessage message, ArrayBufferWriter<byte> replies)
    {
        if (!SyncMessage.TryRead(message.Words, out int remaining, out ReadOnlySpan<byte> part) || part.Length > remaining)
            throw new InvalidReplyException();
        replies.Write(part);
        return remaining - part.Length;
    }
}
