using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Rel4.AspNetCore;
using Rel4.AspNetCore.Internal;
using Rel4.Hosted.Supervision;
using Rel4.OpenTelemetry.Internal;
using Rel4.Runtime;
using Rel4.Streams;

namespace Rel4.OpenTelemetry;

/// <summary>Takes the telemetry of tasks at an endpoint, and passes it on to a collector.</summary>
/// <remarks>
/// <para>
/// Tasks send by the exporters that they would use anywhere (OTLP over HTTP, as protobuf), connected over the endpoint. Nothing passes but traces, metrics and logs, of bounded length and rate; whose they are is
/// written into them here, by the badge: <c>service.name</c> and <c>rel4.task</c> are the task's name, whatever it says itself. What a task says of its spans otherwise is its own word, the trace that they
/// belong to, too.
/// </para>
/// <para>Nothing is kept: a task whose request the collector does not take is told so, and its exporter tries again or drops it.</para>
/// </remarks>
public sealed class TelemetryRelay : IAsyncDisposable
{
    /// <summary>More than an exporter for each signal has.</summary>
    private const int ConnectionsPerTask = 8;

    private readonly KestrelServer _server;
    private readonly RelayApplication _application;

    private TelemetryRelay(KestrelServer server, RelayApplication application)
    {
        _server = server;
        _application = application;
    }

    /// <summary>Starts to take telemetry.</summary>
    /// <param name="system">The running system.</param>
    /// <param name="endpoint">An endpoint that this process was granted with Read and Grant (<c>SystemBuilder.Host</c>), and nobody else receives from. Tasks need Write and Grant.</param>
    /// <param name="options">Where it goes, and how much of it.</param>
    /// <param name="loggers">Takes what goes wrong, as the category <c>Rel4.Telemetry</c>; null for nobody.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="ArgumentException">The collector's address is none of HTTP.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A bound is out of its range.</exception>
    /// <exception cref="InvalidOperationException">This process was not granted the endpoint with the rights.</exception>
    public static async Task<TelemetryRelay> StartAsync(
        RunningSystem system,
        EndpointCap endpoint,
        TelemetryRelayOptions? options = null,
        ILoggerFactory? loggers = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(system);
        options ??= new TelemetryRelayOptions();
        options.Check();
        loggers ??= NullLoggerFactory.Instance;
        var kestrel = new KestrelServerOptions { AddServerHeader = false };
        kestrel.Limits.MaxRequestBodySize = options.MaxRequestBytes;
        kestrel.Listen(new Rel4EndPoint(endpoint), listen => listen.Protocols = HttpProtocols.Http1);
        var server = new KestrelServer(
            Options.Create(kestrel), new Rel4TransportFactory(new StreamOptions { MaxConnectionsPerBadge = ConnectionsPerTask }), loggers);
        var application = new RelayApplication(badge => system.FindCaller(endpoint, badge)?.Name, options, loggers.CreateLogger("Rel4.Telemetry"));
        var relay = new TelemetryRelay(server, application);
        try
        {
            await server.StartAsync(application, cancellationToken).ConfigureAwait(false);
            return relay;
        }
        catch
        {
            await relay.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Ends, after requests that are under way have had a moment.</summary>
    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _server.StopAsync(limit.Token).ConfigureAwait(false);
        _server.Dispose();
        _application.Dispose();
    }
}
