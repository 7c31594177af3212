using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

/// <summary>Performs the methods of interrupts: <c>seL4_IRQControl_*</c> and <c>seL4_IRQHandler_*</c>.</summary>
internal static unsafe class InterruptInvocations
{
    public static Outcome Issue(KernelState* kernel, in Invocation invocation) => invocation.Label switch
    {
        InvocationLabel.IrqIssueIrqHandler => IssueLine(kernel, invocation),
        InvocationLabel.X86IrqIssueIrqHandlerIOApic => IssuePin(kernel, invocation),
        InvocationLabel.X86IrqIssueIrqHandlerMsi => IssueMessage(kernel, invocation),
        _ => kernel->Fail(SeL4Error.IllegalOperation),
    };

    private static Outcome IssueLine(KernelState* kernel, in Invocation invocation)
    {
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
        return Insert(invocation, (uint)line, slot);
    }

    private static Outcome IssuePin(KernelState* kernel, in Invocation invocation)
    {
        if (!invocation.Has(words: 7, caps: 1))
            return kernel->Fail(SeL4Error.TruncatedMessage);
        if (IOApic.PinCount == 0)
            return kernel->Fail(SeL4Error.IllegalOperation);
        ulong pin = invocation.Word(3), level = invocation.Word(4), polarity = invocation.Word(5), vector = invocation.Word(6);
        if (!TryFitRange(kernel, invocation.Word(2), 0) || !TryFitRange(kernel, pin, IOApic.PinCount - 1)
            || !TryFitRange(kernel, level, 1) || !TryFitRange(kernel, polarity, 1) || !TryFitRange(kernel, vector, InterruptLines.VectorCount - 1))
            return Outcome.Failed;
        uint line = InterruptLines.FirstVector + (uint)vector;
        if (InterruptLines.IsIssued(line) || InterruptLines.IsPinIssued((uint)pin))
            return kernel->Fail(SeL4Error.RevokeFirst);
        if (!MachineInvocations.TryFindEmpty(kernel, invocation.Caps[0], invocation.Word(0), invocation.Word(1), out Slot* slot))
            return Outcome.Failed;

        InterruptLines.Issue(line, (uint)pin, isLevel: level != 0, isLow: polarity != 0);
        return Insert(invocation, line, slot);
    }

    private static Outcome IssueMessage(KernelState* kernel, in Invocation invocation)
    {
        if (!invocation.Has(words: 7, caps: 1))
            return kernel->Fail(SeL4Error.TruncatedMessage);
        ulong bus = invocation.Word(2), device = invocation.Word(3), function = invocation.Word(4), vector = invocation.Word(6);
        if (!TryFitRange(kernel, bus, 255) || !TryFitRange(kernel, device, 31) || !TryFitRange(kernel, function, 7)
            || !TryFitRange(kernel, vector, InterruptLines.VectorCount - 1))
            return Outcome.Failed;
        uint line = InterruptLines.FirstVector + (uint)vector;
        if (InterruptLines.IsIssued(line))
            return kernel->Fail(SeL4Error.RevokeFirst);
        if (!MachineInvocations.TryFindEmpty(kernel, invocation.Caps[0], invocation.Word(0), invocation.Word(1), out Slot* slot))
            return Outcome.Failed;

        InterruptLines.Issue(line);
        return Insert(invocation, line, slot);
    }

    private static bool TryFitRange(KernelState* kernel, ulong value, ulong most)
    {
        kernel->Error = InvocationError.Range(0, most);
        return value <= most;
    }

    private static Outcome Insert(in Invocation invocation, uint line, Slot* slot)
    {
        DerivationTree.InsertOriginal(Capability.OfMachine(CapType.IrqHandler, (void*)(ulong)line), invocation.Service, slot);
        return Outcome.Done;
    }

    public static Outcome Invoke(KernelState* kernel, in Invocation invocation)
    {
        uint line = (uint)invocation.Service->Cap.Address;
        switch (invocation.Label)
        {
            case InvocationLabel.IrqAckIrq:
                InterruptLines.Acknowledge(line);
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
