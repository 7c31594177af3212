using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>Describes why the lookup of a capability failed (manual section "Lookup Failure Description").</summary>
internal readonly struct LookupFailure
{
    private LookupFailure(LookupFailureType type, ulong bitsLeft, ulong detail1, ulong detail2)
    {
        Type = type;
        BitsLeft = bitsLeft;
        Detail1 = detail1;
        Detail2 = detail2;
    }

    public LookupFailureType Type { get; }

    public ulong BitsLeft { get; }

    /// <summary>Gets the bits found, or the guard found.</summary>
    public ulong Detail1 { get; }

    /// <summary>Gets the size of the guard found.</summary>
    public ulong Detail2 { get; }

    /// <summary>Gets the words of the description, its type included.</summary>
    public uint Length => Type switch
    {
        LookupFailureType.InvalidRoot => 1,
        LookupFailureType.MissingCapability => 2,
        LookupFailureType.DepthMismatch => 3,
        LookupFailureType.GuardMismatch => 4,
        _ => 0,
    };

    public static LookupFailure InvalidRoot() => new(LookupFailureType.InvalidRoot, 0, 0, 0);

    public static LookupFailure MissingCapability(ulong bitsLeft) => new(LookupFailureType.MissingCapability, bitsLeft, 0, 0);

    public static LookupFailure DepthMismatch(int bitsLeft, int bitsFound) =>
        new(LookupFailureType.DepthMismatch, (ulong)bitsLeft, (ulong)bitsFound, 0);

    public static LookupFailure GuardMismatch(int bitsLeft, CNodeCapData guard) =>
        new(LookupFailureType.GuardMismatch, (ulong)bitsLeft, guard.Guard, (ulong)guard.GuardSize);
}
