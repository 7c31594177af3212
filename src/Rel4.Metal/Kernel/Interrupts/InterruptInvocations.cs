using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

/// <summary>Performs the methods of interrupts: <c>seL4_IRQControl_*</c> and <c>seL4_IRQHandler_*</c>.</summary>
internal static unsafe class InterruptInvocations
{
    public static Result Issue(in Invocation invocation) => invocation.Label switch
    {
        InvocationLabel.IrqIssueIrqHandler => IssueLine(invocation),
        InvocationLabel.X86IrqIssueIrqHandlerIOApic => IssuePin(invocation),
        InvocationLabel.X86IrqIssueIrqHandlerMsi => IssueMessage(invocation),
        _ => Refusal.Of(SeL4Error.IllegalOperation),
    };

    private static Result IssueLine(in Invocation invocation)
    {
        if (!invocation.Has(words: 3, caps: 1))
            return Refusal.Of(SeL4Error.TruncatedMessage);
        ulong line = invocation.Word(0);
        if (line is >= InterruptController.LineCount or InterruptController.CascadeLine)
            return Refusal.Range(0, InterruptController.LineCount - 1);
        if (InterruptLines.IsIssued((uint)line))
            return Refusal.Of(SeL4Error.RevokeFirst);
        if (MachineInvocations.FindEmpty(invocation.Caps[0], invocation.Word(1), invocation.Word(2), out Slot* slot).IsGiven(out Refusal refusal))
            return refusal;

        InterruptLines.Issue((uint)line);
        return Insert(invocation, (uint)line, slot);
    }

    private static Result IssuePin(in Invocation invocation)
    {
        if (!invocation.Has(words: 7, caps: 1))
            return Refusal.Of(SeL4Error.TruncatedMessage);
        if (IOApic.PinCount == 0)
            return Refusal.Of(SeL4Error.IllegalOperation);
        ulong pin = invocation.Word(3), level = invocation.Word(4), polarity = invocation.Word(5), vector = invocation.Word(6);
        if (CheckRange(invocation.Word(2), 0).IsGiven(out Refusal refusal)
            || CheckRange(pin, IOApic.PinCount - 1).IsGiven(out refusal)
            || CheckRange(level, 1).IsGiven(out refusal) || CheckRange(polarity, 1).IsGiven(out refusal)
            || CheckRange(vector, InterruptLines.VectorCount - 1).IsGiven(out refusal))
            return refusal;
        uint line = InterruptLines.FirstVector + (uint)vector;
        if (InterruptLines.IsIssued(line) || InterruptLines.IsPinIssued((uint)pin))
            return Refusal.Of(SeL4Error.RevokeFirst);
        if (MachineInvocations.FindEmpty(invocation.Caps[0], invocation.Word(0), invocation.Word(1), out Slot* slot).IsGiven(out refusal))
            return refusal;

        InterruptLines.Issue(line, (uint)pin, isLevel: level != 0, isLow: polarity != 0);
        return Insert(invocation, line, slot);
    }

    private static Result IssueMessage(in Invocation invocation)
    {
        if (!invocation.Has(words: 7, caps: 1))
            return Refusal.Of(SeL4Error.TruncatedMessage);
        ulong bus = invocation.Word(2), device = invocation.Word(3), function = invocation.Word(4), vector = invocation.Word(6);
        if (CheckRange(bus, 255).IsGiven(out Refusal refusal) || CheckRange(device, 31).IsGiven(out refusal) || CheckRange(function, 7).IsGiven(out refusal)
            || CheckRange(vector, InterruptLines.VectorCount - 1).IsGiven(out refusal))
            return refusal;
        uint line = InterruptLines.FirstVector + (uint)vector;
        if (InterruptLines.IsIssued(line))
            return Refusal.Of(SeL4Error.RevokeFirst);
        if (MachineInvocations.FindEmpty(invocation.Caps[0], invocation.Word(0), invocation.Word(1), out Slot* slot).IsGiven(out refusal))
            return refusal;

        InterruptLines.Issue(line);
        return Insert(invocation, line, slot);
    }

    private static Refusal CheckRange(ulong value, ulong most) => value <= most ? default : Refusal.Range(0, most);

    private static Result Insert(in Invocation invocation, uint line, Slot* slot)
    {
        DerivationTree.InsertOriginal(Capability.OfMachine(CapType.IrqHandler, (void*)(ulong)line), invocation.Service, slot);
        return Outcome.Done;
    }

    public static Result Invoke(KernelState* kernel, in Invocation invocation)
    {
        uint line = invocation.Service->Cap.Line();
        switch (invocation.Label)
        {
            case InvocationLabel.IrqAckIrq:
                InterruptLines.Acknowledge(line);
                return Outcome.Done;
            case InvocationLabel.IrqSetIrqHandler:
                if (!invocation.Has(words: 0, caps: 1))
                    return Refusal.Of(SeL4Error.TruncatedMessage);
                Slot* notification = invocation.Caps[0];
                if (notification->Cap.Type != CapType.Notification || !notification->Cap.Has(CapRights.Write))
                    return Refusal.InvalidCapability(1);
                InterruptLines.SetNotification(kernel, line, notification);
                return Outcome.Done;
            case InvocationLabel.IrqClearIrqHandler:
                InterruptLines.ClearNotification(kernel, line);
                return Outcome.Done;
            default:
                return Refusal.Of(SeL4Error.IllegalOperation);
        }
    }
}
