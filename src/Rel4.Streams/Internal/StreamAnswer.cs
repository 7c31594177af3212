namespace Rel4.Streams.Internal;

/// <summary>Names what the server answers: the label of its reply.</summary>
internal enum StreamAnswer : ushort
{
    /// <summary>The bytes were taken, or here are some.</summary>
    Bytes = 0,

    /// <summary>To a read: there will be no more. To an open: both sides are through.</summary>
    End = 1,

    /// <summary>There is no such connection, or none any more: the answer to its open says why.</summary>
    Closed = 2,

    /// <summary>To an open: the server has aborted the connection.</summary>
    Aborted = 3,

    /// <summary>To an open: the server takes no more connections.</summary>
    Refused = 4,

    /// <summary>To an open: the client has broken the protocol.</summary>
    Violation = 5,
}
