using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;
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
    /// <param name="compose">Composes the system. What <see cref="SystemBuilder.Host"/> is granted are keyed services: <c>[FromKeyedServices("name")] EndpointCap</c>.</param>
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
        services.Add(Handle(typeof(EndpointCap), (host, name) => host.Endpoint(name)));
        services.Add(Handle(typeof(NotificationCap), (host, name) => host.Notification(name)));
        return services;
    }

    /// <summary>Adds a client of a task's service: a typed one of a contract, or any other that is made of an endpoint.</summary>
    /// <typeparam name="TClient">What code asks for: of a contract, its interface.</typeparam>
    /// <param name="services">The host's services, which have <see cref="AddRel4(IServiceCollection, Action{SystemBuilder})"/>, too.</param>
    /// <param name="endpoint">The name under which the host was granted the endpoint.</param>
    /// <param name="connect">Makes the client, once: of a contract, <c>endpoint => ShopContract.Connect(endpoint)</c>.</param>
    /// <returns>The services.</returns>
    /// <remarks>It is a service of that type, and a keyed one by the endpoint's name: where a type has several, the first that was added is that of the type alone. Who asks before the system runs starts it, and waits.</remarks>
    public static IServiceCollection AddRel4Client<TClient>(this IServiceCollection services, string endpoint, Func<EndpointCap, TClient> connect)
        where TClient : class
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(endpoint);
        ArgumentNullException.ThrowIfNull(connect);
        services.AddKeyedSingleton(endpoint, (provider, _) => connect(provider.GetRequiredKeyedService<EndpointCap>(endpoint)));
        services.TryAddSingleton(provider => provider.GetRequiredKeyedService<TClient>(endpoint));
        return services;
    }

    /// <summary>Adds a service of the host that tasks call: it serves an endpoint in this process, on an executor of its own, from the start of the host to its stop.</summary>
    /// <typeparam name="TService">The service: of a contract, its interface.</typeparam>
    /// <param name="services">The host's services, which have <see cref="AddRel4(IServiceCollection, Action{SystemBuilder})"/> and the service, too.</param>
    /// <param name="endpoint">The name under which the host was granted the endpoint, with Read and Grant.</param>
    /// <param name="serve">Serves it until it is cancelled: of a contract, <c>(endpoint, shop, stop) => ShopContract.ServeAsync(endpoint, shop, cancellationToken: stop)</c>.</param>
    /// <returns>The services.</returns>
    /// <inheritdoc cref="AddRel4Server(IServiceCollection, string, Func{EndpointCap, IServiceProvider, CancellationToken, ValueTask})" path="/remarks"/>
    public static IServiceCollection AddRel4Server<TService>(
        this IServiceCollection services, string endpoint, Func<EndpointCap, TService, CancellationToken, ValueTask> serve)
        where TService : notnull
    {
        ArgumentNullException.ThrowIfNull(serve);
        return services.AddRel4Server(endpoint, (served, scope, stop) => serve(served, scope.GetRequiredService<TService>(), stop));
    }

    /// <summary>Adds what serves an endpoint in this process, on an executor of its own, from the start of the host to its stop.</summary>
    /// <param name="services">The host's services, which have <see cref="AddRel4(IServiceCollection, Action{SystemBuilder})"/>, too.</param>
    /// <param name="endpoint">The name under which the host was granted the endpoint, with Read and Grant.</param>
    /// <param name="serve">Serves it until it is cancelled, with services of a scope that ends with it.</param>
    /// <returns>The services.</returns>
    /// <remarks>
    /// <para>
    /// The scope is the server's and not a call's, as a background service's would be: what is made for a moment, such as a <c>DbContext</c>, the service takes of a scope of its own in each call
    /// (<c>IServiceScopeFactory</c>), or of a factory.
    /// </para>
    /// <para>
    /// The code runs on one thread, from one <c>await</c> to the next, so what blocks it or computes for long holds up all callers. Who calls is not trusted: an exception that ends it is the host's
    /// affair, which stops by default (<c>BackgroundServiceExceptionBehavior</c>).
    /// </para>
    /// </remarks>
    public static IServiceCollection AddRel4Server(
        this IServiceCollection services, string endpoint, Func<EndpointCap, IServiceProvider, CancellationToken, ValueTask> serve)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(endpoint);
        ArgumentNullException.ThrowIfNull(serve);
        // Not by AddHostedService, which adds one of a type only.
        return services.AddSingleton<IHostedService>(provider => new Rel4Server(provider, provider.GetRequiredService<Rel4System>(), endpoint, serve));
    }

    private static ServiceDescriptor Handle(Type type, Func<SystemHost, string, object> find) => new(
        type,
        KeyedService.AnyKey,
        (provider, key) => find(
            provider.GetRequiredService<Rel4System>().Start().Host,
            key as string ?? throw new InvalidOperationException($"A grant's name is a string, and '{key}' is none.")),
        ServiceLifetime.Transient);
}
