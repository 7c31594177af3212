using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

/// <summary>Leads a method to the object whose it is.</summary>
internal static unsafe class MachineInvocations
{
    public static Outcome Invoke(KernelState* kernel, in Invocation invocation) => invocation.Service->Cap.Type switch
    {
        CapType.Frame => FrameInvocations.Invoke(kernel, invocation),
        CapType.PageTable or CapType.PageDirectory or CapType.Pdpt => TableInvocations.Invoke(kernel, invocation),
        CapType.AsidControl => AsidInvocations.MakePool(kernel, invocation),
        CapType.AsidPool => AsidInvocations.Assign(kernel, invocation),
        CapType.IrqControl => InterruptInvocations.Issue(kernel, invocation),
        CapType.IrqHandler => InterruptInvocations.Invoke(kernel, invocation),
        CapType.IOPortControl => PortInvocations.Issue(kernel, invocation),
        CapType.IOPort => PortInvocations.Invoke(kernel, invocation),
        CapType.Domain => SetDomain(kernel, invocation),
        _ => kernel->Fail(SeL4Error.IllegalOperation),
    };

    /// <summary>Performs <c>seL4_DomainSet_Set</c>. All threads are in the one domain.</summary>
    private static Outcome SetDomain(KernelState* kernel, in Invocation invocation)
    {
        if (invocation.Label != InvocationLabel.DomainSetSet)
            return kernel->Fail(SeL4Error.IllegalOperation);
        if (!invocation.Has(words: 1, caps: 1))
            return kernel->Fail(SeL4Error.TruncatedMessage);
        if (invocation.Word(0) != 0)
            return kernel->Fail(InvocationError.InvalidArgument(0));
        return invocation.Caps[0]->Cap.Type == CapType.Thread ? Outcome.Done : kernel->Fail(InvocationError.InvalidArgument(1));
    }

    /// <summary>Finds the empty slot that a method is to put a capability into; false, with the error set, if there is none.</summary>
    public static bool TryFindEmpty(KernelState* kernel, Slot* root, ulong index, ulong depth, out Slot* slot)
    {
        slot = CSpace.LookupTarget(kernel, root->Cap, index, depth, InvocationError.Side.Destination);
        if (slot == null)
            return false;
        if (slot->IsEmpty)
            return true;
        kernel->Error = InvocationError.Of(SeL4Error.DeleteFirst);
        return false;
    }
}
