namespace Rel4.Abi;

/// <summary>Names why the lookup of a capability failed (<c>libsel4/include/sel4/constants.h</c>, manual section "Lookup Failure Description").</summary>
public enum LookupFailureType : ulong
{
    /// <summary>It did not fail.</summary>
    None = 0,

    /// <summary>The root is no CNode.</summary>
    InvalidRoot = 1,

    /// <summary>No capability there, or one without the needed rights. Then: bits left.</summary>
    MissingCapability = 2,

    /// <summary>Bits were left over, or too few. Then: bits left, bits the CNode resolves.</summary>
    DepthMismatch = 3,

    /// <summary>A guard differs. Then: bits left, the guard, its size.</summary>
    GuardMismatch = 4,
}
