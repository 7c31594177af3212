using System.Buffers;
using System.Net.Sockets;
using Rel4.Runtime;

namespace Rel4.Samples.Kv.Gateway;

/// <summary>Is a connection over TCP, which the executor sleeps for as it does for the store's replies.</summary>
/// <param name="client">The client.</param>
/// <param name="patience">How long it may take for a part of its replies.</param>
internal sealed class TcpConnection(Socket client, TimeSpan patience) : IConnection
{
    /// <summary>So much is read at once.</summary>
    private const int ReadSize = 16 * 1024;

    private readonly ExecutorSocket _socket = new(client);
    private readonly CancellationTokenSource _stalled = new();
    private byte[] _buffer = [];

    /// <inheritdoc/>
    public string Address => client.RemoteEndPoint?.ToString() ?? "?";

    /// <inheritdoc/>
    public async CoTask<ReadOnlyMemory<byte>> ReadAsync()
    {
        // Most clients are silent at any time: they take no memory.
        GiveBack();
        await _socket.WaitToReceiveAsync();
        _buffer = ArrayPool<byte>.Shared.Rent(ReadSize);
        int length = await _socket.ReceiveAsync(_buffer);
        return _buffer.AsMemory(0, length);
    }

    /// <inheritdoc/>
    public async CoTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        CoTask sending = _socket.SendAsync(bytes, _stalled.Token);
        bool waits = !sending.IsCompleted;
        if (waits)
            _stalled.CancelAfter(patience);
        try
        {
            await sending;
        }
        catch (OperationCanceledException)
        {
            throw new SocketException((int)SocketError.TimedOut);
        }

        if (waits)
            _stalled.CancelAfter(Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        GiveBack();
        _socket.Dispose();
        _stalled.Dispose();
    }

    private void GiveBack()
    {
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }
}
