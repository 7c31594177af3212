using System.Buffers;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Threading.Tasks.Sources;
using NATS.Client.Core;
using Rel4.Runtime;

namespace Rel4.Nats.Bridge;

/// <summary>Is a connection's socket on the executor's thread: what arrives is taken there, and what is published is written there, without waking other threads for it.</summary>
/// <remarks>
/// <para>
/// The client's loop that reads goes on where a receive completes: on the executor. So it is there that messages are taken, unless the loop had to wait for something else meanwhile; <see cref="IncomingQueue"/>
/// takes them either way. One receive is under way at a time.
/// </para>
/// <para>
/// The client's own commands (CONNECT, SUB, PING, PONG) are short, and come here whole; published messages are written between them, all of a turn of the executor at once.
/// </para>
/// </remarks>
internal sealed class ExecutorConnection : INatsSocketConnection, IValueTaskSource<int>
{
    /// <summary>From how many bytes on they are sent before the turn ends; and those who publish wait.</summary>
    private const int EarlyBytes = 128 << 10, MostBytes = 1 << 20;

    private const int LastPriority = 7;

    private readonly Executor _executor;
    private readonly Socket _socket;
    private readonly ExecutorSocket _watched;
    private ManualResetValueTaskSourceCore<int> _received;
    private Memory<byte> _buffer;
    private ArrayBufferWriter<byte> _written = new(), _sending = new();
    private TaskCompletionSource? _room;
    private bool _isFlushPosted;
    private bool _isSending;
    private bool _isDisposed;

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

    /// <summary>Sends commands of the client, which go between published messages. Any thread.</summary>
    public ValueTask<int> SendAsync(ReadOnlyMemory<byte> buffer)
    {
        byte[] commands = buffer.ToArray();
        _executor.Post(_ =>
        {
            _written.Write(commands);
            Flush();
        });
        return new ValueTask<int>(buffer.Length);
    }

    /// <summary>Publishes a message. On the executor's thread; the payload was read when this returns.</summary>
    /// <returns>A task that is complete when the next may be published: at once, unless the server takes nothing.</returns>
    public ValueTask PublishAsync(string subject, in Outgoing message, string? replyTo)
    {
        int length = MessageHeader.Size + message.Payload.Length;
        // https://docs.nats.io/reference/reference-protocols/nats-protocol#pub
        Span<byte> place = _written.GetSpan(subject.Length + (replyTo?.Length ?? 0) + length + 32);
        int at = Write(place, 0, "PUB ");
        at = Write(place, at, subject);
        place[at++] = (byte)' ';
        if (replyTo is not null)
        {
            at = Write(place, at, replyTo);
            place[at++] = (byte)' ';
        }

        _ = length.TryFormat(place[at..], out int digits, provider: CultureInfo.InvariantCulture);
        at = Write(place, at + digits, "\r\n");
        message.Header.Write(place[at..]);
        message.Payload.CopyTo(place[(at + MessageHeader.Size)..]);
        at = Write(place, at + length, "\r\n");
        _written.Advance(at);
        if (_written.WrittenCount >= EarlyBytes)
        {
            Flush();
        }
        else if (!_isFlushPosted)
        {
            _isFlushPosted = true;
            _executor.Post(static self => ((ExecutorConnection)self!).FlushPosted(), this, LastPriority);
        }

        if (_written.WrittenCount < MostBytes)
            return default;
        _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return new ValueTask(_room.Task);
    }

    public ValueTask DisposeAsync()
    {
        _executor.Post(static self => ((ExecutorConnection)self!).Close(), this);
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

    private static int Write(Span<byte> place, int at, string text) => at + Encoding.ASCII.GetBytes(text, place[at..]);

    private void FlushPosted()
    {
        _isFlushPosted = false;
        Flush();
    }

    private void Close()
    {
        _isDisposed = true;
        _watched.Dispose();
    }

    private void Flush()
    {
        if (_isSending || _written.WrittenCount == 0)
            return;
        if (_isDisposed)
        {
            // What was written before the client closed it, and waited for the end of the turn, is lost with it.
            _written.ResetWrittenCount();
            return;
        }

        int sent = _socket.Send(_written.WrittenSpan, SocketFlags.None, out SocketError error);
        if (error == SocketError.Success && sent == _written.WrittenCount)
        {
            _written.ResetWrittenCount();
            return;
        }

        _isSending = true;
        _executor.Spawn(SendRestAsync, error == SocketError.Success ? sent : 0);
    }

    private async ValueTask SendRestAsync(int sent)
    {
        try
        {
            while (_written.WrittenCount > 0)
            {
                (_written, _sending) = (_sending, _written);
                _room?.TrySetResult();
                _room = null;
                await _watched.SendAsync(_sending.WrittenMemory[sent..]);
                _sending.ResetWrittenCount();
                sent = 0;
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Whoever reads learns that the connection is lost; what was written is, too.
            _sending.ResetWrittenCount();
            _written.ResetWrittenCount();
            _room?.TrySetResult();
        }
        finally
        {
            _isSending = false;
        }
    }

    /// <summary>Makes them.</summary>
    /// <param name="executor">The executor.</param>
    public sealed class Factory(Executor executor) : INatsSocketConnectionFactory
    {
        /// <summary>Gets the last that was made, which is the one that is open, if one is. On the executor's thread.</summary>
        public ExecutorConnection? Last { get; private set; }

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
                        made.SetResult(Last = new ExecutorConnection(executor, socket));
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
