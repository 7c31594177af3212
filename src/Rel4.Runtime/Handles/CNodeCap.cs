using Rel4.Abi;

namespace Rel4.Runtime;

/// <summary>Is a capability to a CNode, a table of capability slots (manual chapter "Capability Spaces").</summary>
/// <param name="CPtr">Address of the capability in the caller's CSpace.</param>
/// <param name="Depth">Bits with which this CNode's slots are addressed: guard and table. 64 for the root of a CSpace.</param>
/// <remarks>Operations put capabilities into slots of this CNode; what they take may come from slots of any other.</remarks>
public readonly record struct CNodeCap(ulong CPtr, byte Depth = Limits.WordBits)
{
    /// <summary>Names a slot.</summary>
    public CapSlot this[ulong index] => new(CPtr, index, Depth);

    /// <summary>Copies a capability, with the same rights or fewer.</summary>
    /// <inheritdoc cref="SeL4.CNode_Copy" path="/remarks"/>
    /// <exception cref="SeL4Exception">As <see cref="SeL4.CNode_Copy"/> lists.</exception>
    public void Copy(CapSlot source, ulong destination, CapRights rights = CapRights.All) =>
        SeL4Exception.ThrowIfFailed(
            SeL4.CNode_Copy(CPtr, destination, Depth, source.Root, source.Index, source.Depth, rights),
            InvocationLabel.CNodeCopy, CPtr, this[destination], source);

    /// <summary>Copies a capability to an endpoint or notification and gives the copy a badge.</summary>
    /// <inheritdoc cref="SeL4.CNode_Mint" path="/remarks"/>
    /// <exception cref="SeL4Exception">As <see cref="SeL4.CNode_Mint"/> lists.</exception>
    public void Mint(CapSlot source, ulong destination, CapRights rights, ulong badge) =>
        SeL4Exception.ThrowIfFailed(
            SeL4.CNode_Mint(CPtr, destination, Depth, source.Root, source.Index, source.Depth, rights, badge),
            InvocationLabel.CNodeMint, CPtr, this[destination], source);

    /// <summary>Copies a capability to a CNode and gives the copy a guard.</summary>
    /// <inheritdoc cref="SeL4.CNode_Mint" path="/remarks"/>
    /// <exception cref="SeL4Exception">As <see cref="SeL4.CNode_Mint"/> lists.</exception>
    public void Mint(CapSlot source, ulong destination, CNodeCapData guard) => Mint(source, destination, CapRights.All, guard.Raw);

    /// <summary>Moves a capability.</summary>
    /// <inheritdoc cref="SeL4.CNode_Move" path="/remarks"/>
    /// <exception cref="SeL4Exception">As <see cref="SeL4.CNode_Move"/> lists.</exception>
    public void Move(CapSlot source, ulong destination) =>
        SeL4Exception.ThrowIfFailed(
            SeL4.CNode_Move(CPtr, destination, Depth, source.Root, source.Index, source.Depth),
            InvocationLabel.CNodeMove, CPtr, this[destination], source);

    /// <summary>Moves a capability to a CNode and gives it a guard.</summary>
    /// <inheritdoc cref="SeL4.CNode_Mutate" path="/remarks"/>
    /// <exception cref="SeL4Exception">As <see cref="SeL4.CNode_Mutate"/> lists.</exception>
    public void Mutate(CapSlot source, ulong destination, CNodeCapData guard) =>
        SeL4Exception.ThrowIfFailed(
            SeL4.CNode_Mutate(CPtr, destination, Depth, source.Root, source.Index, source.Depth, guard.Raw),
            InvocationLabel.CNodeMutate, CPtr, this[destination], source);

    /// <summary>Moves the capability at the pivot to the destination and the one at the source to the pivot, at once.</summary>
    /// <param name="source">A full slot.</param>
    /// <param name="pivot">Another full slot.</param>
    /// <param name="destination">An empty slot of this CNode, or the source: the two are swapped then.</param>
    /// <param name="pivotGuard">Guard for what goes to the pivot, if that is a CNode.</param>
    /// <param name="destinationGuard">Guard for what goes to the destination, if that is a CNode.</param>
    /// <inheritdoc cref="SeL4.CNode_Rotate" path="/remarks"/>
    /// <exception cref="SeL4Exception">As <see cref="SeL4.CNode_Rotate"/> lists.</exception>
    public void Rotate(
        CapSlot source, CapSlot pivot, ulong destination, CNodeCapData pivotGuard = default, CNodeCapData destinationGuard = default) =>
        SeL4Exception.ThrowIfFailed(
            SeL4.CNode_Rotate(
                CPtr, destination, Depth, destinationGuard.Raw, pivot.Root, pivot.Index, pivot.Depth, pivotGuard.Raw,
                source.Root, source.Index, source.Depth),
            InvocationLabel.CNodeRotate, CPtr, this[destination], source, pivot);

    /// <summary>Deletes the capability in a slot; the object goes with its last one.</summary>
    /// <inheritdoc cref="SeL4.CNode_Delete" path="/remarks"/>
    /// <exception cref="SeL4Exception">As <see cref="SeL4.CNode_Delete"/> lists.</exception>
    public void Delete(ulong index) =>
        SeL4Exception.ThrowIfFailed(SeL4.CNode_Delete(CPtr, index, Depth), InvocationLabel.CNodeDelete, CPtr, this[index]);

    /// <summary>Deletes all capabilities derived from the one in a slot.</summary>
    /// <inheritdoc cref="SeL4.CNode_Revoke" path="/remarks"/>
    /// <exception cref="SeL4Exception">As <see cref="SeL4.CNode_Revoke"/> lists.</exception>
    public void Revoke(ulong index) =>
        SeL4Exception.ThrowIfFailed(SeL4.CNode_Revoke(CPtr, index, Depth), InvocationLabel.CNodeRevoke, CPtr, this[index]);

    /// <summary>Cancels the sends that wait in an endpoint's queue and were made with the badge of the capability in a slot.</summary>
    /// <inheritdoc cref="SeL4.CNode_CancelBadgedSends" path="/remarks"/>
    /// <exception cref="SeL4Exception">As <see cref="SeL4.CNode_CancelBadgedSends"/> lists.</exception>
    public void CancelBadgedSends(ulong index) =>
        SeL4Exception.ThrowIfFailed(
            SeL4.CNode_CancelBadgedSends(CPtr, index, Depth), InvocationLabel.CNodeCancelBadgedSends, CPtr, this[index]);

    /// <summary>Moves the reply capability of the thread that called last into a slot, to be used as a <see cref="ReplyToken"/>.</summary>
    /// <inheritdoc cref="SeL4.CNode_SaveCaller" path="/remarks"/>
    /// <exception cref="SeL4Exception">As <see cref="SeL4.CNode_SaveCaller"/> lists.</exception>
    public void SaveCaller(ulong index) =>
        SeL4Exception.ThrowIfFailed(SeL4.CNode_SaveCaller(CPtr, index, Depth), InvocationLabel.CNodeSaveCaller, CPtr, this[index]);

    /// <summary>Chooses an empty slot into which the next capability goes that the calling thread receives. It stays chosen.</summary>
    /// <exception cref="InvalidOperationException">The thread has no IPC buffer.</exception>
    public void ReceiveInto(ulong index) => SeL4.SetCapReceivePath(CPtr, index, Depth);
}
