using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

/// <summary>Performs the methods of address-space identifiers: <c>seL4_X86_ASIDControl_MakePool</c> and <c>seL4_X86_ASIDPool_Assign</c>.</summary>
/// <remarks>A pool's number is word 1 of its capability.</remarks>
internal static unsafe class AsidInvocations
{
    public static Result MakePool(in Invocation invocation)
    {
        if (invocation.Label != InvocationLabel.X86AsidControlMakePool)
            return Refusal.Of(SeL4Error.IllegalOperation);
        if (!invocation.Has(words: 2, caps: 2))
            return Refusal.Of(SeL4Error.TruncatedMessage);
        Slot* untyped = invocation.Caps[0];
        if (!AddressSpaces.TryFindFreePool(out uint number))
            return Refusal.Of(SeL4Error.DeleteFirst);
        if (untyped->Cap.Type != CapType.Untyped || untyped->Cap.Bits != Limits.PageBits || untyped->Cap.IsDevice)
            return Refusal.InvalidCapability(1);
        if (DerivationTree.HasChildren(untyped))
            return Refusal.Of(SeL4Error.RevokeFirst);
        if (MachineInvocations.FindEmpty(invocation.Caps[1], invocation.Word(0), invocation.Word(1), out Slot* slot).IsGiven(out Refusal refusal))
            return refusal;

        // All of the memory is used from now on; what an earlier object left there goes.
        byte* pool = untyped->Cap.Memory;
        Instructions.Clear(pool, 1UL << Limits.PageBits);
        untyped->Cap.Watermark = 1UL << Limits.PageBits;
        AddressSpaces.SetPool(number, (ulong**)pool);
        Capability capability = Capability.OfMachine(CapType.AsidPool, pool, Limits.PageBits);
        capability.Word1 = number;
        DerivationTree.InsertOriginal(capability, untyped, slot);
        return Outcome.Done;
    }

    public static Result Assign(in Invocation invocation)
    {
        if (invocation.Label != InvocationLabel.X86AsidPoolAssign)
            return Refusal.Of(SeL4Error.IllegalOperation);
        if (!invocation.Has(words: 0, caps: 1))
            return Refusal.Of(SeL4Error.TruncatedMessage);
        ref readonly Capability space = ref invocation.Caps[0]->Cap;
        if (space.Type != CapType.VSpace || AddressSpaces.WasAssigned(space.Root()))
            return Refusal.InvalidCapability(1);
        return AddressSpaces.TryAssign(space.Root(), (uint)invocation.Service->Cap.Word1)
            ? Outcome.Done : Refusal.Of(SeL4Error.DeleteFirst);
    }
}
