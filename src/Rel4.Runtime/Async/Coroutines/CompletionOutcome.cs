namespace Rel4.Runtime;

/// <summary>Tells how a use of a <see cref="Completion"/> has ended.</summary>
internal enum CompletionOutcome : byte
{
    /// <summary>It has not.</summary>
    Pending,

    /// <summary>There is the result.</summary>
    Succeeded,

    /// <summary>Whoever waited has given up.</summary>
    Canceled,

    /// <summary>The time was over.</summary>
    TimedOut,

    /// <summary>What was waited for has failed.</summary>
    Failed,

    /// <summary>The channel has closed: whether the peer has acted on the message is unknown.</summary>
    Closed,

    /// <summary>The peer has ended the request without a reply.</summary>
    Abandoned,

    /// <summary>The message, or the reply, is longer than who is to have it takes.</summary>
    TooLong,
}
