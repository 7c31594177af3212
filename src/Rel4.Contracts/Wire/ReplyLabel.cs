namespace Rel4.Contracts.Wire;

/// <summary>The label of a reply: what its payload is.</summary>
internal enum ReplyLabel : ushort
{
    /// <summary>The result.</summary>
    Result,

    /// <summary>A code and a message of the server's choice.</summary>
    Error,

    /// <summary>An unexpected exception: a message, or nothing.</summary>
    Failed,

    /// <summary>Cancelled by the client, or as the server ends. Nothing.</summary>
    Cancelled,

    /// <summary>The deadline has passed. Nothing.</summary>
    DeadlineExceeded,

    /// <summary>Of a pull or push: the call has ended, whose own reply says how. Nothing.</summary>
    CallEnded,

    /// <summary>Of a push: the server reads no more of this stream. Nothing.</summary>
    StreamEnded,

    /// <summary>This and a <see cref="ContractRefusal"/>: refused.</summary>
    Refused = 0x100,
}
