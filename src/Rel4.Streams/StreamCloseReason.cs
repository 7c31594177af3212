namespace Rel4.Streams;

/// <summary>Names why a connection has ended before its bytes did.</summary>
public enum StreamCloseReason
{
    /// <summary>This side has aborted it, or ended its listener.</summary>
    AbortedHere,

    /// <summary>The other side has aborted it.</summary>
    PeerAborted,

    /// <summary>The other side has closed it in good order, and takes nothing more.</summary>
    PeerClosed,

    /// <summary>The other side's process, or its runtime, has ended.</summary>
    PeerEnded,

    /// <summary>The listener takes no connection: it has as many as its options allow, of this badge or in all, or it has stopped.</summary>
    Refused,

    /// <summary>One side sent what the protocol does not allow.</summary>
    ProtocolViolation,

    /// <summary>The system, with its kernel, has ended.</summary>
    SystemEnded,
}
