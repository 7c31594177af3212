using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>Says why an invocation is refused, with what seL4 tells beside the code (manual section "Error Codes"); the default refuses nothing.</summary>
/// <remarks>
/// Whoever only checks returns one, and whoever calls him passes it on. Two words, so that it travels in registers:
/// <code>
/// offset  bytes  field
///      0      1  code; 0 if nothing is refused
///      1      1  number of the argument or capability, least of a range, or side of a lookup
///      2      1  type of a lookup's failure
///      3      1  bits left of a lookup
///      8      8  greatest of a range, bytes left, or bits or guard that a lookup found
/// </code>
/// </remarks>
internal readonly struct Refusal
{
    private readonly byte _code;
    private readonly byte _number;
    private readonly byte _lookup;
    private readonly byte _bitsLeft;
    private readonly ulong _detail;

    private Refusal(SeL4Error code, ulong number = 0, ulong detail = 0)
    {
        _code = (byte)code;
        _number = (byte)number;
        _detail = detail;
    }

    private Refusal(Side side, LookupFailureType lookup, ulong bitsLeft, ulong detail)
        : this(SeL4Error.FailedLookup, (ulong)side, detail)
    {
        _lookup = (byte)lookup;
        _bitsLeft = (byte)bitsLeft;
    }

    public SeL4Error Code => (SeL4Error)_code;

    /// <summary>Gets the word that follows the code, if one does.</summary>
    public ulong Number => Code == SeL4Error.NotEnoughMemory ? _detail : _number;

    /// <summary>Gets why a lookup failed.</summary>
    public LookupFailure Lookup => (LookupFailureType)_lookup switch
    {
        LookupFailureType.InvalidRoot => LookupFailure.InvalidRoot(),
        LookupFailureType.MissingCapability => LookupFailure.MissingCapability(_bitsLeft),
        LookupFailureType.DepthMismatch => LookupFailure.DepthMismatch(_bitsLeft, (int)_detail),
        LookupFailureType.GuardMismatch => LookupFailure.GuardMismatch(_bitsLeft, new CNodeCapData(_detail)),
        _ => default,
    };

    public static Refusal Of(SeL4Error code) => new(code);

    public static Refusal InvalidArgument(ulong number) => new(SeL4Error.InvalidArgument, number);

    public static Refusal InvalidCapability(ulong number) => new(SeL4Error.InvalidCapability, number);

    public static Refusal Range(ulong least, ulong greatest) => new(SeL4Error.RangeError, least, greatest);

    public static Refusal NotEnoughMemory(ulong bytesLeft) => new(SeL4Error.NotEnoughMemory, detail: bytesLeft);

    public static Refusal FailedLookup(Side side, in LookupFailure lookup) => new(
        side,
        lookup.Type,
        lookup.BitsLeft,
        lookup.Type == LookupFailureType.GuardMismatch ? new CNodeCapData(lookup.Detail1, (int)lookup.Detail2).Raw : lookup.Detail1);

    /// <summary>Tells whether this refuses, and is to be passed on.</summary>
    public bool IsGiven(out Refusal refusal)
    {
        refusal = this;
        return _code != 0;
    }

    /// <summary>Writes what follows the code.</summary>
    public void WriteTo(ref MessageWriter writer)
    {
        if (Code is SeL4Error.InvalidArgument or SeL4Error.InvalidCapability or SeL4Error.RangeError or SeL4Error.NotEnoughMemory or SeL4Error.FailedLookup)
            writer.Add(Number);
        if (Code == SeL4Error.RangeError)
            writer.Add(_detail);
        writer.Add(Lookup);
    }

    /// <summary>Names the capability whose lookup failed.</summary>
    internal enum Side : ulong
    {
        /// <summary>The destination, or the only one.</summary>
        Destination = 0,

        /// <summary>The source.</summary>
        Source = 1,
    }
}
