namespace Rel4.Metal.User;

/// <summary>Tells why the broker does not do what it was asked for: the label of its reply.</summary>
internal enum BrokerRefusal : ulong
{
    /// <summary>It does.</summary>
    None,

    /// <summary>It knows of no such request.</summary>
    Unknown = 0x100,

    /// <summary>The ticket was not given out, or has been presented, or who asked has gone.</summary>
    BadTicket,

    /// <summary>A task has as many channels as it may have, all together or with this peer, or there is no memory for another.</summary>
    NoRoom,

    /// <summary>Whoever received from the endpoint has ended.</summary>
    Ended,
}
