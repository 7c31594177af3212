using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Rel4.Hosted.Tests.Supervision;

/// <summary>Talks to the diagnostic port of a process' .NET runtime, as its tools do (documentation/design-docs/ipc-protocol.md of dotnet/diagnostics).</summary>
internal static class DiagnosticPort
{
    private const int HeaderSize = 20;
    private const byte Process = 4, GetEnvironment = 2, Server = 0xFF, Ok = 0;

    private static readonly byte[] s_magic = [.. "DOTNET_IPC_V1\0"u8];

    /// <summary>Finds the ports in a folder.</summary>
    public static string[] Find(string folder, int process) => Directory.GetFiles(folder, $"dotnet-diagnostic-{process}-*-socket");

    /// <summary>Asks for the environment of the process.</summary>
    public static async Task<string> GetEnvironmentAsync(string port, CancellationToken cancellationToken)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(port), cancellationToken);
        await using var stream = new NetworkStream(socket);
        byte[] request = [.. s_magic, HeaderSize, 0, Process, GetEnvironment, 0, 0];
        await stream.WriteAsync(request, cancellationToken);
        byte[] header = new byte[HeaderSize];
        await stream.ReadExactlyAsync(header, cancellationToken);
        Assert.Equal((Server, Ok), (header[16], header[17]));
        byte[] payload = new byte[BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(s_magic.Length)) - HeaderSize];
        await stream.ReadExactlyAsync(payload, cancellationToken);
        // How many bytes follow the answer itself, and 2 that are reserved; then their number of variables, and those as UTF-16.
        byte[] variables = new byte[BinaryPrimitives.ReadUInt32LittleEndian(payload)];
        await stream.ReadExactlyAsync(variables, cancellationToken);
        return Encoding.Unicode.GetString(variables);
    }
}
