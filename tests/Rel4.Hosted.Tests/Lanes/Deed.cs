namespace Rel4.Hosted.Tests.Lanes;

/// <summary>Names what a server does with a call, which the call's label says.</summary>
internal enum Deed : ulong
{
    /// <summary>Replies with each word plus one, and receives the next.</summary>
    Echo,

    /// <summary>Ends.</summary>
    End,

    /// <summary>Signals a notification before the reply.</summary>
    Signal,

    /// <summary>Replies by a system call, and receives by another.</summary>
    ReplyThenReceive,

    /// <summary>Replies through a capability that it saved.</summary>
    ReplySaved,

    /// <summary>Receives again without a reply.</summary>
    Drop,

    /// <summary>Replies with a capability.</summary>
    ReplyWithCapability,

    /// <summary>Revokes the caller's capability before the reply.</summary>
    Revoke,

    /// <summary>Stops the caller and lets it go on, so that it makes its call again.</summary>
    RestartCaller,

    /// <summary>Has another thread send without waiting, which nobody receives.</summary>
    SendPast,

    /// <summary>Has another thread queue a message behind the call.</summary>
    QueueAnother,

    /// <summary>Calls another server before the reply.</summary>
    CallElsewhere,

    /// <summary>Replies, and receives from another endpoint before it comes back.</summary>
    ReceiveElsewhere,

    /// <summary>Has a notification bound to itself, is signalled by it where it waits for calls, and unbinds it.</summary>
    Bind,

    /// <summary>Reads its own message again, after the kernel had to look.</summary>
    Look,

    /// <summary>Replies without words, and nobody takes a note.</summary>
    Rehearse,

    /// <summary>Replies when the test says so.</summary>
    Hold,

    /// <summary>Writes at random where the server can, for a while, and replies maybe.</summary>
    Scribble,
}
