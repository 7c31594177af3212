namespace Rel4.Hosted.Tests.Survival;

/// <summary>Names where a task is when it is killed.</summary>
internal enum KillPoint
{
    /// <summary>Its process exists; whether it has reached the kernel yet is left to chance.</summary>
    AtStart,

    /// <summary>In an endpoint's queue with a long message and a capability.</summary>
    InSend,

    /// <summary>In an endpoint's queue, to receive.</summary>
    InReceive,

    /// <summary>In an endpoint's queue, to call.</summary>
    InCall,

    /// <summary>Its call was taken and not answered.</summary>
    AwaitingReply,

    /// <summary>Somebody's call waits for its answer.</summary>
    OwingReply,

    /// <summary>In a notification's queue.</summary>
    InWait,

    /// <summary>Dead before its message is taken, and the kernel does not know yet: what is transferred is a dead task's.</summary>
    BeforeTransfer,

    /// <summary>Somewhere in sending long messages with capabilities, one after another.</summary>
    InTransfer,

    /// <summary>Writing into frames made from memory of its own.</summary>
    WithFramesMapped,
}
