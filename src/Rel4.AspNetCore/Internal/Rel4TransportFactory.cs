using System.Net;
using Microsoft.AspNetCore.Connections;
using Rel4.Streams;

namespace Rel4.AspNetCore.Internal;

/// <summary>Makes Kestrel's listeners of <see cref="Rel4EndPoint"/>s, and leaves other addresses to other transports.</summary>
internal sealed class Rel4TransportFactory(StreamOptions? options = null) : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    public bool CanBind(EndPoint endpoint) => endpoint is Rel4EndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var address = (Rel4EndPoint)endpoint;
        return ValueTask.FromResult<IConnectionListener>(new Rel4ConnectionListener(address, StreamListener.Start(address.Endpoint, options)));
    }
}
