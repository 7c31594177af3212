using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

/// <summary>Performs the methods of I/O ports: <c>seL4_X86_IOPortControl_Issue</c> and <c>seL4_X86_IOPort_*</c>.</summary>
internal static unsafe class PortInvocations
{
    public static Result Issue(in Invocation invocation)
    {
        if (invocation.Label != InvocationLabel.X86IOPortControlIssue)
            return Refusal.Of(SeL4Error.IllegalOperation);
        if (!invocation.Has(words: 4, caps: 1))
            return Refusal.Of(SeL4Error.TruncatedMessage);
        ulong first = invocation.Word(0), last = invocation.Word(1);
        if (first > ushort.MaxValue)
            return Refusal.InvalidArgument(0);
        if (last < first || last > ushort.MaxValue)
            return Refusal.InvalidArgument(1);
        var range = new PortRange((ushort)first, (ushort)last);
        if (PortRange.AnyIssued(range))
            return Refusal.Of(SeL4Error.RevokeFirst);
        if (MachineInvocations.FindEmpty(invocation.Caps[0], invocation.Word(2), invocation.Word(3), out Slot* slot).IsGiven(out Refusal refusal))
            return refusal;

        PortRange.Take(range);
        DerivationTree.InsertOriginal(Capability.OfMachine(CapType.IOPort, (void*)range.Raw), invocation.Service, slot);
        return Outcome.Done;
    }

    public static Result Invoke(in Invocation invocation)
    {
        if (invocation.Label is < InvocationLabel.X86IOPortIn8 or > InvocationLabel.X86IOPortOut32)
            return Refusal.Of(SeL4Error.IllegalOperation);
        bool isOut = invocation.Label >= InvocationLabel.X86IOPortOut8;
        if (!invocation.Has(words: isOut ? 2u : 1))
            return Refusal.Of(SeL4Error.TruncatedMessage);
        int width = (int)(invocation.Label - (isOut ? InvocationLabel.X86IOPortOut8 : InvocationLabel.X86IOPortIn8));
        ulong port = invocation.Word(0);
        if (!invocation.Service->Cap.Ports().Contains(port, 1UL << width))
            return Refusal.Of(SeL4Error.IllegalOperation);

        if (isOut)
        {
            Write((ushort)port, width, invocation.Word(1));
            return Outcome.Done;
        }

        return invocation.Answer(Read((ushort)port, width));
    }

    private static ulong Read(ushort port, int width) => width switch
    {
        0 => Instructions.In8(port),
        1 => Instructions.In16(port),
        _ => Instructions.In32(port),
    };

    private static void Write(ushort port, int width, ulong value)
    {
        switch (width)
        {
            case 0: Instructions.Out8(port, (byte)value); break;
            case 1: Instructions.Out16(port, (ushort)value); break;
            default: Instructions.Out32(port, (uint)value); break;
        }
    }
}
