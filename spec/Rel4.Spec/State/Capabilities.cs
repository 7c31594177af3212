using Rel4.Abi;

namespace Rel4.Spec;

/// <summary>Says what its holder may do with one object. An empty slot holds no capability: <see langword="null"/>.</summary>
public abstract record Capability;

/// <summary>Authority over unused memory (manual, "Kernel Memory Allocation").</summary>
/// <param name="Address">First byte; a multiple of the size.</param>
/// <param name="SizeBits">Log2 of the bytes.</param>
/// <param name="IsDevice">Whether the memory is a device's.</param>
/// <param name="Watermark">Bytes given out so far; means nothing while the capability has no children.</param>
public sealed record UntypedCap(ulong Address, int SizeBits, bool IsDevice, ulong Watermark) : Capability;

/// <summary>Sends to and receives from an endpoint.</summary>
public sealed record EndpointCap(ulong Address, ulong Badge, CapRights Rights) : Capability;

/// <summary>Signals and waits for a notification.</summary>
public sealed record NotificationCap(ulong Address, ulong Badge, CapRights Rights) : Capability;

/// <summary>Replies once to a thread that waits for it.</summary>
/// <remarks>The master, in the thread's own slot, only anchors the others in the derivation list.</remarks>
public sealed record ReplyCap(ulong Thread, bool CanGrant, bool IsMaster) : Capability;

/// <summary>Holds capabilities; found through a guard (manual, "Capability Address Lookup").</summary>
public sealed record CNodeCap(ulong Address, int Radix, ulong Guard, int GuardSize) : Capability;

/// <summary>Controls a thread.</summary>
public sealed record TcbCap(ulong Address) : Capability;

/// <summary>Maps memory.</summary>
public sealed record FrameCap(ulong Address, int SizeBits, bool IsDevice, CapRights Rights) : Capability;

/// <summary>Holds an address space.</summary>
public sealed record VSpaceCap(ulong Address) : Capability;

/// <summary>Stands for a CNode or thread whose last capability is gone and whose slots are being emptied, last one first.</summary>
/// <param name="Address">The container.</param>
/// <param name="Slots">Its slots.</param>
/// <param name="SlotsLeft">Those not yet emptied: the first ones.</param>
/// <param name="IsTcb">Whether it is a thread.</param>
public sealed record ZombieCap(ulong Address, int Slots, int SlotsLeft, bool IsTcb) : Capability;

/// <summary>Names a capability slot by the object that holds it: a CNode, or a thread with its five.</summary>
public readonly record struct SlotId(ulong Holder, int Index);

/// <summary>A full slot.</summary>
/// <param name="Cap">The capability.</param>
/// <param name="Revocable">Whether what is copied from it becomes its child.</param>
/// <param name="FirstBadged">Whether it got its badge here: it is an original among those with the badge.</param>
public sealed record Slot(Capability Cap, bool Revocable, bool FirstBadged);

/// <summary>Numbers the slots of a thread.</summary>
public static class TcbSlot
{
    /// <summary>Root of its capability space.</summary>
    public const int CSpace = 0;

    /// <summary>Root of its address space.</summary>
    public const int VSpace = 1;

    /// <summary>Master reply capability: parent of the one that its callee holds.</summary>
    public const int MasterReply = 2;

    /// <summary>Reply capability for its last caller.</summary>
    public const int Caller = 3;

    /// <summary>Frame of its IPC buffer.</summary>
    public const int IpcBuffer = 4;

    /// <summary>Frame of its batches, which the specification does not tell of: it stays empty.</summary>
    public const int BatchFrame = 5;

    /// <summary>How many there are.</summary>
    public const int Count = 6;
}
