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
        _ => kernel->Fail(SeL4Error.IllegalOperation),
    };

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
