using System.Net.Sockets;

namespace Rel4.Hosted.Bench;

/// <summary>Is the baseline: blocking .NET sockets between the same two processes.</summary>
internal static class UnixSocketPeer
{
    /// <summary>Names the environment variable with the socket's path.</summary>
    public const string PathVariable = "BENCH_SOCKET";

    private static UnixDomainSocketEndPoint Address => new(Environment.GetEnvironmentVariable(PathVariable)!);

    /// <summary>Sends back what one client sends, until it closes.</summary>
    public static void Echo()
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(Address);
        File.SetUnixFileMode(Environment.GetEnvironmentVariable(PathVariable)!, (UnixFileMode)0b110_110_110);
        listener.Listen();
        using Socket client = listener.Accept();
        byte[] buffer = new byte[4096];
        for (int length = client.Receive(buffer); length > 0; length = client.Receive(buffer))
            client.Send(buffer, length, SocketFlags.None);
    }

    /// <summary>Connects to the one that echoes, which may be about to listen.</summary>
    public static Socket Connect()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                socket.Connect(Address);
                return socket;
            }
            catch (SocketException) when (attempt < 500)
            {
                Thread.Sleep(10);
            }
        }
    }
}
