using System.Threading.Channels;
using Rel4.Runtime;

namespace Rel4.Streams.Internal;

/// <summary>The connections of a listener, and what their clients' messages do.</summary>
/// <remarks>On the listener's executor, but where a member says otherwise.</remarks>
internal sealed class ListenerState(StreamOptions options, ChannelWriter<StreamConnection> accepted)
{
    private readonly Dictionary<(ulong Badge, ulong Number), ServerSide> _connections = [];
    private readonly Dictionary<ulong, int> _ofBadge = [];
    private volatile SynchronizationContext? _home;

    /// <summary>Gets or sets whether it takes no more connections. Any thread.</summary>
    public bool IsStopped { get; set; }

    /// <summary>Takes messages until the token is cancelled.</summary>
    public async ValueTask ServeAsync(EndpointCap endpoint, TaskCompletionSource listening, CancellationToken stop)
    {
        _home = SynchronizationContext.Current;
        var end = StreamCloseReason.AbortedHere;
        try
        {
            RequestSequence requests = endpoint.ReceiveAllAsync(stop);
            listening.SetResult();
            await foreach (IpcRequest request in requests)
                Take(request);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
        catch (KernelEndedException)
        {
            end = StreamCloseReason.SystemEnded;
            throw;
        }
        finally
        {
            ServerSide[] left = [.. _connections.Values];
            foreach (ServerSide connection in left)
                connection.End(end);
            // What waited for code's bytes, or for room, goes on once more, to tell code that this is the end. Another thread may be bringing it here just now.
            while (left.Any(connection => connection.IsBusy))
                await Executor.Current!.Yield();
            _home = null;
        }
    }

    /// <summary>Does something on the executor; nothing if that has ended, as all connections have then. Any thread.</summary>
    public void Post<T>(Action<T> action, T state) => _home?.Post(_ => action(state), null);

    /// <summary>Forgets a connection that has ended.</summary>
    public void Remove(ServerSide connection)
    {
        if (!_connections.Remove(connection.Key))
            return;
        if (--_ofBadge[connection.Key.Badge] == 0)
            _ofBadge.Remove(connection.Key.Badge);
    }

    private void Take(IpcRequest request)
    {
        // Numbers are each badge's own: one that is another client's means nothing.
        if (!StreamHeader.TryRead(request.Payload, out StreamHeader header))
        {
            Answer(request, StreamAnswer.Closed);
        }
        else if ((StreamRequest)request.Label == StreamRequest.Open)
        {
            Open(request, header);
        }
        else if (_connections.TryGetValue((request.Badge, header.Number), out ServerSide? connection))
        {
            Take(request, connection, header);
        }
        else
        {
            Answer(request, StreamAnswer.Closed);
        }
    }

    private static void Take(IpcRequest request, ServerSide connection, in StreamHeader header)
    {
        switch ((StreamRequest)request.Label)
        {
            case StreamRequest.Read:
                connection.Read(request, header);
                break;
            case StreamRequest.Write:
                connection.Write(request, header);
                break;
            case StreamRequest.Abort:
                request.Dispose();
                connection.End(StreamCloseReason.PeerAborted);
                break;
            case StreamRequest.Close:
                request.Dispose();
                connection.PeerClosed();
                break;
            default:
                Answer(request, StreamAnswer.Closed);
                connection.End(StreamCloseReason.ProtocolViolation);
                break;
        }
    }

    private void Open(IpcRequest open, in StreamHeader header)
    {
        ulong badge = open.Badge;
        // Of a synchronous caller nothing would tell that it is gone, and who waits for no answer is told no end.
        if (header.Value != StreamProtocol.Version || !open.IsCall || !open.CallerGone.CanBeCanceled || _connections.ContainsKey((badge, header.Number)))
        {
            Answer(open, StreamAnswer.Violation);
            return;
        }

        int ofBadge = _ofBadge.GetValueOrDefault(badge);
        if (IsStopped || ofBadge >= options.MaxConnectionsPerBadge || _connections.Count >= options.MaxConnections)
        {
            Answer(open, StreamAnswer.Refused);
            return;
        }

        var connection = new ServerSide(this, open, header.Number, options);
        if (!accepted.TryWrite(connection.Connection))
        {
            // Stopped just now. The connection is in no table yet.
            connection.End(StreamCloseReason.AbortedHere);
            return;
        }

        _connections.Add(connection.Key, connection);
        _ofBadge[badge] = ofBadge + 1;
    }

    private static void Answer(IpcRequest request, StreamAnswer answer) => request.ReplyAsync((ushort)answer);
}
