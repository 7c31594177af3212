using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

/// <summary>Leads a method to the object whose it is.</summary>
internal static unsafe class MachineInvocations
{
    public static Result Invoke(KernelState* kernel, in Invocation invocation) => invocation.Service->Cap.Type switch
    {
        CapType.Thread when invocation.Label == InvocationLabel.TcbReadSenders => UserInterruptController.ReadSenders(invocation),
        CapType.Thread => ThreadEntries.Invoke(invocation),
        CapType.Frame => FrameInvocations.Invoke(invocation),
        CapType.PageTable or CapType.PageDirectory or CapType.Pdpt => TableInvocations.Invoke(invocation),
        CapType.AsidControl => AsidInvocations.MakePool(invocation),
        CapType.AsidPool => AsidInvocations.Assign(invocation),
        CapType.IrqControl => InterruptInvocations.Issue(invocation),
        CapType.IrqHandler => InterruptInvocations.Invoke(kernel, invocation),
        CapType.IOPortControl => PortInvocations.Issue(invocation),
        CapType.IOPort => PortInvocations.Invoke(invocation),
        CapType.Domain => SetDomain(invocation),
        _ => Refusal.Of(SeL4Error.IllegalOperation),
    };

    /// <summary>Performs <c>seL4_DomainSet_Set</c>. All threads are in the one domain.</summary>
    private static Result SetDomain(in Invocation invocation)
    {
        if (invocation.Label != InvocationLabel.DomainSetSet)
            return Refusal.Of(SeL4Error.IllegalOperation);
        if (!invocation.Has(words: 1, caps: 1))
            return Refusal.Of(SeL4Error.TruncatedMessage);
        if (invocation.Word(0) != 0)
            return Refusal.InvalidArgument(0);
        return invocation.Caps[0]->Cap.Type == CapType.Thread ? Outcome.Done : Refusal.InvalidArgument(1);
    }

    /// <summary>Finds the empty slot that a method is to put a capability into.</summary>
    public static Refusal FindEmpty(Slot* root, ulong index, ulong depth, out Slot* slot)
    {
        if (CSpace.LookupTarget(root->Cap, index, depth, Refusal.Side.Destination, out slot).IsGiven(out Refusal refusal))
            return refusal;
        return slot->IsEmpty ? default : Refusal.Of(SeL4Error.DeleteFirst);
    }
}
