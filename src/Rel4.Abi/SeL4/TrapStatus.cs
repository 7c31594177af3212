namespace Rel4.Abi;

/// <summary>Tells how a system call came back.</summary>
public enum TrapStatus : uint
{
    /// <summary>It was carried out, as the seL4 interface has it.</summary>
    Completed = 0,

    /// <summary>
    /// The thread faulted and has no handler: registers and IPC buffer hold the message that the handler would have got, with the
    /// <see cref="FaultType"/> as label. Only machines on which a thread outlives such a fault say so.
    /// </summary>
    Faulted = 1,

    /// <summary>The kernel has ended, or no longer serves this thread; whether the call was carried out is unknown.</summary>
    KernelEnded = 2,

    /// <summary>No machine is installed, so nothing was done.</summary>
    NoMachine = 3,

    /// <summary>The reply can't come any more: its capability was deleted unused, or its holder died. Only machines with processes say so.</summary>
    Abandoned = 4,
}
