namespace Rel4.Kernel;

/// <summary>Tells what a capability refers to.</summary>
internal enum CapType
{
    /// <summary>Nothing: the slot is empty. All bits of the capability are 0.</summary>
    Null = 0,

    /// <summary>Memory for further objects.</summary>
    Untyped = 1,

    /// <summary>An endpoint.</summary>
    Endpoint = 2,

    /// <summary>A notification.</summary>
    Notification = 3,

    /// <summary>A thread that waits for a reply.</summary>
    Reply = 4,

    /// <summary>A CNode.</summary>
    CNode = 5,

    /// <summary>A thread.</summary>
    Thread = 6,

    /// <summary>A CNode or thread in destruction.</summary>
    Zombie = 7,

    /// <summary>A frame of memory.</summary>
    Frame = 8,

    /// <summary>The root of an address space.</summary>
    VSpace = 9,

    // From here on, with Frame and VSpace, what only a machine knows how to use: the names are Metal's. The right to all of a kind comes before the kind.

    /// <summary>A page table.</summary>
    PageTable = 10,

    /// <summary>A page directory.</summary>
    PageDirectory = 11,

    /// <summary>A page-directory-pointer table.</summary>
    Pdpt = 12,

    /// <summary>The right to make pools of address-space identifiers.</summary>
    AsidControl = 13,

    /// <summary>A pool of address-space identifiers.</summary>
    AsidPool = 14,

    /// <summary>The right to take interrupts.</summary>
    IrqControl = 15,

    /// <summary>An interrupt.</summary>
    IrqHandler = 16,

    /// <summary>The right to take I/O ports.</summary>
    IOPortControl = 17,

    /// <summary>A range of I/O ports.</summary>
    IOPort = 18,

    /// <summary>The right to set domains.</summary>
    Domain = 19,
}
