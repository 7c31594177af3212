namespace Rel4.Abi;

/// <summary>Gives a CNode capability its guard: <c>guard:58 | guardSize:6</c>, highest bits first.</summary>
/// <remarks>Source: <c>libsel4/mode_include/64/sel4/shared_types.bf</c>; manual section "Capability Address Lookup".</remarks>
public readonly struct CNodeCapData
{
    /// <summary>Takes the word as it stands in a message.</summary>
    public CNodeCapData(ulong raw) => Raw = raw;

    /// <summary>Packs a guard and its size in bits.</summary>
    public CNodeCapData(ulong guard, int guardSize) => Raw = (guard << 6) | ((uint)guardSize & 0x3F);

    /// <summary>Gets the word as it stands in a message.</summary>
    public ulong Raw { get; }

    /// <summary>Gets the guard.</summary>
    public ulong Guard => Raw >> 6;

    /// <summary>Gets the guard's size in bits, 0 to 63.</summary>
    public int GuardSize => (int)(Raw & 0x3F);
}
