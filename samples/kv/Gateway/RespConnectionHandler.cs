using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Rel4.Samples.Kv.Gateway.Stores;
using Rel4.Samples.Kv.Protocol;
using Rel4.Samples.Kv.Resp;

namespace Rel4.Samples.Kv.Gateway;

/// <summary>Serves connections: reads what is there, carries all of it out, and sends all replies at once.</summary>
internal sealed class RespConnectionHandler(ServerState server, IStore store) : ConnectionHandler
{
    /// <inheritdoc/>
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        if (server.TryOpen(connection.RemoteEndPoint) is not { } session)
        {
            connection.Transport.Output.WriteError(Errors.TooManyClients);
            await connection.Transport.Output.FlushAsync(connection.ConnectionClosed);
            return;
        }

        try
        {
            CancellationToken closing =
                connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? connection.ConnectionClosed;
            await ServeAsync(session, connection.Transport, closing);
        }
        catch (InvalidReplyException failure)
        {
            Console.Error.WriteLine($"Connection {session.Id} ends: {failure.Message}");
            connection.Abort();
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException)
        {
            // The client is gone, or the gateway stops.
        }
        finally
        {
            server.Close(session);
        }
    }

    private async Task ServeAsync(ClientSession session, IDuplexPipe transport, CancellationToken closing)
    {
        var replies = new ReplyPump(session, store, transport.Output);
        bool isOver = false;
        while (!isOver)
        {
            ReadResult read = await transport.Input.ReadAsync(closing);
            ReadOnlySequence<byte> buffer = read.Buffer;
            while (!buffer.IsEmpty && !session.IsClosing)
            {
                session.Gather(ref buffer);
                await replies.AnswerAsync();
            }

            transport.Input.AdvanceTo(read.Buffer.End);
            isOver = read.IsCompleted || session.IsClosing;
            if (transport.Output.UnflushedBytes > 0)
                isOver |= (await transport.Output.FlushAsync(closing)).IsCompleted;
        }
    }
}
