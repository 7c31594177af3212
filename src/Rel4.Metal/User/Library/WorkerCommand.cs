namespace Rel4.Metal.User;

/// <summary>Names what a task that takes commands can do.</summary>
internal enum WorkerCommand : ulong
{
    /// <summary>Reads the word at the target.</summary>
    Read = 1,

    /// <summary>Writes the argument to the target.</summary>
    Write = 2,

    /// <summary>Calls the code at the target, whose bit 1 is clear: compiled code takes that for a mark of its own.</summary>
    Run = 3,

    /// <summary>Counts turns for ever.</summary>
    Count = 4,

    /// <summary>Workers: makes the system call described.</summary>
    SystemCall = 5,

    /// <summary>Workers: replies to the calls that come to the target for ever, with as many words as the argument says.</summary>
    Serve = 6,

    /// <summary>Workers: receives from the target for ever.</summary>
    Take = 7,

    /// <summary>Hostile: calls itself until the stack is used up.</summary>
    Overflow = 8,

    /// <summary>Hostile: signals and sends to all it holds, for ever.</summary>
    Flood = 9,

    /// <summary>Hostile: makes as many random system calls as the argument says, from the seed in the target.</summary>
    Fuzz = 10,

    /// <summary>Workers: tells where user interrupts are handled.</summary>
    GetHandler = 11,

    /// <summary>Workers: posts by the sender at the index in the target, as often as the argument says.</summary>
    SendInterrupt = 12,

    /// <summary>Workers: takes user interrupts no more.</summary>
    MaskInterrupts = 13,

    /// <summary>Workers: takes user interrupts again.</summary>
    UnmaskInterrupts = 14,

    /// <summary>Workers: tells whether it takes user interrupts.</summary>
    TestInterrupts = 15,

    /// <summary>Workers: tells which have arrived since it was asked last.</summary>
    TakeInterrupts = 16,

    /// <summary>Peers: becomes the receiver of its doorbell, and makes its frame ready.</summary>
    OpenReceiver = 17,

    /// <summary>Peers: opens its end of the channel, as the server if the argument is not 0. The target is 1 more than the number of its processor, where it has one to itself, and else 0.</summary>
    OpenChannel = 18,

    /// <summary>Peers: answers calls for ever.</summary>
    ServeChannel = 19,

    /// <summary>Peers: calls from as many coroutines at once as the argument says, as often from each as the target says.</summary>
    CallChannel = 20,

    /// <summary>Workers: takes turns with another (<see cref="Conversation"/>).</summary>
    Converse = 21,

    /// <summary>Workers: computes until user interrupts have arrived, and tells which.</summary>
    AwaitInterrupts = 22,
}
