using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using NATS.Client.Core;
using Rel4.Runtime;

namespace Rel4.Nats.Bridge;

/// <summary>Takes a subscription's messages from the connection's thread to the executor's, in their order.</summary>
/// <remarks>
/// The connection is never held up, since the server cuts off who reads slowly, with all of its subscriptions. Peers that keep to their credit find room here; what goes beyond is dropped, and who sent it
/// has no sign of it, so its call is lost in time.
/// </remarks>
/// <param name="executor">The executor.</param>
/// <param name="take">Takes a message, which is the taker's to return. On the executor's thread.</param>
internal sealed class IncomingQueue(Executor executor, Action<Incoming> take)
{
    private const int MostMessages = 16384;
    private const long MostBytes = 64 << 20;

    /// <summary>How many are taken before others on the thread have their turn, so that a peer that floods this one holds up nobody else.</summary>
    private const int MessagesPerTurn = 256;

    private readonly ConcurrentQueue<Incoming> _messages = new();
    private long _bytes, _dropped;
    private int _isPosted;

    /// <summary>Gets how many were dropped. Any thread.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>Adds a message. The thread that reads the connection, which is the executor's most of the time: then the message is taken at once.</summary>
    public void Add(Incoming message)
    {
        if (executor.IsOwner && _messages.IsEmpty)
        {
            try
            {
                take(message);
            }
            catch (Exception fault)
            {
                // As in Drain: a fault of posted work ends the bridge. The client would drop it, and nobody would know.
                executor.Post(static fault => ((ExceptionDispatchInfo)fault!).Throw(), ExceptionDispatchInfo.Capture(fault));
            }

            return;
        }

        if (_messages.Count >= MostMessages || Interlocked.Read(ref _bytes) + message.Payload.Length > MostBytes)
        {
            Interlocked.Increment(ref _dropped);
            message.Return();
            return;
        }

        Interlocked.Add(ref _bytes, message.Payload.Length);
        _messages.Enqueue(message);
        Post();
    }

    private void Post()
    {
        // pairs with Drain: either it sees the message, or this sees that it has ended.
        if (Interlocked.Exchange(ref _isPosted, 1) == 0)
            executor.Post(static queue => ((IncomingQueue)queue!).Drain(), this);
    }

    private void Drain()
    {
        Volatile.Write(ref _isPosted, 0);
        Interlocked.MemoryBarrier();
        for (int left = MessagesPerTurn; _messages.TryDequeue(out Incoming? message); left--)
        {
            Interlocked.Add(ref _bytes, -message.Payload.Length);
            take(message);
            if (left > 0)
                continue;
            Post();
            return;
        }
    }

    /// <summary>Is a subscription whose messages go there.</summary>
    public sealed class Subscription(INatsConnection connection, string subject, string? queueGroup, IncomingQueue queue)
        : NatsSubBase(connection, connection.SubscriptionManager, subject, queueGroup, opts: null)
    {
        private const int StatusOffset = 9;

        protected override ValueTask ReceiveInternalAsync(string subject, string? replyTo, ReadOnlySequence<byte>? headersBuffer, ReadOnlySequence<byte> payloadBuffer)
        {
            Incoming? message = headersBuffer is { } headers && IsNoResponders(headers)
                ? new Incoming { Subject = subject, ReplyTo = null, IsNoResponders = true }
                : Incoming.Read(subject, replyTo, payloadBuffer);
            if (message is not null)
                queue.Add(message);
            return default;
        }

        protected override void TryComplete()
        {
        }

        /// <summary>Looks for <c>NATS/1.0 503</c>.</summary>
        private static bool IsNoResponders(in ReadOnlySequence<byte> headers)
        {
            Span<byte> status = stackalloc byte[3];
            if (headers.Length < StatusOffset + status.Length)
                return false;
            headers.Slice(StatusOffset, status.Length).CopyTo(status);
            return status.SequenceEqual("503"u8);
        }
    }
}
