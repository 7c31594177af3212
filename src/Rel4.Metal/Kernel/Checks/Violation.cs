namespace Rel4.Metal.Kernel;

/// <summary>Tells which of the machine's invariants does not hold.</summary>
internal enum Violation
{
    /// <summary>All hold.</summary>
    None = 0,

    /// <summary>An entry that an address space reaches is none that a live capability says it made: its memory may be anything by now.</summary>
    StrayEntry = 1,

    /// <summary>A page can be written although no capability that maps it there may write.</summary>
    WrongRights = 2,

    /// <summary>A page is writable and executable.</summary>
    WritableCode = 3,

    /// <summary>An address space does not have the kernel's part, or a user could touch it.</summary>
    KernelPart = 4,

    /// <summary>A pool of identifiers is in use that no capability names, or a capability names one that is not in use.</summary>
    LostPool = 5,

    /// <summary>An identifier leads to no address space that lives and has it, or an address space has one that does not lead back.</summary>
    LostSpace = 6,

    /// <summary>The interrupts that count as issued are not those that capabilities name.</summary>
    LostInterrupt = 7,

    /// <summary>An interrupt that nobody has signals, or signals something that is no notification.</summary>
    StraySignal = 8,

    /// <summary>The ports that count as issued are not those that capabilities name.</summary>
    LostPorts = 9,

    /// <summary>The thread that came in is not the current one, or not that whose registers the processor is said to have.</summary>
    WrongThread = 10,

    /// <summary>A thread ran in an address space that is not its own, or not the one that the processor is said to have.</summary>
    WrongSpace = 11,

    /// <summary>A thread ran with bases of FS and GS that it can't have.</summary>
    WrongBases = 12,
}
