using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

/// <summary>Performs the methods of interrupts: <c>seL4_IRQControl_Get</c> and <c>seL4_IRQHandler_*</c>.</summary>
internal static unsafe class InterruptInvocations
{
    public static Outcome Issue(KernelState* kernel, in Invocation invocation)
    {
        if (invocation.Label != InvocationLabel.IrqIssueIrqHandler)
            return kernel->Fail(SeL4Error.IllegalOperation);
        if (!invocation.Has(words: 3, caps: 1))
            return kernel->Fail(SeL4Error.TruncatedMessage);
        ulong line = invocation.Word(0);
        if (line is >= InterruptController.LineCount or InterruptController.CascadeLine)
            return kernel->Fail(InvocationError.Range(0, InterruptController.LineCount - 1));
        if (InterruptLines.IsIssued((uint)line))
            return kernel->Fail(SeL4Error.RevokeFirst);
        if (!MachineInvocations.TryFindEmpty(kernel, invocation.Caps[0], invocation.Word(1), invocation.Word(2), out Slot* slot))
            return Outcome.Failed;

        InterruptLines.Issue((uint)line);
        DerivationTree.InsertOriginal(Capability.OfMachine(CapType.IrqHandler, (void*)line), invocation.Service, slot);
        return Outcome.Done;
    }

    public static Outcome Invoke(KernelState* kernel, in Invocation invocation)
    {
        uint line = (uint)invocation.Service->Cap.Address;
        switch (invocation.Label)
        {
            case InvocationLabel.IrqAckIrq:
                InterruptController.Unmask(line);
                return Outcome.Done;
            case InvocationLabel.IrqSetIrqHandler:
                if (!invocation.Has(words: 0, caps: 1))
                    return kernel->Fail(SeL4Error.TruncatedMessage);
                Slot* notification = invocation.Caps[0];
                if (notification->Cap.Type != CapType.Notification || !notification->Cap.Has(CapRights.Write))
                    return kernel->Fail(InvocationError.InvalidCapability(1));
                InterruptLines.SetNotification(kernel, line, notification);
                return Outcome.Done;
            case InvocationLabel.IrqClearIrqHandler:
                InterruptLines.ClearNotification(kernel, line);
                return Outcome.Done;
            default:
                return kernel->Fail(SeL4Error.IllegalOperation);
        }
    }
}
