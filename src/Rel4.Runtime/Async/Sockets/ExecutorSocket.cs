using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Rel4.Runtime;

/// <summary>A connected socket whose coroutine waits for it as for a channel: on the executor's own thread, which no other one wakes for it.</summary>
/// <remarks>
/// <para>
/// What a <see cref="Socket"/> does asynchronously by itself goes from the thread that waits for all sockets of the process to a thread of the pool, and from
/// there to the executor: two threads to wake for each request of a client. Here the executor sleeps for its sockets and its channels at once.
/// </para>
/// <para>
/// For the executor's thread only. One coroutine may receive and one may send at a time. On executors of <see cref="ReL4.Run(Func{ValueTask})"/> on Linux.
/// </para>
/// </remarks>
public sealed class ExecutorSocket : IWatched
{
    private readonly Executor _executor;
    private readonly InterruptParking _parking;
    private readonly Socket _socket;
    private readonly SocketReadiness _incoming, _outgoing;
    private bool _isDisposed;

    // What is still there is all that there will be, and nothing more is told of it.
    private bool _hasEnded;

    /// <summary>Takes over a socket.</summary>
    /// <param name="socket">A connected stream socket. It does not block any more, and is disposed of with this; if this throws, it is still the caller's.</param>
    /// <exception cref="ArgumentNullException">There is no socket.</exception>
    /// <exception cref="InvalidOperationException">The thread has no executor that can wait for sockets, or Linux no memory left for it.</exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed of.</exception>
    public ExecutorSocket(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        _executor = Executor.Current ?? throw new InvalidOperationException(
            "This thread has no executor to wait for the socket. Make it in a coroutine; elsewhere use the Socket itself.");
        _parking = _executor.Parking as InterruptParking ?? throw new InvalidOperationException(
            "This executor can't sleep until a socket is ready; those of ReL4.Run can. Use the Socket itself.");
        _socket = socket;
        _incoming = new SocketReadiness(_executor);
        _outgoing = new SocketReadiness(_executor);
        // Tells whether it was disposed of, before anybody waits for its number.
        socket.Blocking = false;
        _parking.Watch(this);
    }

    /// <summary>Gets the socket, to ask and to set its options. Who receives, sends or closes by itself takes what this waits for.</summary>
    public Socket Socket => _socket;

    SafeHandle IWatched.Handle => _socket.SafeHandle;

    ulong IWatched.WatchNumber { get; set; }

    /// <summary>Waits until there is something to receive, or the end of it, so that no buffer need be kept for a peer that is silent.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task that is complete when <see cref="ReceiveAsync"/> probably need not wait.</returns>
    /// <exception cref="ObjectDisposedException">This was disposed of, perhaps meanwhile.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="InvalidOperationException">Another coroutine receives, or this is another thread than the executor's.</exception>
    public CoTask WaitToReceiveAsync(CancellationToken cancellationToken = default)
    {
        RequireUsable();
        return _incoming.Wait(cancellationToken);
    }

    /// <summary>Receives what is there, and waits while there is nothing.</summary>
    /// <param name="buffer">Takes it: 1 byte or more.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>How many bytes; 0 after the peer's last.</returns>
    /// <exception cref="SocketException">The connection has failed.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The buffer is empty.</exception>
    /// <inheritdoc cref="WaitToReceiveAsync" path="/exception"/>
    public async CoTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfZero(buffer.Length, nameof(buffer));
        int received;
        do
            await WaitToReceiveAsync(cancellationToken);
        while (!TryReceive(buffer.Span, out received));
        return received;
    }

    /// <summary>Sends all of something, and waits while the peer takes no more.</summary>
    /// <param name="bytes">The bytes; they stay as they are until the task is complete.</param>
    /// <param name="cancellationToken">Ends the wait; some of the bytes may have been sent.</param>
    /// <returns>A task that is complete when Linux has taken all: at once where there is room. A peer that takes nothing keeps it waiting without end.</returns>
    /// <exception cref="SocketException">The connection has failed.</exception>
    /// <inheritdoc cref="WaitToReceiveAsync" path="/exception"/>
    public async CoTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default)
    {
        RequireUsable();
        _outgoing.RequireAlone();
        while (!bytes.IsEmpty)
        {
            if (Send(bytes.Span) is var sent && sent > 0)
                bytes = bytes[sent..];
            else
                await _outgoing.Wait(cancellationToken);
        }
    }

    /// <summary>Closes the socket. Who waits for it gets an <see cref="ObjectDisposedException"/>.</summary>
    /// <exception cref="InvalidOperationException">This is another thread than the executor's.</exception>
    public void Dispose()
    {
        _executor.RequireOwner();
        if (_isDisposed)
            return;
        _isDisposed = true;
        _parking.Unwatch(this);
        _socket.Dispose();
        _incoming.Fail(new ObjectDisposedException(nameof(ExecutorSocket)));
        _outgoing.Fail(new ObjectDisposedException(nameof(ExecutorSocket)));
    }

    void IWatched.Show(bool canReceive, bool canSend, bool hasEnded)
    {
        _hasEnded |= hasEnded;
        if (canReceive || hasEnded)
            _incoming.Show();
        if (canSend || hasEnded)
            _outgoing.Show();
    }

    private bool TryReceive(Span<byte> buffer, out int received)
    {
        received = _socket.Receive(buffer, SocketFlags.None, out SocketError error);
        // Who gets less than there is room for has got all: whatever comes next is news, which is told (epoll(7)). For what may be left, the next look
        // around asks, so that a peer that sends without end, or has sent much, has its turn with all others.
        if (received == buffer.Length)
            _parking.WatchAnew(this);
        if (received == buffer.Length || !_hasEnded)
            _incoming.Clear();
        return !IsBlocked(error);
    }

    private int Send(ReadOnlySpan<byte> bytes)
    {
        int sent = _socket.Send(bytes, SocketFlags.None, out SocketError error);
        if (!IsBlocked(error))
            return sent;
        _outgoing.Clear();
        return 0;
    }

    private static bool IsBlocked(SocketError error) => error switch
    {
        SocketError.Success => false,
        SocketError.WouldBlock => true,
        _ => throw new SocketException((int)error),
    };

    private void RequireUsable()
    {
        _executor.RequireOwner();
        ObjectDisposedException.ThrowIf(_isDisposed, this);
    }
}
