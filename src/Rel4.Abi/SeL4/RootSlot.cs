namespace Rel4.Abi;

/// <summary>Numbers the fixed slots of the root task's CNode (<c>libsel4/include/sel4/bootinfo_types.h</c>).</summary>
public static class RootSlot
{
    /// <summary>Always empty.</summary>
    public const ulong Null = 0;

    /// <summary>The root task's thread.</summary>
    public const ulong Tcb = 1;

    /// <summary>The root task's CNode.</summary>
    public const ulong CNode = 2;

    /// <summary>The root task's address space.</summary>
    public const ulong VSpace = 3;

    /// <summary>The right to take interrupts, where the machine has any.</summary>
    public const ulong IrqControl = 4;

    /// <summary>The right to make pools of address-space identifiers, where the machine has any.</summary>
    public const ulong AsidControl = 5;

    /// <summary>The pool that the root task's address space has its identifier from, where the machine has any.</summary>
    public const ulong AsidPool = 6;

    /// <summary>The right to take I/O ports, where the machine has any.</summary>
    public const ulong IOPortControl = 7;

    /// <summary>The frame that holds the <see cref="BootInfo"/>.</summary>
    public const ulong BootInfoFrame = 9;

    /// <summary>The frame that holds the root task's IPC buffer.</summary>
    public const ulong IpcBuffer = 10;

    /// <summary>The right to set domains, where the machine has any.</summary>
    public const ulong Domain = 11;

    /// <summary>The first slot that is free for what a machine adds.</summary>
    public const ulong FirstFree = 16;
}
