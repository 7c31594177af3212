using Rel4.Runtime;

namespace Rel4.Streams;

/// <summary>Tells that a connection has ended before its bytes did, or was not taken.</summary>
/// <remarks>Whether the other side has read what was written last is unknown. Bytes that had arrived and were not read are gone.</remarks>
public sealed class StreamClosedException : Rel4Exception
{
    internal StreamClosedException(StreamCloseReason reason, Exception? cause = null)
        : base(CodeOf(reason), Describe(reason), cause) => Reason = reason;

    /// <summary>Gets why.</summary>
    public StreamCloseReason Reason { get; }

    private static Rel4ErrorCode CodeOf(StreamCloseReason reason) => reason switch
    {
        StreamCloseReason.AbortedHere => Rel4ErrorCode.EndedHere,
        StreamCloseReason.PeerAborted or StreamCloseReason.PeerClosed or StreamCloseReason.PeerEnded => Rel4ErrorCode.PeerEnded,
        StreamCloseReason.Refused => Rel4ErrorCode.OutOfResources,
        StreamCloseReason.ProtocolViolation => Rel4ErrorCode.ProtocolViolation,
        _ => Rel4ErrorCode.SystemEnded,
    };

    private static string Describe(StreamCloseReason reason) => reason switch
    {
        StreamCloseReason.AbortedHere => "The connection was aborted on this side.",
        StreamCloseReason.PeerAborted => "The other side has aborted the connection.",
        StreamCloseReason.PeerClosed => "The other side has closed the connection and takes no more bytes.",
        StreamCloseReason.PeerEnded => "The other side of the connection has ended. Connect again: that waits until somebody listens.",
        StreamCloseReason.Refused =>
            "The listener takes no more connections: there are as many as its StreamOptions allow (MaxConnectionsPerBadge, MaxConnections), or it has stopped.",
        StreamCloseReason.ProtocolViolation => "The connection was ended, as one side sent what the protocol of streams does not allow. Does the endpoint's other side listen for streams?",
        _ => "The system has ended.",
    };
}
