using Rel4.Abi;

namespace Rel4.Runtime;

/// <summary>Names a slot of a CNode, full or empty (manual section "Capability Address Lookup").</summary>
/// <param name="Root">Address, in the caller's CSpace, of the CNode at which the lookup begins.</param>
/// <param name="Index">Address of the slot below that root.</param>
/// <param name="Depth">Bits of <paramref name="Index"/> to use, 1 to 64.</param>
public readonly record struct CapSlot(ulong Root, ulong Index, byte Depth = Limits.WordBits)
{
    /// <summary>Describes the slot for messages.</summary>
    public override string ToString() =>
        Depth == Limits.WordBits ? $"slot {Index} of CNode {Root}" : $"slot {Index} (depth {Depth}) of CNode {Root}";
}
