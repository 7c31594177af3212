using System.Net;
using Microsoft.AspNetCore.Connections;
using Rel4.Runtime;
using Rel4.Streams;

namespace Rel4.AspNetCore.Internal;

/// <summary>A listener of Kestrel's.</summary>
internal sealed class Rel4ConnectionListener(Rel4EndPoint address, StreamListener listener) : IConnectionListener
{
    public EndPoint EndPoint => address;

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            return await listener.AcceptAsync(cancellationToken).ConfigureAwait(false) is { } connection ? new Rel4ConnectionContext(address, connection) : null;
        }
        catch (KernelEndedException)
        {
            // The system has stopped before its host: there will be no more.
            return null;
        }
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        listener.Stop();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => listener.DisposeAsync();
}
