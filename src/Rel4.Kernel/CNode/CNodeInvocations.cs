using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>Performs the methods of CNodes (manual section "CNode Methods"; <c>seL4_CNode_*</c>).</summary>
internal static unsafe class CNodeInvocations<TMachine>
    where TMachine : struct, IKernelMachine
{
    public static Outcome Invoke(KernelState* kernel, in Invocation invocation)
    {
        if (invocation.Label is < InvocationLabel.CNodeRevoke or > InvocationLabel.CNodeSaveCaller)
            return kernel->Fail(SeL4Error.IllegalOperation);
        (uint words, int caps) = ShapeOf(invocation.Label);
        if (!invocation.Has(words, caps))
            return kernel->Fail(SeL4Error.TruncatedMessage);
        Slot* slot = CSpace.LookupTarget(
            kernel, invocation.Service->Cap, invocation.Word(0), invocation.Word(1), InvocationError.Side.Destination);
        if (slot == null)
            return Outcome.Failed;
        return invocation.Label switch
        {
            InvocationLabel.CNodeRevoke => Deletion<TMachine>.Revoke(kernel, slot),
            InvocationLabel.CNodeDelete => Deletion<TMachine>.Delete(kernel, slot),
            InvocationLabel.CNodeCancelBadgedSends => CancelBadgedSends(kernel, slot),
            InvocationLabel.CNodeRotate => Rotate(kernel, invocation, slot),
            InvocationLabel.CNodeSaveCaller => SaveCaller(kernel, invocation, slot),
            _ => CopyOrMove(kernel, invocation, slot),
        };
    }

    /// <summary>Gets how many words and capabilities a method needs.</summary>
    private static (uint Words, int Caps) ShapeOf(InvocationLabel label) => label switch
    {
        InvocationLabel.CNodeMove => (4, 1),
        InvocationLabel.CNodeCopy or InvocationLabel.CNodeMutate => (5, 1),
        InvocationLabel.CNodeMint => (6, 1),
        InvocationLabel.CNodeRotate => (8, 2),
        _ => (2, 0),
    };

    private static Outcome CopyOrMove(KernelState* kernel, in Invocation invocation, Slot* destination)
    {
        if (!destination->IsEmpty)
            return kernel->Fail(SeL4Error.DeleteFirst);
        if (!TryFind(kernel, invocation.Caps[0], invocation.Word(2), invocation.Word(3), InvocationError.Side.Source, out Slot* source))
            return Outcome.Failed;
        Capability capability;
        switch (invocation.Label)
        {
            case InvocationLabel.CNodeMove:
                capability = source->Cap;
                break;
            case InvocationLabel.CNodeMutate:
                capability = source->Cap.WithMovedData(invocation.Word(4));
                break;
            default:
                capability = source->Cap.WithRights((CapRights)invocation.Word(4));
                if (invocation.Label == InvocationLabel.CNodeMint)
                    capability = capability.WithData(invocation.Word(5));
                if (!Derivation.TryDerive<TMachine>(kernel, source, capability, out capability))
                    return Outcome.Failed;
                break;
        }

        if (capability.IsNull)
            return kernel->Fail(SeL4Error.IllegalOperation);
        if (invocation.Label is InvocationLabel.CNodeMove or InvocationLabel.CNodeMutate)
            DerivationTree.Move(kernel, capability, source, destination);
        else
            DerivationTree.InsertDerived(capability, source, destination);
        return Outcome.Done;
    }

    private static Outcome Rotate(KernelState* kernel, in Invocation invocation, Slot* destination)
    {
        ulong destinationData = invocation.Word(2), pivotIndex = invocation.Word(3), pivotDepth = invocation.Word(4);
        ulong pivotData = invocation.Word(5), sourceIndex = invocation.Word(6), sourceDepth = invocation.Word(7);
        Slot* source = CSpace.LookupTarget(kernel, invocation.Caps[1]->Cap, sourceIndex, sourceDepth, InvocationError.Side.Source);
        if (source == null)
            return Outcome.Failed;
        Slot* pivot = CSpace.LookupTarget(kernel, invocation.Caps[0]->Cap, pivotIndex, pivotDepth, InvocationError.Side.Destination);
        if (pivot == null)
            return Outcome.Failed;
        if (pivot == source || pivot == destination)
            return kernel->Fail(SeL4Error.IllegalOperation);
        if (source != destination && !destination->IsEmpty)
            return kernel->Fail(SeL4Error.DeleteFirst);
        if (source->IsEmpty)
            return FailEmpty(kernel, InvocationError.Side.Source, sourceDepth);
        if (pivot->IsEmpty)
            return FailEmpty(kernel, InvocationError.Side.Destination, pivotDepth);
        Capability toDestination = pivot->Cap.WithMovedData(destinationData);
        Capability toPivot = source->Cap.WithMovedData(pivotData);
        if (toDestination.IsNull || toPivot.IsNull)
            return kernel->Fail(SeL4Error.IllegalOperation);

        if (source == destination)
        {
            DerivationTree.Swap(kernel, toPivot, source, toDestination, pivot);
        }
        else
        {
            DerivationTree.Move(kernel, toDestination, pivot, destination);
            DerivationTree.Move(kernel, toPivot, source, pivot);
        }

        return Outcome.Done;
    }

    private static Outcome SaveCaller(KernelState* kernel, in Invocation invocation, Slot* destination)
    {
        if (!destination->IsEmpty)
            return kernel->Fail(SeL4Error.DeleteFirst);
        // An empty slot stays empty, and so does the destination.
        Slot* caller = &invocation.Caller->Caller;
        DerivationTree.Move(kernel, caller->Cap, caller, destination);
        return Outcome.Done;
    }

    private static Outcome CancelBadgedSends(KernelState* kernel, Slot* slot)
    {
        if (slot->Cap.Type != CapType.Endpoint || !slot->Cap.Has(CapRights.All))
            return kernel->Fail(SeL4Error.IllegalOperation);
        if (slot->Cap.Badge != 0)
            Rendezvous<TMachine>.CancelBadged(kernel, slot->Cap.Endpoint, slot->Cap.Badge);
        return Outcome.Done;
    }

    private static bool TryFind(KernelState* kernel, Slot* root, ulong index, ulong depth, InvocationError.Side side, out Slot* slot)
    {
        slot = CSpace.LookupTarget(kernel, root->Cap, index, depth, side);
        if (slot == null)
            return false;
        if (!slot->IsEmpty)
            return true;
        FailEmpty(kernel, side, depth);
        return false;
    }

    private static Outcome FailEmpty(KernelState* kernel, InvocationError.Side side, ulong depth) =>
        kernel->Fail(InvocationError.FailedLookup(side, LookupFailure.MissingCapability(depth)));
}
