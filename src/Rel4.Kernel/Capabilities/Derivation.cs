using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>Decides whether a capability can be derived from another (manual table "Capability derivation").</summary>
internal static unsafe class Derivation
{
    /// <summary>Makes the capability that a copy of <paramref name="capability"/>, taken from <paramref name="slot"/>, will be.</summary>
    /// <returns>A refusal if its kind, its state or its children forbid it.</returns>
    public static Refusal Derive<TObjects>(Slot* slot, in Capability capability, out Capability derived)
        where TObjects : struct, IMachineObjects
    {
        derived = capability;
        switch (capability.Type)
        {
            case CapType.Untyped when DerivationTree.HasChildren(slot):
                return Refusal.Of(SeL4Error.RevokeFirst);
            case CapType.Null or CapType.Reply or CapType.Zombie:
            case >= CapType.Frame when !TObjects.TryDerive(ref derived):
                return Refusal.Of(SeL4Error.IllegalOperation);
            default:
                return default;
        }
    }
}
