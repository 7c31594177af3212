using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Rel4.Hosted.Composition;
using Rel4.Hosting;
using Rel4.Runtime;

// Where hosts look for it, without a using.
namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds a system of isolated processes to a host.</summary>
public static class Rel4ServiceCollectionExtensions
{
    /// <summary>The name of the health check.</summary>
    public const string HealthCheckName = "rel4";

    /// <summary>Adds a system that starts and stops with the host.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="compose">Composes the system. What <see cref="SystemBuilder.Host"/> is granted are keyed services: <c>[FromKeyedServices("name")] Endpoint</c>.</param>
    /// <returns>The services.</returns>
    /// <remarks>Further calls compose the same system.</remarks>
    public static IServiceCollection AddRel4(this IServiceCollection services, Action<SystemBuilder> compose)
    {
        ArgumentNullException.ThrowIfNull(compose);
        return services.AddRel4((_, system) => compose(system));
    }

    /// <summary>Adds a system that starts and stops with the host, composed with the help of the host's services.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="compose">Composes the system. It is called when the system starts, and may use no endpoint.</param>
    /// <returns>The services.</returns>
    /// <remarks>Further calls compose the same system.</remarks>
    public static IServiceCollection AddRel4(this IServiceCollection services, Action<IServiceProvider, SystemBuilder> compose)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(compose);
        services.AddSingleton(new Rel4Composition(compose));
        if (services.Any(service => service.ServiceType == typeof(Rel4System)))
            return services;
        services.AddOptions();
        services.AddSingleton<IConfigureOptions<Rel4Options>>(
            provider => new Rel4ConfigurationReader(provider.GetService<IConfiguration>()));
        services.AddSingleton(provider => new Rel4System(
            provider,
            provider.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance,
            provider.GetRequiredService<IOptions<Rel4Options>>(),
            provider.GetServices<Rel4Composition>()));
        services.AddHostedService(provider => provider.GetRequiredService<Rel4System>());
        services.AddHealthChecks().Add(new HealthCheckRegistration(
            HealthCheckName, provider => new Rel4HealthCheck(provider.GetRequiredService<Rel4System>()), failureStatus: null, tags: null));
        // Handles are of one system, and cheap.
        services.Add(Handle(typeof(EndpointCap), name => TaskContext.Endpoint(name)));
        services.Add(Handle(typeof(NotificationCap), name => TaskContext.Notification(name)));
        return services;
    }

    private static ServiceDescriptor Handle(Type type, Func<string, object> find) => new(
        type,
        KeyedService.AnyKey,
        (provider, key) =>
        {
            provider.GetRequiredService<Rel4System>().WaitForStart();
            return find(key as string ?? throw new InvalidOperationException($"A grant's name is a string, and '{key}' is none."));
        },
        ServiceLifetime.Transient);
}
