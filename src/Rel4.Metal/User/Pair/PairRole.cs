namespace Rel4.Metal.User;

/// <summary>Names what a task does.</summary>
internal enum PairRole : byte
{
    /// <summary>Answers requests for ever.</summary>
    Serve,

    /// <summary>Each time it is signalled calls from many coroutines at once; tells how many replies were right, how many coroutines found the channel closed, and how many failed else.</summary>
    Call,

    /// <summary>Signals the other so often, each time it is signalled, and tells when it is done.</summary>
    Ping,

    /// <summary>Signals the other so often, each time it is signalled.</summary>
    Pong,

    /// <summary>Polls until it is signalled, so often, and tells when it is done.</summary>
    Poll,

    /// <summary>Calls synchronously, without a channel, so often; tells how many replies were right.</summary>
    CallSynchronously,

    /// <summary>Calls with messages of many lengths; tells a bit for each that came back as it was, or was refused as it had to be.</summary>
    CallLong,

    /// <summary>Calls from coroutines of two priorities; tells whether those of the first were served first.</summary>
    CallByPriority,

    /// <summary>Sends, without waiting for each to be taken, so many numbers; tells what a call behind them says of their sum.</summary>
    Send,

    /// <summary>Calls whose requests the server forgets; tells how many times it was told so.</summary>
    CallUnanswered,

    /// <summary>Calls, and sends, by slots without an endpoint that it was let call; tells how often it was told that nothing was sent.</summary>
    CallWithout,

    /// <summary>Forges what opens a channel; tells how often.</summary>
    Forge,

    /// <summary>Asks for channels and does no more; tells how many it got, and how many it could leave twice.</summary>
    Hoard,

    /// <summary>Opens channels and leaves them at once; tells how many, and how many were refused.</summary>
    OpenWithoutEnd,

    /// <summary>Opens as many channels at once as it can; tells how many.</summary>
    OpenMany,

    /// <summary>Opens a channel and writes what is no message; tells when it is done.</summary>
    WriteGarbage,

    /// <summary>Receives one ticket and presents it twice; tells what came of it.</summary>
    AcceptTwice,

    /// <summary>Opens channels, and writes the longest message there is on each, in fragments; tells how many.</summary>
    TakeMemory,

    /// <summary>Opens channels, and on each writes the first fragment of the longest message there is; tells how many.</summary>
    BeginLong,

    /// <summary>Answers requests for ever, with no more of a heap than a task has that says nothing of it.</summary>
    ServeWithLittle,

    /// <summary>Accepts every client, and leaves the channel when the client has called.</summary>
    AcceptAndLeave,

    /// <summary>Calls so often, whatever comes of it; tells how many calls found the channel closed, how many failed else, and the memory that it has taken.</summary>
    CallOnAndOn,
}
