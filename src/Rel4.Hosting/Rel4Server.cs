using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Rel4.Hosted.Supervision;
using Rel4.Runtime;

namespace Rel4.Hosting;

/// <summary>Serves an endpoint on an executor of its own, from the start of the host to its stop, in a scope of services.</summary>
internal sealed class Rel4Server(
    IServiceProvider services, Rel4System system, string endpoint, Func<EndpointCap, IServiceProvider, CancellationToken, ValueTask> serve) : BackgroundService
{
    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        // A task of .NET's would be on the thread pool, which an executor must not keep a thread of.
        Task.Factory.StartNew(() => Serve(stoppingToken), stoppingToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Serve(CancellationToken stop)
    {
        SystemHost host = system.Start().Host;
        try
        {
            host.Run(async () =>
            {
                AsyncServiceScope scope = services.CreateAsyncScope();
                try
                {
                    await serve(host.Endpoint(endpoint), scope.ServiceProvider, stop);
                }
                finally
                {
                    await scope.DisposeAsync();
                }
            });
        }
        catch (KernelEndedException) when (stop.IsCancellationRequested)
        {
            // The system stopped before the token was looked at.
        }
    }
}
