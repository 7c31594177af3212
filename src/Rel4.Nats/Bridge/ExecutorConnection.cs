using System.Net.Sockets;
using System.Threading.Tasks.Sources;
using NATS.Client.Core;
using Rel4.Runtime;

namespace Rel4.Nats.Bridge;

/// <summary>Is a connection's socket, read on the executor's thread: what arrives is taken there without waking two other threads first.</summary>
/// <remarks>
/// The client's loop that reads goes on where a receive completes: on the executor. So it is there that messages are taken, unless the loop had to wait for something else meanwhile; <see cref="IncomingQueue"/>
/// takes them either way. One receive is under way at a time.
/// </remarks>
internal sealed class ExecutorConnection : INatsSocketConnection, IValueTaskSource<int>
{
    private readonly Executor _executor;
    private readonly Socket _socket;
    private readonly ExecutorSocket _watched;
    private ManualResetValueTaskSourceCore<int> _received;
    private Memory<byte> _buffer;

    private ExecutorConnection(Executor executor, Socket socket)
    {
        _executor = executor;
        _socket = socket;
        _watched = new ExecutorSocket(socket);
    }

    public ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        _received.Reset();
        _buffer = buffer;
        if (_executor.IsOwner)
            Receive();
        else
            _executor.Post(static self => ((ExecutorConnection)self!).Receive(), this);
        return new ValueTask<int>(this, _received.Version);
    }

    /// <summary>Sends what Linux takes at once, and only waits if that is nothing. Any thread.</summary>
    public ValueTask<int> SendAsync(ReadOnlyMemory<byte> buffer)
    {
        int sent = _socket.Send(buffer.Span, SocketFlags.None, out SocketError error);
        return error switch
        {
            SocketError.Success => new ValueTask<int>(sent),
            SocketError.WouldBlock => new ValueTask<int>(SendLaterAsync(buffer)),
            _ => ValueTask.FromException<int>(new SocketException((int)error)),
        };
    }

    public ValueTask DisposeAsync()
    {
        _executor.Post(static socket => ((ExecutorSocket)socket!).Dispose(), _watched);
        return default;
    }

    int IValueTaskSource<int>.GetResult(short token) => _received.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _received.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _received.OnCompleted(continuation, state, token, flags);

    // A coroutine for each, so that a server that sends without end has its turn with everybody else here.
    private void Receive() => _executor.Spawn(static self => self.ReceiveOnceAsync(), this);

    private async ValueTask ReceiveOnceAsync()
    {
        int length;
        try
        {
            length = await _watched.ReceiveAsync(_buffer);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            _received.SetException(error);
            return;
        }

        _received.SetResult(length);
    }

    private Task<int> SendLaterAsync(ReadOnlyMemory<byte> buffer)
    {
        var sent = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        _executor.Post(_ => _executor.Spawn(async () =>
        {
            try
            {
                await _watched.SendAsync(buffer);
                sent.SetResult(buffer.Length);
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                sent.SetException(error);
            }
        }));
        return sent.Task;
    }

    /// <summary>Makes them.</summary>
    /// <param name="executor">The executor.</param>
    public sealed class Factory(Executor executor) : INatsSocketConnectionFactory
    {
        public async ValueTask<INatsSocketConnection> ConnectAsync(Uri uri, NatsOpts opts, CancellationToken cancellationToken)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(uri.Host, uri.Port, cancellationToken).ConfigureAwait(false);
                var made = new TaskCompletionSource<INatsSocketConnection>(TaskCreationOptions.RunContinuationsAsynchronously);
                executor.Post(_ =>
                {
                    try
                    {
                        made.SetResult(new ExecutorConnection(executor, socket));
                    }
                    catch (Exception error)
                    {
                        made.SetException(error);
                    }
                });
                return await made.Task.ConfigureAwait(false);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }
}
