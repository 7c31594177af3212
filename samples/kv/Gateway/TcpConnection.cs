using System.Buffers;
using System.Net.Sockets;
using Rel4.Runtime;

namespace Rel4.Samples.Kv.Gateway;

/// <summary>Is a connection over TCP, which the executor sleeps for as it does for the store's replies.</summary>
internal sealed class TcpConnection(Socket client) : IConnection
{
    /// <summary>So much is read at once.</summary>
    private const int ReadSize = 16 * 1024;

    private readonly ExecutorSocket _socket = new(client);
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
    public CoTask WriteAsync(ReadOnlyMemory<byte> bytes) => _socket.SendAsync(bytes);

    /// <inheritdoc/>
    public void Dispose()
    {
        GiveBack();
        _socket.Dispose();
    }

    private void GiveBack()
    {
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }
}
