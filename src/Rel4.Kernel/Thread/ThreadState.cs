namespace Rel4.Kernel;

/// <summary>Tells whether a thread can run, and if not, what it waits for.</summary>
internal enum ThreadState
{
    /// <summary>Stopped until it is resumed.</summary>
    Inactive = 0,

    /// <summary>Runs, or would if it had the processor.</summary>
    Running = 1,

    /// <summary>Can run, and will first repeat the instruction at <see cref="Tcb.FaultIP"/>.</summary>
    Restart = 2,

    /// <summary>Waits in an endpoint's queue for a message.</summary>
    BlockedOnReceive = 3,

    /// <summary>Waits in an endpoint's queue for a receiver.</summary>
    BlockedOnSend = 4,

    /// <summary>Waits until its reply capability is used.</summary>
    BlockedOnReply = 5,

    /// <summary>Waits in a notification's queue for a signal.</summary>
    BlockedOnNotification = 6,
}
