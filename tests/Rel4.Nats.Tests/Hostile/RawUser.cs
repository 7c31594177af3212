using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using NATS.Client.Core;
using Rel4.Nats.Bridge;

namespace Rel4.Nats.Tests;

/// <summary>Is a user of the servers that is no bridge: it has a key, and does what it likes.</summary>
internal sealed class RawUser : IAsyncDisposable
{
    private readonly NatsConnection _connection;
    private readonly ConcurrentQueue<NatsMsg<byte[]>> _received = [];
    private readonly CancellationTokenSource _end = new();

    private RawUser(NatsConnection connection) => _connection = connection;

    /// <summary>Gets what has come.</summary>
    public IReadOnlyCollection<NatsMsg<byte[]>> Received => _received;

    /// <summary>Connects.</summary>
    public static async Task<RawUser> ConnectAsync(TwoMachines machines, string key)
    {
        string file = machines.Keys.File(key);
        var connection = new NatsConnection(new NatsOpts
        {
            Url = machines.Server.Url,
            AuthOpts = new NatsAuthOpts { NKey = NatsKey.ReadPublic(file), Seed = (await File.ReadAllTextAsync(file)).Trim() },
        });
        await connection.ConnectAsync();
        return new RawUser(connection);
    }

    /// <summary>Subscribes, or tries to.</summary>
    public async Task SubscribeAsync(string subject, string? queueGroup = null, Func<NatsMsg<byte[]>, ValueTask>? answer = null)
    {
        INatsSub<byte[]> subscription = await _connection.SubscribeCoreAsync(subject, queueGroup, NatsRawSerializer<byte[]>.Default);
        _ = Task.Run(async () =>
        {
            await foreach (NatsMsg<byte[]> message in subscription.Msgs.ReadAllAsync(_end.Token))
            {
                _received.Enqueue(message);
                if (answer is not null)
                    await answer(message);
            }
        });
        await _connection.PingAsync();
    }

    public ValueTask PublishAsync(string subject, byte[] payload, string? replyTo = null, NatsHeaders? headers = null) =>
        _connection.PublishAsync(subject, payload, headers, replyTo, NatsRawSerializer<byte[]>.Default);

    public ValueTask PublishAsync(string subject, MessageHeader header, byte[]? payload, string? replyTo) => PublishAsync(subject, Bytes(header, payload), replyTo);

    /// <summary>Waits until the server has taken all.</summary>
    public async Task FlushAsync() => await _connection.PingAsync();

    /// <summary>Writes a message.</summary>
    public static byte[] Bytes(MessageHeader header, byte[]? payload = null)
    {
        byte[] bytes = new byte[MessageHeader.Size + (payload?.Length ?? 0)];
        header.Write(bytes);
        payload?.CopyTo(bytes, MessageHeader.Size);
        return bytes;
    }

    /// <summary>Reads the header of a message.</summary>
    public static MessageHeader Header(NatsMsg<byte[]> message) =>
        MessageHeader.TryRead(new ReadOnlySequence<byte>(message.Data ?? []), out MessageHeader header) ? header : default;

    /// <summary>Counts what came of a kind.</summary>
    public int Count(MessageKind kind) => _received.Count(message => Header(message).Kind == kind);

    public static string ReplyTo(string grant, ulong client, uint number) => string.Create(CultureInfo.InvariantCulture, $"_INBOX.{TwoMachines.Subject}.@{grant}.abc.{client:x}.{number}");

    public async ValueTask DisposeAsync()
    {
        // The readers', which may still look at it.
        await _end.CancelAsync();
        await _connection.DisposeAsync();
    }
}
