using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>Decides whether a capability can be derived from another (manual table "Capability derivation").</summary>
internal static unsafe class Derivation
{
    /// <summary>Makes the capability that a copy of <paramref name="capability"/>, taken from <paramref name="slot"/>, will be.</summary>
    /// <returns>False, with <see cref="KernelState.Error"/> set, if it has children that forbid it. A kind that has no copies gives null.</returns>
    public static bool TryDerive<TMachine>(KernelState* kernel, Slot* slot, in Capability capability, out Capability derived)
        where TMachine : struct, IKernelMachine
    {
        derived = capability;
        switch (capability.Type)
        {
            case CapType.Untyped when DerivationTree.HasChildren(slot):
                kernel->Error = InvocationError.Of(SeL4Error.RevokeFirst);
                return false;
            case CapType.PageTable or CapType.PageDirectory or CapType.Pdpt when capability.Word1 == 0:
                // Two capabilities to a table agree on where it is mapped, for ever.
                kernel->Error = InvocationError.Of(SeL4Error.IllegalOperation);
                return false;
            case CapType.VSpace when !TMachine.IsAssigned(kernel, capability):
                // As with tables: the root of an address space is in use once it has its identifier.
                kernel->Error = InvocationError.Of(SeL4Error.IllegalOperation);
                return false;
            case CapType.Reply:
            case CapType.Zombie:
            case CapType.IrqControl:
            case CapType.IOPortControl:
                derived = default;
                return true;
            case CapType.Frame:
                // A copy is mapped nowhere.
                derived.Word1 = 0;
                return true;
            default:
                return true;
        }
    }
}
