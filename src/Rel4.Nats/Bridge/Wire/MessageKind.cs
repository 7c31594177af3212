namespace Rel4.Nats.Bridge;

/// <summary>Names what a message between two bridges is.</summary>
internal enum MessageKind : byte
{
    /// <summary>None.</summary>
    None,

    /// <summary>To an exporter: a client begins. The answer is <see cref="Opened"/>, with where its messages go from then on.</summary>
    Open,

    /// <summary>To an exporter: a call. The length is the whole message's; what is longer than one message of NATS goes on in parts.</summary>
    Call,

    /// <summary>To an exporter: a send. It is answered by an empty reply when the receiver has it.</summary>
    Send,

    /// <summary>To an exporter: a client is there, and waits for what is under way.</summary>
    Beat,

    /// <summary>To an exporter: a client is gone.</summary>
    Gone,

    /// <summary>To an importer: the exporter has a client.</summary>
    Opened,

    /// <summary>To an importer: the answer to a call.</summary>
    Reply,

    /// <summary>To an importer: there is no answer. The label says why, the length is the limit that was met.</summary>
    Failure,

    /// <summary>To an importer: these calls (four bytes each) are under way.</summary>
    Working,

    /// <summary>More of a message, at the length's offset.</summary>
    Part,

    /// <summary>More of a message is taken: up to the length's offset.</summary>
    Credit,

    /// <summary>To a stream: a message that it keeps until it is answered. Its id is the header <c>Nats-Msg-Id</c>.</summary>
    Kept,
}
