using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace Rel4.Samples.Kv.Gateway;

/// <summary>Accepts no connection while so many are open that the process might run out of descriptors.</summary>
/// <remarks>
/// A client too many is accepted only to be told so (<see cref="RespConnectionHandler"/>), and on a busy machine clients come faster than
/// they are told: without this bound they take the descriptors that .NET needs to start a thread, and the gateway ends. Who comes while
/// it is reached waits in Linux' queue of the socket.
/// </remarks>
/// <param name="inner">Makes the listeners.</param>
/// <param name="mostOpen">How many connections may be open at once.</param>
internal sealed class BoundedListenerFactory(IConnectionListenerFactory inner, int mostOpen) : IConnectionListenerFactory
{
    /// <inheritdoc/>
    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new BoundedListener(await inner.BindAsync(endpoint, cancellationToken), mostOpen);

    private sealed class BoundedListener(IConnectionListener inner, int mostOpen) : IConnectionListener
    {
        private readonly SemaphoreSlim _places = new(mostOpen);

        // Ends the wait for a place when nobody is to be accepted any more.
        private readonly CancellationTokenSource _unbound = new();

        public EndPoint EndPoint => inner.EndPoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _unbound.Token);
            try
            {
                await _places.WaitAsync(end.Token);
            }
            catch (OperationCanceledException) when (_unbound.IsCancellationRequested)
            {
                return null;
            }

            try
            {
                if (await inner.AcceptAsync(cancellationToken) is { } connection)
                    return new BoundedConnection(connection, _places);
            }
            catch
            {
                _places.Release();
                throw;
            }

            _places.Release();
            return null;
        }

        public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            await _unbound.CancelAsync();
            await inner.UnbindAsync(cancellationToken);
        }

        public async ValueTask DisposeAsync()
        {
            await _unbound.CancelAsync();
            await inner.DisposeAsync();
        }
    }

    /// <summary>Is a connection that gives its place back when its descriptor is closed.</summary>
    private sealed class BoundedConnection(ConnectionContext inner, SemaphoreSlim places) : ConnectionContext
    {
        private SemaphoreSlim? _places = places;

        public override string ConnectionId { get => inner.ConnectionId; set => inner.ConnectionId = value; }

        public override IFeatureCollection Features => inner.Features;

        public override IDictionary<object, object?> Items { get => inner.Items; set => inner.Items = value; }

        public override IDuplexPipe Transport { get => inner.Transport; set => inner.Transport = value; }

        public override CancellationToken ConnectionClosed { get => inner.ConnectionClosed; set => inner.ConnectionClosed = value; }

        public override EndPoint? LocalEndPoint { get => inner.LocalEndPoint; set => inner.LocalEndPoint = value; }

        public override EndPoint? RemoteEndPoint { get => inner.RemoteEndPoint; set => inner.RemoteEndPoint = value; }

        public override void Abort(ConnectionAbortedException abortReason) => inner.Abort(abortReason);

        public override async ValueTask DisposeAsync()
        {
            await inner.DisposeAsync();
            await base.DisposeAsync();
            Interlocked.Exchange(ref _places, null)?.Release();
        }
    }
}
