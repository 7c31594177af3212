namespace Rel4.Abi;

/// <summary>Tells who has a thread's call while the thread has a lane, and which end of it the thread has (<see cref="LaneWord"/>).</summary>
/// <remarks>No state means one thing at one end and another at the other: else a client that receives from somebody would take its server's word for a call.</remarks>
public enum LaneState : uint
{
    /// <summary>The kernel: the lane is closed.</summary>
    Closed = 0,

    /// <summary>The lane is open, and the thread is its client, in no call.</summary>
    Idle = 1,

    /// <summary>The lane is open, and the thread is its client, in a call.</summary>
    Calling = 2,

    /// <summary>The kernel has closed the lane while the reply to the client's call was there already: it lies in the lane's page.</summary>
    Answered = 3,

    /// <summary>The lane is open, and the thread is its server and waits.</summary>
    Waiting = 4,

    /// <summary>The lane is open, and the thread is its server and handles a call.</summary>
    Handling = 5,
}
