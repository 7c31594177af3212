namespace Rel4.Runtime;

/// <summary>What a <see cref="Rel4Exception"/> is about, for programs that decide by it.</summary>
public enum Rel4ErrorCode
{
    /// <summary>The kernel, or who serves, refused: what was asked for can't be done so. The program or the composition is to be mended.</summary>
    Refused,

    /// <summary>The task has no capability for it, or one without the right. The composition is to be mended.</summary>
    NoCapability,

    /// <summary>Memory, slots or another bound is used up just now: <see cref="Rel4Exception.Limit"/> says which number, where it is known.</summary>
    OutOfResources,

    /// <summary>A message or reply is longer than who takes it allows (<see cref="Rel4Exception.Limit"/> in bytes).</summary>
    TooLong,

    /// <summary>The other side has died, was stopped, or has closed. Whether it acted on what was under way is unknown.</summary>
    PeerEnded,

    /// <summary>A call was taken and will not be answered. Whether the server acted on it is unknown.</summary>
    NotAnswered,

    /// <summary>The other side's code has failed, or says an error of its contract: a server's method, or a client's stream or callback.</summary>
    PeerFailed,

    /// <summary>The other side broke the protocol.</summary>
    ProtocolViolation,

    /// <summary>It was ended on this side.</summary>
    EndedHere,

    /// <summary>The system was stopped, and its kernel has ended.</summary>
    SystemEnded,

    /// <summary>A system's definition is wrong.</summary>
    Definition,

    /// <summary>The machine refused: a system call of Linux, or a layer of the sandbox that is not there.</summary>
    Machine,

    /// <summary>A call was to be passed on, and nobody was there to carry it out: it was not.</summary>
    NotDelivered,
}
