using Rel4.Abi;

namespace Rel4.Runtime;

/// <content>Holds the methods of CNodes.</content>
/// <remarks>
/// A slot is named by a CNode at the root, an address below it and the number of bits of that address to use. In all of these methods
/// <see cref="SeL4Error.RangeError"/> says that a depth is not 1 to 64, and <see cref="SeL4Error.FailedLookup"/> that a slot was not found
/// or that one to take a capability from is empty; its detail tells whether the source's. Source: object-api.xml, manual section "CNode
/// Methods".
/// </remarks>
public static unsafe partial class SeL4
{
    /// <summary>Deletes all capabilities derived from one, which itself stays.</summary>
    /// <param name="service">CNode at the root.</param>
    /// <param name="index">Address of the slot.</param>
    /// <param name="depth">Bits of the address.</param>
    /// <returns><see cref="SeL4Error.FailedLookup"/>, <see cref="SeL4Error.RangeError"/>: the slot was not found.</returns>
    /// <remarks>
    /// Never blocks, but takes time in proportion to what is deleted. An empty slot has nothing to revoke. Source:
    /// <c>seL4_CNode_Revoke</c>.
    /// </remarks>
    public static SeL4Error CNode_Revoke(ulong service, ulong index, byte depth) =>
        Invoke(service, InvocationLabel.CNodeRevoke, 2, mr0: index, mr1: depth);

    /// <summary>Deletes a capability; the object goes with its last one.</summary>
    /// <param name="service">CNode at the root.</param>
    /// <param name="index">Address of the slot.</param>
    /// <param name="depth">Bits of the address.</param>
    /// <returns><see cref="SeL4Error.FailedLookup"/>, <see cref="SeL4Error.RangeError"/>: the slot was not found.</returns>
    /// <remarks>
    /// Never blocks. Deleting what an empty slot holds does nothing. What was derived from the capability stays and is now derived from its
    /// parent. Source: <c>seL4_CNode_Delete</c>.
    /// </remarks>
    public static SeL4Error CNode_Delete(ulong service, ulong index, byte depth) =>
        Invoke(service, InvocationLabel.CNodeDelete, 2, mr0: index, mr1: depth);

    /// <summary>
    /// Cancels the sends that wait in an endpoint's queue and were made with this capability's badge, so that the badge can be used anew.
    /// </summary>
    /// <param name="service">CNode at the root.</param>
    /// <param name="index">Address of the slot.</param>
    /// <param name="depth">Bits of the address.</param>
    /// <returns>
    /// <see cref="SeL4Error.IllegalOperation"/>: it is no endpoint, or lacks one of the four rights. <see cref="SeL4Error.FailedLookup"/>,
    /// <see cref="SeL4Error.RangeError"/>: the slot was not found.
    /// </returns>
    /// <remarks>
    /// Never blocks. The senders make their calls anew. Does nothing for badge 0. Source: <c>seL4_CNode_CancelBadgedSends</c>.
    /// </remarks>
    public static SeL4Error CNode_CancelBadgedSends(ulong service, ulong index, byte depth) =>
        Invoke(service, InvocationLabel.CNodeCancelBadgedSends, 2, mr0: index, mr1: depth);

    /// <summary>Copies a capability, with the same rights or fewer.</summary>
    /// <param name="service">CNode at the root of the destination.</param>
    /// <param name="destIndex">Address of the destination slot, which is empty.</param>
    /// <param name="destDepth">Bits of that address.</param>
    /// <param name="srcRoot">CNode at the root of the source.</param>
    /// <param name="srcIndex">Address of the source slot.</param>
    /// <param name="srcDepth">Bits of that address.</param>
    /// <param name="rights">Rights to keep of those the source has.</param>
    /// <returns>
    /// <see cref="SeL4Error.DeleteFirst"/>: the destination is occupied. <see cref="SeL4Error.FailedLookup"/>,
    /// <see cref="SeL4Error.RangeError"/>: a slot was not found, or the source is empty. <see cref="SeL4Error.IllegalOperation"/>: a reply
    /// capability, or an address space without an ASID, can't be copied. <see cref="SeL4Error.RevokeFirst"/>: the source is untyped memory with objects in it.
    /// </returns>
    /// <remarks>Never blocks. Source: <c>seL4_CNode_Copy</c>, manual section "Capability Derivation".</remarks>
    public static SeL4Error CNode_Copy(
        ulong service, ulong destIndex, byte destDepth, ulong srcRoot, ulong srcIndex, byte srcDepth, CapRights rights)
    {
        SetCap(0, srcRoot);
        SetMR(4, (ulong)rights);
        return Invoke(service, InvocationLabel.CNodeCopy, 5, 1, destIndex, destDepth, srcIndex, srcDepth);
    }

    /// <summary>Copies a capability, with the same rights or fewer, and gives the copy a badge or a guard.</summary>
    /// <param name="service">CNode at the root of the destination.</param>
    /// <param name="destIndex">Address of the destination slot, which is empty.</param>
    /// <param name="destDepth">Bits of that address.</param>
    /// <param name="srcRoot">CNode at the root of the source.</param>
    /// <param name="srcIndex">Address of the source slot.</param>
    /// <param name="srcDepth">Bits of that address.</param>
    /// <param name="rights">Rights to keep of those the source has.</param>
    /// <param name="badge">Badge for an endpoint or notification, <see cref="CNodeCapData"/> for a CNode; not used for others.</param>
    /// <returns>
    /// <see cref="SeL4Error.DeleteFirst"/>: the destination is occupied. <see cref="SeL4Error.FailedLookup"/>,
    /// <see cref="SeL4Error.RangeError"/>: a slot was not found, or the source is empty. <see cref="SeL4Error.IllegalOperation"/>: the
    /// source has a badge already, the guard is too long, or it is a reply capability. <see cref="SeL4Error.RevokeFirst"/>: the source is
    /// untyped memory with objects in it.
    /// </returns>
    /// <remarks>Never blocks. Source: <c>seL4_CNode_Mint</c>, manual section "Capability Derivation".</remarks>
    public static SeL4Error CNode_Mint(
        ulong service, ulong destIndex, byte destDepth, ulong srcRoot, ulong srcIndex, byte srcDepth, CapRights rights, ulong badge)
    {
        SetCap(0, srcRoot);
        SetMR(4, (ulong)rights);
        SetMR(5, badge);
        return Invoke(service, InvocationLabel.CNodeMint, 6, 1, destIndex, destDepth, srcIndex, srcDepth);
    }

    /// <summary>Moves a capability.</summary>
    /// <param name="service">CNode at the root of the destination.</param>
    /// <param name="destIndex">Address of the destination slot, which is empty.</param>
    /// <param name="destDepth">Bits of that address.</param>
    /// <param name="srcRoot">CNode at the root of the source.</param>
    /// <param name="srcIndex">Address of the source slot.</param>
    /// <param name="srcDepth">Bits of that address.</param>
    /// <returns>
    /// <see cref="SeL4Error.DeleteFirst"/>: the destination is occupied. <see cref="SeL4Error.FailedLookup"/>,
    /// <see cref="SeL4Error.RangeError"/>: a slot was not found, or the source is empty.
    /// </returns>
    /// <remarks>Never blocks. Rights, badge and what was derived from it stay. Source: <c>seL4_CNode_Move</c>.</remarks>
    public static SeL4Error CNode_Move(ulong service, ulong destIndex, byte destDepth, ulong srcRoot, ulong srcIndex, byte srcDepth)
    {
        SetCap(0, srcRoot);
        return Invoke(service, InvocationLabel.CNodeMove, 4, 1, destIndex, destDepth, srcIndex, srcDepth);
    }

    /// <summary>Moves a capability and gives it a guard.</summary>
    /// <param name="service">CNode at the root of the destination.</param>
    /// <param name="destIndex">Address of the destination slot, which is empty.</param>
    /// <param name="destDepth">Bits of that address.</param>
    /// <param name="srcRoot">CNode at the root of the source.</param>
    /// <param name="srcIndex">Address of the source slot.</param>
    /// <param name="srcDepth">Bits of that address.</param>
    /// <param name="badge"><see cref="CNodeCapData"/> for a CNode; not used for others.</param>
    /// <returns>
    /// <see cref="SeL4Error.DeleteFirst"/>: the destination is occupied. <see cref="SeL4Error.FailedLookup"/>,
    /// <see cref="SeL4Error.RangeError"/>: a slot was not found, or the source is empty. <see cref="SeL4Error.IllegalOperation"/>: the
    /// guard is too long, or the source is an endpoint or notification, whose badge never changes: move it.
    /// </returns>
    /// <remarks>Never blocks. Source: <c>seL4_CNode_Mutate</c>.</remarks>
    public static SeL4Error CNode_Mutate(
        ulong service, ulong destIndex, byte destDepth, ulong srcRoot, ulong srcIndex, byte srcDepth, ulong badge)
    {
        SetCap(0, srcRoot);
        SetMR(4, badge);
        return Invoke(service, InvocationLabel.CNodeMutate, 5, 1, destIndex, destDepth, srcIndex, srcDepth);
    }

    /// <summary>Moves the capability at the pivot to the destination and the one at the source to the pivot, at once.</summary>
    /// <param name="service">CNode at the root of the destination.</param>
    /// <param name="destIndex">Address of the destination slot: empty, or the source slot itself (the two are swapped then).</param>
    /// <param name="destDepth">Bits of that address.</param>
    /// <param name="destBadge"><see cref="CNodeCapData"/> for what goes to the destination, if that is a CNode.</param>
    /// <param name="pivotRoot">CNode at the root of the pivot.</param>
    /// <param name="pivotIndex">Address of the pivot slot.</param>
    /// <param name="pivotDepth">Bits of that address.</param>
    /// <param name="pivotBadge"><see cref="CNodeCapData"/> for what goes to the pivot, if that is a CNode.</param>
    /// <param name="srcRoot">CNode at the root of the source.</param>
    /// <param name="srcIndex">Address of the source slot.</param>
    /// <param name="srcDepth">Bits of that address.</param>
    /// <returns>
    /// <see cref="SeL4Error.DeleteFirst"/>: the destination is occupied. <see cref="SeL4Error.FailedLookup"/>,
    /// <see cref="SeL4Error.RangeError"/>: a slot was not found, or source or pivot is empty. <see cref="SeL4Error.IllegalOperation"/>: the
    /// pivot is the source or the destination, a guard is too long, or one of the two is an endpoint or notification.
    /// </returns>
    /// <remarks>Never blocks. Source: <c>seL4_CNode_Rotate</c>.</remarks>
    public static SeL4Error CNode_Rotate(
        ulong service,
        ulong destIndex,
        byte destDepth,
        ulong destBadge,
        ulong pivotRoot,
        ulong pivotIndex,
        byte pivotDepth,
        ulong pivotBadge,
        ulong srcRoot,
        ulong srcIndex,
        byte srcDepth)
    {
        SetCap(0, pivotRoot);
        SetCap(1, srcRoot);
        SetMR(4, pivotDepth);
        SetMR(5, pivotBadge);
        SetMR(6, srcIndex);
        SetMR(7, srcDepth);
        return Invoke(service, InvocationLabel.CNodeRotate, 8, 2, destIndex, destDepth, destBadge, pivotIndex);
    }

    /// <summary>Moves the reply capability of the thread that called last into a slot, to reply later.</summary>
    /// <param name="service">CNode at the root.</param>
    /// <param name="index">Address of the slot, which is empty.</param>
    /// <param name="depth">Bits of the address.</param>
    /// <returns>
    /// <see cref="SeL4Error.DeleteFirst"/>: the slot is occupied. <see cref="SeL4Error.FailedLookup"/>, <see cref="SeL4Error.RangeError"/>:
    /// it was not found.
    /// </returns>
    /// <remarks>
    /// Never blocks. Succeeds without effect if nobody waits for a reply. <see cref="Send"/> to the slot replies. Source:
    /// <c>seL4_CNode_SaveCaller</c>.
    /// </remarks>
    public static SeL4Error CNode_SaveCaller(ulong service, ulong index, byte depth) =>
        Invoke(service, InvocationLabel.CNodeSaveCaller, 2, mr0: index, mr1: depth);
}
