using Rel4.Runtime;

namespace Rel4.Samples.Kv.Gateway;

/// <summary>Is the way to a client and back.</summary>
internal interface IConnection : IDisposable
{
    /// <summary>Gets who is there, for people.</summary>
    string Address { get; }

    /// <summary>Waits for what the client sends.</summary>
    /// <returns>The bytes, good until the next call; none when the client has sent its last.</returns>
    /// <exception cref="System.Net.Sockets.SocketException">The client is gone.</exception>
    CoTask<ReadOnlyMemory<byte>> ReadAsync();

    /// <summary>Sends to the client, and waits while it takes no more, for a limited time.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">The client is gone, or has not taken all in that time.</exception>
    CoTask WriteAsync(ReadOnlyMemory<byte> bytes);
}
