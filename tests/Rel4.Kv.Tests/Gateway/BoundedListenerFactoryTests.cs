using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Rel4.Samples.Kv.Gateway;

namespace Rel4.Kv.Tests.Gateway;

/// <summary>Do clients that come faster than they are told to go take more descriptors than there are for them?</summary>
public sealed class BoundedListenerFactoryTests
{
    private const int MostOpen = 3;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Accept_WhenAsManyAreOpenAsMayBe_WaitsUntilOneIsClosed()
    {
        await using IConnectionListener listener = await BindAsync();
        List<Socket> clients = [.. Enumerable.Range(0, MostOpen + 2).Select(_ => Connect(listener))];
        var open = new Queue<ConnectionContext>();
        while (open.Count < MostOpen)
            open.Enqueue((await listener.AcceptAsync(Cancellation))!);

        ValueTask<ConnectionContext?> next = listener.AcceptAsync(Cancellation);

        Assert.False(next.IsCompleted);
        await open.Peek().DisposeAsync();
        // A place is given back once, however often the connection is disposed of.
        await open.Dequeue().DisposeAsync();
        open.Enqueue((await next)!);
        ValueTask<ConnectionContext?> last = listener.AcceptAsync(Cancellation);
        Assert.False(last.IsCompleted);
        await listener.UnbindAsync(Cancellation);
        Assert.Null(await last);
        foreach (ConnectionContext connection in open)
            await connection.DisposeAsync();
        clients.ForEach(client => client.Dispose());
    }

    private static ValueTask<IConnectionListener> BindAsync()
    {
        var sockets = new SocketTransportFactory(Options.Create(new SocketTransportOptions()), NullLoggerFactory.Instance);
        return new BoundedListenerFactory(sockets, MostOpen).BindAsync(new IPEndPoint(IPAddress.Loopback, 0), Cancellation);
    }

    private static Socket Connect(IConnectionListener listener)
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(listener.EndPoint);
        return client;
    }
}
