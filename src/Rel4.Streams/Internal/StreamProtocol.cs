namespace Rel4.Streams.Internal;

/// <summary>Holds the numbers that both sides of a connection agree on.</summary>
/// <remarks>
/// A connection takes one call that is held for as long as it lives, so that each side learns of the other's end, and up to <see cref="Window"/> calls in each direction. Only the receiver
/// of bytes gives room: the server by answering writes, the client by reads. A piece is short enough for one record of the ring, so calls arrive in the order in which they were made.
/// </remarks>
internal static class StreamProtocol
{
    /// <summary>What an open says.</summary>
    public const uint Version = 1;

    /// <summary>How many calls are under way in each direction.</summary>
    public const int Window = 4;

    /// <summary>The bytes of a piece: with its header it is shorter than what goes beside the ring.</summary>
    public const int MaxPiece = 31 << 10;

    /// <summary>In the last write of a connection.</summary>
    public const uint Last = 1;

    /// <summary>
    /// What a connection may take of <see cref="Rel4.Runtime.ReL4.MemoryPerPeer"/>: 16 KiB for each request, by which the runtime counts them, one more among them that
    /// breaks the protocol; it is more than the pieces that wait.
    /// </summary>
    public const long MemoryPerConnection = ((2 * Window) + 2) * (16 << 10);
}
