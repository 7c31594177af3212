using System.Net.Sockets;

namespace Rel4.Ipc.Bench.Baselines;

/// <summary>Is a blocking .NET socket between two processes, the baseline that most know.</summary>
internal static class UnixSocket
{
    /// <summary>Serves the one client of a socket on a thread of its own, until that closes.</summary>
    public static void Serve(string name, Action<Socket> serve)
    {
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(BenchmarkTask.SocketPath(name)));
        listener.Listen();
        var thread = new Thread(() =>
        {
            using Socket client = listener.Accept();
            serve(client);
        })
        {
            IsBackground = true,
            Name = $"Unix socket {name}",
        };
        thread.Start();
    }

    /// <summary>Sends back what comes, as it comes.</summary>
    public static void Echo(Socket client)
    {
        byte[] buffer = new byte[64 * 1024];
        for (int length = client.Receive(buffer); length > 0; length = client.Receive(buffer))
            client.Send(buffer, length, SocketFlags.None);
    }

    /// <summary>Sends back messages, each when all of it has come. Before them come their length and how many they are.</summary>
    public static void EchoFramed(Socket client)
    {
        byte[] header = new byte[2 * sizeof(int)];
        while (TryReceiveAll(client, header))
        {
            byte[] message = new byte[BitConverter.ToInt32(header)];
            for (int left = BitConverter.ToInt32(header, sizeof(int)); left > 0; left--)
            {
                ReceiveAll(client, message);
                client.Send(message);
            }
        }
    }

    /// <summary>Connects to a server that listens.</summary>
    public static Socket Connect(string name)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(BenchmarkTask.SocketPath(name)));
        return socket;
    }

    /// <summary>Sends a message and waits for as much, so many times.</summary>
    public static void RoundTrip(Socket socket, byte[] message, int count)
    {
        for (int i = 0; i < count; i++)
        {
            socket.Send(message);
            ReceiveAll(socket, message);
        }
    }

    /// <summary>Fills a buffer.</summary>
    /// <exception cref="EndOfStreamException">The peer closed the connection.</exception>
    public static void ReceiveAll(Socket socket, Span<byte> buffer)
    {
        if (!TryReceiveAll(socket, buffer))
            throw new EndOfStreamException("The benchmark's other task closed its socket.");
    }

    private static bool TryReceiveAll(Socket socket, Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            int length = socket.Receive(buffer);
            if (length == 0)
                return false;
            buffer = buffer[length..];
        }

        return true;
    }
}
