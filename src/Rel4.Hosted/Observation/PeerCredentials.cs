using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Rel4.Hosted.Observation;

/// <summary>Knows who is at the other end of a Unix socket: Linux says so (<c>SO_PEERCRED</c>, <c>unix(7)</c>).</summary>
internal static class PeerCredentials
{
    /// <summary>Tells whether a peer is the same user or root, and no task.</summary>
    /// <param name="peer">The socket.</param>
    /// <param name="isTask">Tells whether a process is a task of the system.</param>
    public static bool IsUser(Socket peer, Func<int, bool> isTask)
    {
        const int SocketLevel = 1, Credentials = 17;
        Span<byte> raw = stackalloc byte[12];
        if (peer.GetRawSocketOption(SocketLevel, Credentials, raw) != raw.Length)
            return false;
        // struct ucred: process, user, group.
        ReadOnlySpan<int> credentials = MemoryMarshal.Cast<byte, int>(raw);
        uint user = (uint)credentials[1];
        return (user == ObservationFolder.User || user == 0) && !isTask(credentials[0]);
    }
}
