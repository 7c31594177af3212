using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rel4.Hosting;

namespace Rel4.OpenTelemetry.Internal;

/// <summary>Runs a relay for as long as the system runs: it starts with the host, and ends behind the tasks, which send what they have left when they are told to end.</summary>
internal sealed class TelemetryRelayService(Rel4System system, string endpoint, TelemetryRelayOptions options, ILoggerFactory loggers)
    : IHostedLifecycleService, IAsyncDisposable, IDisposable
{
    private TelemetryRelay? _relay;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await system.StartAsync(cancellationToken).ConfigureAwait(false);
        // By the system: a process may have others, too.
        _relay = await TelemetryRelay.StartAsync(system.Running, system.Running.Host.Endpoint(endpoint), options, loggers, cancellationToken).ConfigureAwait(false);
    }

    public Task StoppedAsync(CancellationToken cancellationToken) => DisposeAsync().AsTask();

    /// <summary>Ends the relay also where the host could not start, and so is not stopped.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _relay, null) is { } relay)
            await relay.DisposeAsync().ConfigureAwait(false);
    }

    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
