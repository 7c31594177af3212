namespace Rel4.Runtime.Channels;

/// <summary>Tells how an attempt to write ended.</summary>
internal enum WriteOutcome
{
    /// <summary>All is in the ring.</summary>
    Done,

    /// <summary>A part is in the ring and there is more to write: call again, now or after giving others their turn.</summary>
    More,

    /// <summary>There is no room: try again when <see cref="ChannelEnd.Poll"/> says <see cref="ChannelEvents.Writable"/>.</summary>
    Full,

    /// <summary>The message is longer than a record, and nothing to lend it: it goes by <see cref="ChannelEnd.TryContinue"/>.</summary>
    InParts,

    /// <summary>Another fragmented message is under way: try again when it has ended.</summary>
    Busy,

    /// <summary>The message is longer than the peer takes.</summary>
    TooLong,

    /// <summary>The channel is closed; <see cref="ChannelEnd.State"/> says why.</summary>
    Closed,
}

/// <summary>Names what an end has to do.</summary>
[Flags]
internal enum ChannelEvents
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>There are records to read.</summary>
    Readable = 1,

    /// <summary>There is the room that was last asked for in vain.</summary>
    Writable = 2,

    /// <summary>The channel is closed.</summary>
    Closed = 4,
}

/// <summary>Tells whether a channel is open, and if not, why. All but <see cref="Open"/> are final.</summary>
internal enum ChannelState
{
    /// <summary>Both sides can write.</summary>
    Open,

    /// <summary>This side has closed it.</summary>
    Closed,

    /// <summary>The peer has closed it. What it had published before can still be read.</summary>
    ClosedByPeer,

    /// <summary>The peer broke the protocol; <see cref="ChannelEnd.Fault"/> says how.</summary>
    Violated,
}

/// <summary>Tells who looks for records.</summary>
internal enum ChannelHeat
{
    /// <summary>Nobody does: the peer rings the doorbell.</summary>
    Cold,

    /// <summary>This side does, in every turn: the peer doesn't ring.</summary>
    Hot,
}
