namespace Rel4.Streams.Internal;

/// <summary>Names what a client asks for: the label of its message. Each begins with a <see cref="StreamHeader"/>.</summary>
internal enum StreamRequest : ushort
{
    /// <summary>A call that opens the connection of a number that the client has chosen. It is answered when the connection ends, by how.</summary>
    Open = 1,

    /// <summary>A call with bytes towards the server; answered when they lie in its buffer and that has room again.</summary>
    Write = 2,

    /// <summary>A call for bytes towards the client; answered when there are some. The first one of a connection is answered at once, by none.</summary>
    Read = 3,

    /// <summary>A message that the client has given the connection up.</summary>
    Abort = 4,

    /// <summary>A message that the client has had its last bytes taken, and wants none.</summary>
    Close = 5,
}
