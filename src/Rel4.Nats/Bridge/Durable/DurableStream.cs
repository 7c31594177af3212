using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;

namespace Rel4.Nats.Bridge;

/// <summary>Makes the stream that keeps a grant's messages, and the consumer that all who export the subject share.</summary>
/// <remarks>
/// A stream for each grant: JetStream drops what has the id of another message of the stream, so users with one stream between them could have each other's messages dropped, or leave no room for them.
/// Nobody can delete or purge what it keeps: JetStream publishes its answers wherever who published wants them, and the interface of JetStream is among that.
/// </remarks>
internal static class DurableStream
{
    /// <summary>How long a message that is delivered may be without a sign of who has it. Each second there is one.</summary>
    private static readonly TimeSpan s_ackWait = TimeSpan.FromSeconds(5);

    /// <summary>How long JetStream knows the ids of messages.</summary>
    private static readonly TimeSpan s_window = TimeSpan.FromMinutes(2);

    /// <summary>How many messages of a grant are delivered and not answered at most.</summary>
    private const int MostUnanswered = 256;

    /// <summary>The bytes of what a stream keeps at most, unless it is told otherwise.</summary>
    private const long MostBytes = 1 << 30;

    /// <summary>How many servers of a cluster keep a copy.</summary>
    private const int Replicas = 3;

    private const int NotClustered = 10074, OtherwiseConfigured = 10058;

    /// <summary>Makes both, unless they are there.</summary>
    /// <exception cref="NATS.Client.Core.NatsException">They can't be made just now, or what is there can't be used.</exception>
    public static async Task<INatsJSConsumer> FindAsync(BridgeConnection connection, string subject, string grant)
    {
        var streams = new NatsJSContext(connection.Nats);
        string name = Subjects.Stream(subject, grant), requests = Subjects.Requests(subject, grant);
        await MakeAsync(streams, name, requests);
        return await streams.CreateOrUpdateConsumerAsync(name, new ConsumerConfig(Subjects.Consumer)
        {
            AckPolicy = ConsumerConfigAckPolicy.Explicit,
            AckWait = s_ackWait,
            MaxAckPending = MostUnanswered,
            MaxDeliver = -1,
        });
    }

    private static async Task MakeAsync(NatsJSContext streams, string name, string requests)
    {
        var config = new StreamConfig(name, [requests])
        {
            Retention = StreamConfigRetention.Workqueue,
            Storage = StreamConfigStorage.File,
            Discard = StreamConfigDiscard.New,
            MaxBytes = MostBytes,
            DuplicateWindow = s_window,
            DenyDelete = true,
            DenyPurge = true,
            NumReplicas = Replicas,
        };
        try
        {
            await CreateAsync(streams, config);
        }
        catch (NatsJSApiException error) when (error.Error.ErrCode == OtherwiseConfigured)
        {
            // Whoever runs the servers may have changed its limits.
            StreamConfig found = (await streams.GetStreamAsync(name)).Info.Config;
            if (found.Subjects?.SequenceEqual([requests]) != true || found.Retention != StreamConfigRetention.Workqueue || !found.DenyPurge || !found.DenyDelete || found.AllowRollupHdrs)
                throw new NatsJSException($"the stream '{name}' was not made by a bridge; delete it, and it is made anew", error);
        }
    }

    private static async Task CreateAsync(NatsJSContext streams, StreamConfig config)
    {
        try
        {
            await streams.CreateStreamAsync(config);
        }
        catch (NatsJSApiException error) when (error.Error.ErrCode == NotClustered)
        {
            config.NumReplicas = 1;
            await streams.CreateStreamAsync(config);
        }
    }
}
