using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Rel4.AspNetCore.Internal;
using Rel4.Streams;

namespace Rel4.AspNetCore;

/// <summary>Has Kestrel listen at endpoints.</summary>
public static class Rel4WebHostBuilderExtensions
{
    /// <summary>Has Kestrel listen at an endpoint, beside where else it does.</summary>
    /// <param name="builder">The builder, <c>WebApplicationBuilder.WebHost</c> for example.</param>
    /// <param name="endpoint">An endpoint with the Read and Grant rights, which nobody else receives from.</param>
    /// <param name="configure">
    /// Sets how it listens there. Without TLS one address has either protocol of HTTP, so for gRPC: <c>listen => listen.Protocols = HttpProtocols.Http2</c>.
    /// </param>
    /// <param name="options">How many connections there may be, and what each may take; of several calls the last one's, for all endpoints.</param>
    /// <returns>The builder.</returns>
    /// <remarks>Once it is told an address here, Kestrel does not listen at that of its configuration.</remarks>
    /// <exception cref="ArgumentNullException">There is no builder.</exception>
    public static IWebHostBuilder UseRel4(
        this IWebHostBuilder builder, Rel4.Runtime.EndpointCap endpoint, Action<ListenOptions>? configure = null, StreamOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.ConfigureServices(services =>
        {
            services.TryAddEnumerable(ServiceDescriptor.Singleton<IConnectionListenerFactory, Rel4TransportFactory>());
            if (options is not null)
                services.Replace(ServiceDescriptor.Singleton(options));
            services.Configure<KestrelServerOptions>(kestrel => kestrel.Listen(new Rel4EndPoint(endpoint), configure ?? (static _ => { })));
        });
    }
}
