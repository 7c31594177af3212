using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using NATS.Client.Core;
using NATS.NKeys;
using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Nats.Bridge;

/// <summary>Is a connection to the servers, as the user of one grant or of one exported subject.</summary>
internal sealed class BridgeConnection : IAsyncDisposable
{
    private const int MostTold = 1024;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);
    private readonly NatsConnection _connection;

    // The connection itself refers to them weakly.
    private IReadOnlyList<NatsSubBase> _subscriptions = [];
    private volatile bool _isSubscribed;
    private CancellationTokenSource _lost = new();
    private int _told;

    // With TLS the client reads and writes by itself, in threads of the pool.
    private readonly ExecutorConnection.Factory? _sockets;

    /// <summary>Makes one; it is not open.</summary>
    /// <param name="settings">Where the servers are.</param>
    /// <param name="subject">What it is for.</param>
    /// <param name="seed">The user's seed.</param>
    /// <param name="inbox">Where the user may subscribe, for answers of the server's own services.</param>
    public BridgeConnection(NatsBridgeSettings settings, string subject, string seed, string inbox)
    {
        _sockets = UsesTls(settings) ? null : new ExecutorConnection.Factory(Executor.Current!);
        using KeyPair key = KeyPair.FromSeed(seed);
        _connection = new NatsConnection(new NatsOpts
        {
            Url = string.Join(',', settings.Servers),
            Name = $"{settings.System} {subject}",
            AuthOpts = new NatsAuthOpts { NKey = key.GetPublicKey(), Seed = seed },
            TlsOpts = Tls(settings),
            InboxPrefix = inbox,
            // A server that is gone is noticed within seconds, and another found soon. Who was refused may be let in later.
            PingInterval = TimeSpan.FromSeconds(2),
            MaxPingOut = 2,
            ReconnectWaitMin = TimeSpan.FromMilliseconds(100),
            ReconnectWaitMax = s_patience,
            IgnoreAuthErrorAbort = true,
            WriterBufferSize = 1 << 20,
            SocketConnectionFactory = _sockets,
        });
        _connection.ConnectionDisconnected += (_, _) =>
        {
            Interlocked.Exchange(ref _lost, new CancellationTokenSource()).Cancel();
            return default;
        };
    }

    /// <summary>Gets the connection.</summary>
    public NatsConnection Nats => _connection;

    /// <summary>Gets whether it is open, and answers would come. Any thread.</summary>
    public bool IsOpen => _isSubscribed && _connection.ConnectionState == NatsConnectionState.Open;

    /// <summary>Gets what is cancelled when it is lost, as it is now: what was asked before has no answer then. Any thread.</summary>
    public CancellationToken WhenLost => Volatile.Read(ref _lost).Token;

    /// <summary>Gets the longest payload that one message may have behind its header.</summary>
    public int MostPayload => (_connection.ServerInfo?.MaxPayload ?? 1 << 20) - MessageHeader.Size;

    /// <summary>Opens it, however long that takes, and subscribes. It opens itself again, and subscribes again, when it is lost.</summary>
    public async Task OpenAsync(params IReadOnlyList<NatsSubBase> subscriptions)
    {
        _subscriptions = subscriptions;
        int added = 0;
        for (string? said = null; ; await Task.Delay(s_patience))
        {
            try
            {
                await _connection.ConnectAsync();
                // Each once: what is subscribed to twice comes twice.
                for (; added < _subscriptions.Count; added++)
                    await _connection.AddSubAsync(_subscriptions[added]);
                await AwaitHeardAsync();
                _isSubscribed = true;
                return;
            }
            catch (Exception error) when (IsOfConnection(error))
            {
                // Once, as it is tried without end.
                string message = $"nats: {_connection.Opts.Name}: {error.Message}{(error.GetBaseException() is { } cause && cause != error ? $" ({cause.Message})" : "")}";
                if (message != said)
                    await Console.Error.WriteLineAsync(said = message);
            }
        }
    }

    /// <summary>Waits until the server has heard what was subscribed to: what is published goes another way, and its answer may not come before.</summary>
    private async Task AwaitHeardAsync()
    {
        try
        {
            await _connection.PingAsync();
        }
        catch (Exception error) when (IsOfConnection(error))
        {
            // Lost again: who connects anew subscribes first.
        }
    }

    /// <summary>Publishes a message. The payload was read when this returns.</summary>
    /// <returns>A task that is complete at once, unless the connection has much to write still; false if the message was not written, and never will be.</returns>
    public ValueTask<bool> PublishAsync(string subject, in Outgoing message, string? replyTo = null)
    {
        // A new socket may be there before the server has heard who this is. What comes by the first subscription is answered before there are all.
        if (_connection.ConnectionState != NatsConnectionState.Open)
            return new(false);
        try
        {
            ValueTask written = _sockets is { Last: { } socket }
                ? socket.PublishAsync(subject, message, replyTo)
                : _connection.PublishAsync(subject, message, replyTo: replyTo, serializer: Outgoing.Serializer.Instance);
            return written.IsCompletedSuccessfully ? new(true) : AwaitAsync(written);
        }
        catch (Exception error) when (IsOfConnection(error))
        {
            return new(false);
        }

        static async ValueTask<bool> AwaitAsync(ValueTask written)
        {
            try
            {
                await written;
            }
            catch (Exception error) when (IsOfConnection(error))
            {
                // It may have been written: whoever waits for an answer has no sign of it, and takes it for lost in time.
            }

            return true;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        _lost.Dispose();
    }

    /// <summary>Publishes what nobody waits for. Where many of these wait to be written, it is dropped: whoever needs it has no sign of it, and gives up in time. On the executor's thread.</summary>
    public void Tell(string subject, in Outgoing message, string replyTo)
    {
        if (_told >= MostTold)
            return;
        ValueTask<bool> written = PublishAsync(subject, message, replyTo);
        if (!written.IsCompleted)
            _ = CountAsync(written);

        async Task CountAsync(ValueTask<bool> written)
        {
            _told++;
            await written;
            _told--;
        }
    }

    /// <summary>Gets whether an exception says that the connection can't write now: it is lost, or the servers have taken nothing for too long.</summary>
    public static bool IsOfConnection(Exception error) => error is NatsException or IOException or ObjectDisposedException or OperationCanceledException;

    private static bool UsesTls(NatsBridgeSettings settings) =>
        settings.CertificateAuthority is not null || settings.Servers.Any(server => server.StartsWith("tls:", StringComparison.Ordinal));

    private static NatsTlsOpts Tls(NatsBridgeSettings settings)
    {
        if (settings.CertificateAuthority is not { } pem)
            return NatsTlsOpts.Default;
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(pem);
        return new NatsTlsOpts
        {
            Mode = TlsMode.Require,
            ConfigureClientAuthentication = options =>
            {
                options.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
                options.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
                return default;
            },
        };
    }
}
