using System.Runtime.InteropServices;

namespace Rel4.Abi;

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
