using Rel4.Abi;
using Rel4.Spec.Rules;

namespace Rel4.Spec.Methods;

/// <summary>The methods of CNodes (manual, "CNode Methods"; <c>object-api.xml</c>, <c>seL4_CNode</c>).</summary>
public static class CNodeMethods
{
    /// <summary>Does what a message asks of a CNode. Words 0 and 1 name the slot that the method is about.</summary>
    public static SpecState InvokeCNode(this SpecState s, Invocation invocation, CNodeCap node)
    {
        InvocationLabel label = (InvocationLabel)invocation.Label;
        if (label is < InvocationLabel.CNodeRevoke or > InvocationLabel.CNodeSaveCaller)
            throw RefusalException.IllegalOperation();
        (int words, int caps) = label switch
        {
            InvocationLabel.CNodeCopy => (5, 1),
            InvocationLabel.CNodeMint => (6, 1),
            InvocationLabel.CNodeMove => (4, 1),
            InvocationLabel.CNodeMutate => (5, 1),
            InvocationLabel.CNodeRotate => (8, 2),
            _ => (2, 0),
        };
        invocation.Need(words, caps);
        SlotId slot = s.FindTarget(node, invocation.Words[0], invocation.Words[1], isSource: false);
        return label switch
        {
            InvocationLabel.CNodeRevoke => s.Revoke(slot),
            InvocationLabel.CNodeDelete => s.Delete(slot),
            InvocationLabel.CNodeCancelBadgedSends => s.CancelBadgedSends(slot),
            InvocationLabel.CNodeRotate => s.Rotate(invocation, slot),
            InvocationLabel.CNodeSaveCaller => s.SaveCaller(invocation.Thread, slot),
            _ => s.CopyOrMove(invocation, label, slot),
        };
    }

    /// <summary>Copies or moves a capability from one slot to another.</summary>
    private static SpecState CopyOrMove(this SpecState s, Invocation invocation, InvocationLabel label, SlotId target)
    {
        RequireEmpty(s, target);
        SlotId source = s.FindTarget(invocation.Caps[0].Cap, invocation.Words[2], invocation.Words[3], isSource: true);
        Capability cap = OrMissing(s.Cap(source), invocation.Words[3], isSource: true);
        switch (label)
        {
            case InvocationLabel.CNodeCopy:
                return s.Insert(OrIllegal(s.Derive(source, cap.WithRights(Rights(invocation)))), source, target);
            case InvocationLabel.CNodeMint:
                Capability? badged = cap.WithRights(Rights(invocation)).WithNewData(invocation.Words[5]);
                return s.Insert(OrIllegal(s.Derive(source, badged)), source, target);
            case InvocationLabel.CNodeMutate:
                return s.Move(source, target, OrIllegal(cap.WithChangedData(invocation.Words[4])));
            default:
                return s.Move(source, target, cap);
        }
    }

    /// <summary>
    /// Moves a capability from the pivot to the target and one from the source to the pivot; source and target may be the same.
    /// </summary>
    private static SpecState Rotate(this SpecState s, Invocation invocation, SlotId target)
    {
        (ulong targetData, ulong pivotDepth, ulong pivotData, ulong sourceDepth) =
            (invocation.Words[2], invocation.Words[4], invocation.Words[5], invocation.Words[7]);
        SlotId source = s.FindTarget(invocation.Caps[1].Cap, invocation.Words[6], sourceDepth, isSource: true);
        SlotId pivot = s.FindTarget(invocation.Caps[0].Cap, invocation.Words[3], pivotDepth, isSource: false);
        if (pivot == source || pivot == target)
            throw RefusalException.IllegalOperation();
        if (source != target)
            RequireEmpty(s, target);
        Capability toPivot = OrMissing(s.Cap(source), sourceDepth, isSource: true);
        Capability toTarget = OrMissing(s.Cap(pivot), pivotDepth, isSource: false);
        toTarget = OrIllegal(toTarget.WithChangedData(targetData));
        toPivot = OrIllegal(toPivot.WithChangedData(pivotData));
        return source == target
            ? s.Swap(pivot, target).PutCap(target, toTarget).PutCap(pivot, toPivot)
            : s.Move(pivot, target, toTarget).Move(source, pivot, toPivot);
    }

    /// <summary>Moves the caller's reply capability into a slot, if there is one.</summary>
    private static SpecState SaveCaller(this SpecState s, ulong thread, SlotId target)
    {
        RequireEmpty(s, target);
        SlotId caller = new(thread, TcbSlot.Caller);
        return s.Cap(caller) is { } reply ? s.Move(caller, target, reply) : s;
    }

    /// <summary>Cancels the sends that wait with a badge, so that its owner may give it to somebody else.</summary>
    private static SpecState CancelBadgedSends(this SpecState s, SlotId slot)
    {
        if (s.Cap(slot) is not EndpointCap { Rights: CapRights.All } endpoint)
            throw RefusalException.IllegalOperation();
        return endpoint.Badge == 0 ? s : s.CancelBadgedSends(endpoint.Address, endpoint.Badge);
    }

    private static CapRights Rights(Invocation invocation) => (CapRights)invocation.Words[4] & CapRights.All;

    private static Capability OrMissing(Capability? cap, ulong depth, bool isSource) =>
        cap ?? throw RefusalException.FailedLookup(isSource, LookupFailure.MissingCapability(depth));

    private static Capability OrIllegal(Capability? cap) => cap ?? throw RefusalException.IllegalOperation();

    private static void RequireEmpty(SpecState s, SlotId slot)
    {
        if (s.Cap(slot) is not null)
            throw new RefusalException(SeL4Error.DeleteFirst);
    }
}
