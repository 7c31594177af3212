using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rel4.Hosted.Composition;
using Rel4.Hosting;

namespace Rel4.OpenTelemetry.Internal;

/// <summary>Runs a relay for as long as the system runs: it starts with the host, and ends behind the tasks, which send what they have left when they are told to end.</summary>
internal sealed class TelemetryRelayService(Rel4System system, string grant, TelemetryRelayOptions options, ILoggerFactory loggers) : IHostedLifecycleService
{
    private TelemetryRelay? _relay;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await system.StartAsync(cancellationToken).ConfigureAwait(false);
        _relay = await TelemetryRelay.StartAsync(system.Running, TaskContext.Endpoint(grant), options, loggers, cancellationToken).ConfigureAwait(false);
    }

    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        if (_relay is not null)
            await _relay.DisposeAsync().ConfigureAwait(false);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
