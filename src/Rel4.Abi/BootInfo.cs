using System.Runtime.InteropServices;

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

/// <summary>Names a run of slots of the root CNode: from <see cref="Start"/> up to, not including, <see cref="End"/>.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SlotRegion
{
    /// <summary>First slot.</summary>
    public ulong Start;

    /// <summary>Slot behind the last.</summary>
    public ulong End;
}

/// <summary>Describes one untyped capability that the root task was given.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct UntypedDescription
{
    /// <summary>Address of the memory: physical on Metal, an offset into object memory elsewhere.</summary>
    public ulong Address;

    /// <summary>Log2 of its bytes.</summary>
    public byte SizeBits;

    /// <summary>1 for the memory of a device.</summary>
    public byte IsDevice;
}

/// <summary>Tells the root task what it holds: the head of <c>seL4_BootInfo</c>, without MCS. The untyped descriptions follow it.</summary>
/// <remarks>Source: <c>libsel4/include/sel4/bootinfo_types.h</c>. It fills the start of one 4 KiB frame.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct BootInfo
{
    /// <summary>Descriptions that fit behind this structure (<c>CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS</c>).</summary>
    public const int MaxUntyped = 230;

    /// <summary>Bytes of further information.</summary>
    public ulong ExtraLength;

    /// <summary>Number of this node.</summary>
    public ulong NodeId;

    /// <summary>Nodes in the system.</summary>
    public ulong NodeCount;

    /// <summary>Levels of the IOMMU's page tables.</summary>
    public ulong IOPageTableLevels;

    /// <summary>User address of the IPC buffer.</summary>
    public ulong IpcBuffer;

    /// <summary>Empty slots.</summary>
    public SlotRegion Empty;

    /// <summary>Frames shared between nodes.</summary>
    public SlotRegion SharedFrames;

    /// <summary>Frames of the root task's image.</summary>
    public SlotRegion UserImageFrames;

    /// <summary>Page tables of the root task's image.</summary>
    public SlotRegion UserImagePaging;

    /// <summary>I/O spaces.</summary>
    public SlotRegion IOSpaceCaps;

    /// <summary>Frames of further information.</summary>
    public SlotRegion ExtraBootInfoPages;

    /// <summary>Log2 of the slots of the root CNode.</summary>
    public ulong RootCNodeBits;

    /// <summary>Domain of the root thread.</summary>
    public ulong InitialDomain;

    /// <summary>Untyped capabilities; description <c>i</c> belongs to slot <c>Start + i</c>.</summary>
    public SlotRegion Untyped;
}
