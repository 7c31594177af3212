using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Rel4.Hosting;
using Rel4.OpenTelemetry;
using Rel4.OpenTelemetry.Internal;

// Where hosts look for it, without a using.
namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds a relay of tasks' telemetry to a host.</summary>
public static class Rel4TelemetryServiceCollectionExtensions
{
    /// <summary>Has the host take the telemetry of tasks, and pass it on to a collector, for as long as the system runs.</summary>
    /// <param name="services">The host's services, which have a system (<see cref="Rel4ServiceCollectionExtensions.AddRel4(IServiceCollection, Action{Rel4.Hosted.Composition.SystemBuilder})"/>).</param>
    /// <param name="endpoint">The name under which the host is granted the endpoint, with Read and Grant. Tasks that may send need Write and Grant.</param>
    /// <param name="configure">Sets where it goes, and how much of it. By default the configuration's <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> and <c>OTEL_EXPORTER_OTLP_HEADERS</c>.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddRel4Telemetry(this IServiceCollection services, string endpoint = "telemetry", Action<TelemetryRelayOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(endpoint);
        return services.AddHostedService(provider =>
        {
            TelemetryRelayOptions options = TelemetryConfiguration.Read(provider.GetService<IConfiguration>());
            options.ServiceNamespace = provider.GetRequiredService<IOptions<Rel4Options>>().Value.Name ?? provider.GetService<IHostEnvironment>()?.ApplicationName;
            configure?.Invoke(options);
            return new TelemetryRelayService(
                provider.GetRequiredService<Rel4System>(), endpoint, options, provider.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance);
        });
    }
}
