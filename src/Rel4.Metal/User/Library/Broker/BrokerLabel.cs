namespace Rel4.Metal.User;

/// <summary>Labels the messages by which tasks have the broker open channels. The numbers are "reL4" and a count, so that no program has them as labels of its own by chance.</summary>
/// <remarks>
/// <code>
/// message  to            words            capability   reply words  reply capability
/// Ask      broker        endpoint's slot  -            channel      ticket
/// Open     the endpoint  -                the ticket   (a Send)
/// Accept   broker        -                the ticket   channel      -
/// Decline  broker        -                the ticket   -            -
/// Leave    broker        channel          -            -            -
/// Tell     broker        one to four      -            (a Send)
/// </code>
/// A ticket is the broker's endpoint with a badge that it gives out once. The broker knows by it who asked, whoever presents it. The reply's label is a
/// <see cref="BrokerRefusal"/>.
/// </remarks>
internal enum BrokerLabel : ulong
{
    /// <summary>The client asks for a channel.</summary>
    Ask = 0x72_654C_3411,

    /// <summary>The client sends its ticket to whoever receives from the endpoint.</summary>
    Open = 0x72_654C_3412,

    /// <summary>The server accepts: it presents the ticket.</summary>
    Accept = 0x72_654C_3413,

    /// <summary>Either leaves a channel: it looks at the frames no more.</summary>
    Leave = 0x72_654C_3414,

    /// <summary>A task tells whoever composed it something.</summary>
    Tell = 0x72_654C_3415,

    /// <summary>Answers a synchronous caller whose request was ended without a reply, or whose server has ended.</summary>
    Ended = 0x72_654C_3416,

    /// <summary>The server does not accept: it presents the ticket, so that the client is told.</summary>
    Decline = 0x72_654C_3417,
}
