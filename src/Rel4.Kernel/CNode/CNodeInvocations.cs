using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>Performs the methods of CNodes (manual section "CNode Methods"; <c>seL4_CNode_*</c>).</summary>
internal static unsafe class CNodeInvocations<TMachine>
    where TMachine : struct, IKernelMachine
{
    public static Result Invoke(KernelState* kernel, in Invocation invocation)
    {
        if (invocation.Label is < InvocationLabel.CNodeRevoke or > InvocationLabel.CNodeSaveCaller)
            return Refusal.Of(SeL4Error.IllegalOperation);
        (uint words, int caps) = ShapeOf(invocation.Label);
        if (!invocation.Has(words, caps))
            return Refusal.Of(SeL4Error.TruncatedMessage);
        if (CSpace.LookupTarget(invocation.Service->Cap, invocation.Word(0), invocation.Word(1), Refusal.Side.Destination, out Slot* slot)
            .IsGiven(out Refusal refusal))
            return refusal;
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

    private static Result CopyOrMove(KernelState* kernel, in Invocation invocation, Slot* destination)
    {
        if (!destination->IsEmpty)
            return Refusal.Of(SeL4Error.DeleteFirst);
        if (FindFull(invocation.Caps[0], invocation.Word(2), invocation.Word(3), Refusal.Side.Source, out Slot* source).IsGiven(out Refusal refusal))
            return refusal;
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
                if (Derivation.Derive<TMachine>(source, capability, out capability).IsGiven(out refusal))
                    return refusal;
                break;
        }

        if (capability.IsNull)
            return Refusal.Of(SeL4Error.IllegalOperation);

        if (invocation.Label is not (InvocationLabel.CNodeMove or InvocationLabel.CNodeMutate))
        {
            DerivationTree.InsertDerived(capability, source, destination);
            return Outcome.Done;
        }

        // Senders that could not follow end.
        if (!SenderLinks.Reaches(kernel->Shared, destination) && UserInterrupts<TMachine>.CloseSendersThrough(kernel, source) != Outcome.Done)
            return Outcome.Preempted;
        DerivationTree.Move(kernel, capability, source, destination);
        return Outcome.Done;
    }

    private static Result Rotate(KernelState* kernel, in Invocation invocation, Slot* destination)
    {
        ulong destinationData = invocation.Word(2), pivotIndex = invocation.Word(3), pivotDepth = invocation.Word(4);
        ulong pivotData = invocation.Word(5), sourceIndex = invocation.Word(6), sourceDepth = invocation.Word(7);
        if (CSpace.LookupTarget(invocation.Caps[1]->Cap, sourceIndex, sourceDepth, Refusal.Side.Source, out Slot* source).IsGiven(out Refusal refusal)
            || CSpace.LookupTarget(invocation.Caps[0]->Cap, pivotIndex, pivotDepth, Refusal.Side.Destination, out Slot* pivot).IsGiven(out refusal))
            return refusal;
        if (pivot == source || pivot == destination)
            return Refusal.Of(SeL4Error.IllegalOperation);
        if (source != destination && !destination->IsEmpty)
            return Refusal.Of(SeL4Error.DeleteFirst);
        if (source->IsEmpty)
            return Empty(Refusal.Side.Source, sourceDepth);
        if (pivot->IsEmpty)
            return Empty(Refusal.Side.Destination, pivotDepth);
        Capability toDestination = pivot->Cap.WithMovedData(destinationData);
        Capability toPivot = source->Cap.WithMovedData(pivotData);
        if (toDestination.IsNull || toPivot.IsNull)
            return Refusal.Of(SeL4Error.IllegalOperation);

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

    private static Result SaveCaller(KernelState* kernel, in Invocation invocation, Slot* destination)
    {
        if (!destination->IsEmpty)
            return Refusal.Of(SeL4Error.DeleteFirst);
        // An empty slot stays empty, and so does the destination.
        Slot* caller = &invocation.Caller->Caller;
        DerivationTree.Move(kernel, caller->Cap, caller, destination);
        return Outcome.Done;
    }

    private static Result CancelBadgedSends(KernelState* kernel, Slot* slot)
    {
        if (slot->Cap.Type != CapType.Endpoint || !slot->Cap.Has(CapRights.All))
            return Refusal.Of(SeL4Error.IllegalOperation);
        if (slot->Cap.Badge != 0)
            Rendezvous<TMachine>.CancelBadged(kernel, slot->Cap.Endpoint, slot->Cap.Badge);
        return Outcome.Done;
    }

    private static Refusal FindFull(Slot* root, ulong index, ulong depth, Refusal.Side side, out Slot* slot) =>
        !CSpace.LookupTarget(root->Cap, index, depth, side, out slot).IsGiven(out Refusal refusal) && slot->IsEmpty ? Empty(side, depth) : refusal;

    private static Refusal Empty(Refusal.Side side, ulong depth) => Refusal.FailedLookup(side, LookupFailure.MissingCapability(depth));
}
