namespace Rel4.Metal.User;

/// <summary>Names what has become of a channel, at one of its ends.</summary>
internal enum ChannelStage : uint
{
    /// <summary>There is none.</summary>
    Free,

    /// <summary>The task has a ticket for it, which nobody has presented yet.</summary>
    Asked,

    /// <summary>Its frames are mapped.</summary>
    Open,

    /// <summary>There is nobody at the other end, or never was; the task is to leave it.</summary>
    Closed,
}
