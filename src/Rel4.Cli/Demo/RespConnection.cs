using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Rel4.Cli.Demo;

/// <summary>Is a client of a Redis server that understands no more of replies than where they end and whether they are errors.</summary>
internal sealed class RespConnection : IDisposable
{
    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;

    private RespConnection(Socket socket) => _socket = socket;

    /// <summary>Gets what the last reply holds, without what frames it. Good until the next exchange.</summary>
    public ReadOnlyMemory<byte> Last { get; private set; }

    /// <summary>Connects to a port of this machine.</summary>
    public static Task<RespConnection> OpenAsync(int port, CancellationToken cancellationToken) =>
        OpenAsync(
            new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }, new IPEndPoint(IPAddress.Loopback, port), cancellationToken);

    /// <summary>Connects a socket.</summary>
    public static async Task<RespConnection> OpenAsync(Socket socket, EndPoint server, CancellationToken cancellationToken)
    {
        var connection = new RespConnection(socket);
        try
        {
            await socket.ConnectAsync(server, cancellationToken);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Writes commands as clients send them.</summary>
    /// <param name="command">The words.</param>
    /// <param name="times">How often.</param>
    public static byte[] Write(string[] command, int times)
    {
        string one = $"*{command.Length}\r\n" + string.Concat(command.Select(word => $"${Encoding.UTF8.GetByteCount(word)}\r\n{word}\r\n"));
        return Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(one, times)));
    }

    /// <summary>Sends requests and waits for all replies, none of which is an array.</summary>
    /// <returns>The first error, or null.</returns>
    /// <exception cref="IOException">The server closed the connection.</exception>
    public async ValueTask<string?> ExchangeAsync(ReadOnlyMemory<byte> requests, int replies, CancellationToken cancellationToken)
    {
        for (int sent = 0; sent < requests.Length;)
            sent += await _socket.SendAsync(requests[sent..], cancellationToken);
        string? error = null;
        for (int i = 0; i < replies; i++)
        {
            int length;
            while ((length = FindReply(ref error)) < 0)
                await ReceiveAsync(cancellationToken);
            _start += length;
        }

        return error;
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    /// <summary>Finds the length of the next reply, or -1 if not all of it is there.</summary>
    private int FindReply(ref string? error)
    {
        ReadOnlySpan<byte> rest = _buffer.AsSpan(_start, _end - _start);
        bool isError = !rest.IsEmpty && rest[0] == '-';
        int line = rest.IndexOf("\r\n"u8);
        if (line < 0)
            return -1;
        if (isError)
            error ??= Encoding.UTF8.GetString(rest[1..line]);
        int length = line + 2;
        Last = _buffer.AsMemory(_start + 1, line - 1);
        if (rest[0] == '$' && int.Parse(rest[1..line], System.Globalization.CultureInfo.InvariantCulture) is >= 0 and var bytes)
        {
            Last = _buffer.AsMemory(_start + length, Math.Min(bytes, rest.Length - length));
            length += bytes + 2;
        }

        return length <= rest.Length ? length : -1;
    }

    private async ValueTask ReceiveAsync(CancellationToken cancellationToken)
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        int received = await _socket.ReceiveAsync(_buffer.AsMemory(_end), cancellationToken);
        if (received == 0)
            throw new IOException("The gateway closed a connection.");
        _end += received;
    }
}
