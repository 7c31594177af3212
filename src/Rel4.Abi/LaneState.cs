namespace Rel4.Abi;

/// <summary>Tells who has a thread's call while the thread has a lane (<see cref="LaneWord"/>).</summary>
public enum LaneState : uint
{
    /// <summary>The kernel: the lane is closed.</summary>
    Closed = 0,

    /// <summary>The lane is open. A client is in no call; a server waits.</summary>
    Free = 1,

    /// <summary>The lane is open. A client is in a call; a server handles one.</summary>
    Busy = 2,

    /// <summary>The kernel has closed the lane while the reply to the client's call was there already: it lies in the lane's page.</summary>
    Answered = 3,
}
