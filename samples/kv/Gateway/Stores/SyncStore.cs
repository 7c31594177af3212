using System.Buffers;
using System.Collections.Concurrent;
using Rel4.Abi;
using Rel4.Runtime;
using Rel4.Samples.Kv.Protocol;

namespace Rel4.Samples.Kv.Gateway.Stores;

/// <summary>Reaches the store through synchronous IPC: one call at a time, made by the thread that runs <see cref="Run"/>.</summary>
internal sealed class SyncStore(Endpoint store) : IStore, IDisposable
{
    private readonly BlockingCollection<Call> _calls = [];
    private readonly ulong[] _words = new ulong[Limits.MessageWords];

    /// <inheritdoc/>
    public ValueTask ExecuteAsync(ReadOnlyMemory<byte> requests, ArrayBufferWriter<byte> replies)
    {
        var call = new Call(requests, replies);
        _calls.Add(call);
        return new ValueTask(call.Task);
    }

    /// <summary>Makes the calls, until <see cref="Stop"/>. Only a thread of the kernel can.</summary>
    public void Run()
    {
        foreach (Call call in _calls.GetConsumingEnumerable())
        {
            try
            {
                Execute(call);
                call.SetResult();
            }
            catch (ReplyAbandonedException failure)
            {
                call.SetException(new StoreUnavailableException(failure));
            }
            catch (Exception failure) when (failure is StoreUnavailableException or InvalidReplyException)
            {
                call.SetException(failure);
            }
        }
    }

    /// <summary>Lets <see cref="Run"/> return.</summary>
    public void Stop() => _calls.CompleteAdding();

    /// <inheritdoc/>
    public void Dispose() => _calls.Dispose();

    private void Execute(Call call)
    {
        ReadOnlySpan<byte> requests = call.Requests.Span;
        int sent = 0;
        for (; requests.Length - sent > SyncMessage.Capacity; sent += SyncMessage.Capacity)
            Send(SyncStep.Append, sent, requests.Slice(sent, SyncMessage.Capacity));
        int remaining = Read(Send(SyncStep.Execute, sent, requests[sent..]), call.Replies);
        while (remaining > 0)
        {
            int before = remaining;
            remaining = Read(Send(SyncStep.Fetch, 0, []), call.Replies);
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

    private sealed class Call(ReadOnlyMemory<byte> requests, ArrayBufferWriter<byte> replies)
        : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public ReadOnlyMemory<byte> Requests { get; } = requests;

        public ArrayBufferWriter<byte> Replies { get; } = replies;
    }
}
