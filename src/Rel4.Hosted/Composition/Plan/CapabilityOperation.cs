using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Hosted.Composition;

/// <summary>Describes one thing that the root task does to capabilities.</summary>
/// <remarks>Slots are in the root task's CNode unless they name another.</remarks>
internal abstract record CapabilityOperation
{
    /// <summary>Makes an object.</summary>
    public sealed record Retype(ulong Untyped, ObjectType Type, int SizeBits, CapSlot Destination) : CapabilityOperation;

    /// <summary>Gives a capability for an object away, with fewer rights and a badge, or for a CNode its guard.</summary>
    public sealed record Mint(CapSlot Source, CapSlot Destination, CapRights Rights, ulong Data) : CapabilityOperation;

    /// <summary>Gives a thread its capabilities, its address space and the frame that it traps through.</summary>
    public sealed record Configure(ulong Tcb, ulong CNode, CNodeCapData Guard, ulong VSpace, ulong Frame) : CapabilityOperation;

    /// <summary>Makes the task's process the content of its address space.</summary>
    public sealed record Attach(ulong VSpace) : CapabilityOperation;

    /// <summary>Lets a thread run.</summary>
    public sealed record Resume(ulong Tcb) : CapabilityOperation;

    /// <summary>Deletes a capability, and nothing else.</summary>
    public sealed record Delete(CapSlot Slot) : CapabilityOperation;

    /// <summary>Destroys all that was made from an untyped.</summary>
    public sealed record Revoke(CapSlot Slot) : CapabilityOperation;
}
