using System.Buffers;
using System.Net.Sockets;
using Rel4.Runtime;
using Rel4.Samples.Kv.Gateway.Stores;
using Rel4.Samples.Kv.Protocol;
using Rel4.Samples.Kv.Resp;

namespace Rel4.Samples.Kv.Gateway;

/// <summary>Serves clients, each by a coroutine: it reads what is there, has all of it carried out, and sends all replies at once.</summary>
/// <param name="server">What the clients share.</param>
/// <param name="stores">The ways to the stores.</param>
/// <param name="patience">A client that takes less than a part of its replies (64 KiB) in this time is given up.</param>
internal sealed class RespServer(ServerState server, IStore[] stores, TimeSpan patience)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Serves whoever connects, and never ends.</summary>
    /// <param name="listener">The socket, which listens.</param>
    public async ValueTask ListenAsync(Socket listener)
    {
        while (true)
        {
            try
            {
                Executor.Current!.Spawn(ServeAsync, await listener.AcceptAsync());
                // Those that come without end keep nobody waiting, and one too many is told so before the next is accepted.
                await Executor.Current!.Yield();
            }
            catch (SocketException)
            {
                // It was gone before it was accepted; or Linux is out of descriptors or memory, and to ask again at once would take all of a processor.
                await Executor.Current!.Delay(s_pause);
            }
        }
    }

    /// <summary>Serves a client until it goes, and closes the connection.</summary>
    public async ValueTask ServeAsync(IConnection connection)
    {
        using (connection)
        {
            ClientSession? session = server.TryOpen(connection.Address);
            try
            {
                if (session is null)
                    await RefuseAsync(connection);
                else
                    await ServeAsync(session, connection);
            }
            catch (SocketException)
            {
                // The client is gone, or takes nothing.
            }
            finally
            {
                server.Close(session);
            }
        }
    }

    private async ValueTask ServeAsync(Socket client)
    {
        using (client)
        {
            client.NoDelay = true;
            await ServeAsync(new TcpConnection(client, patience));
        }
    }

    private async CoTask ServeAsync(ClientSession session, IConnection connection)
    {
        var replies = new ReplyPump(session, stores, connection);
        try
        {
            while (!session.IsClosing)
            {
                ReadOnlyMemory<byte> bytes = await connection.ReadAsync();
                if (bytes.IsEmpty)
                    return;
                while (!bytes.IsEmpty && !session.IsClosing)
                {
                    session.Gather(ref bytes);
                    await replies.AnswerAsync();
                    // Who sends many commands at once has a turn for each batch of them, as all others have.
                    if (!bytes.IsEmpty)
                        await Executor.Current!.Yield();
                }

                await replies.FlushAsync();
            }
        }
        catch (InvalidReplyException failure)
        {
            Console.Error.WriteLine($"Connection {session.Id} ends: {failure.Message}");
            await replies.FlushAsync();
        }
    }

    private static CoTask RefuseAsync(IConnection connection)
    {
        var reply = new ArrayBufferWriter<byte>();
        reply.WriteError(Errors.TooManyClients);
        return connection.WriteAsync(reply.WrittenMemory);
    }
}
