using System.Diagnostics;
using System.Runtime.CompilerServices;
using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>Says why an invocation is refused, with what seL4 tells beside the code (manual section "Error Codes"); the default refuses nothing.</summary>
/// <remarks>
/// Whoever only checks returns one, and whoever calls him passes it on. Two words, so that it travels in registers:
/// <code>
/// word 0:  0:24 | outcome:8 | bitsLeft:8 | lookup:8 | number:8 | code:8      (highest bits first)
/// word 1:  greatest of a range, bytes left, or bits or guard that a lookup found
///
/// code      0 if nothing is refused
/// number    of the argument or capability, least of a range, or side of a lookup
/// lookup    type of a lookup's failure, and bitsLeft of it
/// outcome   0; <see cref="Result"/> has it here
/// </code>
/// </remarks>
internal readonly struct Refusal
{
    private const int NumberShift = 8, LookupShift = 16, BitsLeftShift = 24;

    private readonly ulong _word0;
    private readonly ulong _word1;

    /// <summary>Takes the words of one.</summary>
    public Refusal(ulong word0, ulong word1)
    {
        _word0 = word0;
        _word1 = word1;
    }

    private Refusal(SeL4Error code, ulong number = 0, ulong detail = 0)
        : this((ulong)code | (number << NumberShift), detail) => Debug.Assert(number <= byte.MaxValue);

    private Refusal(Side side, LookupFailureType lookup, ulong bitsLeft, ulong detail)
        : this((ulong)SeL4Error.FailedLookup | ((ulong)side << NumberShift) | ((ulong)lookup << LookupShift) | (bitsLeft << BitsLeftShift), detail)
    {
    }

    public (ulong Word0, ulong Word1) Raw => (_word0, _word1);

    public SeL4Error Code => (SeL4Error)(byte)_word0;

    /// <summary>Gets the word that follows the code, if one does.</summary>
    public ulong Number => Code == SeL4Error.NotEnoughMemory ? _word1 : (byte)(_word0 >> NumberShift);

    /// <summary>Gets why a lookup failed.</summary>
    public LookupFailure Lookup => (LookupFailureType)(byte)(_word0 >> LookupShift) switch
    {
        LookupFailureType.InvalidRoot => LookupFailure.InvalidRoot(),
        LookupFailureType.MissingCapability => LookupFailure.MissingCapability((ulong)BitsLeft),
        LookupFailureType.DepthMismatch => LookupFailure.DepthMismatch(BitsLeft, (int)_word1),
        LookupFailureType.GuardMismatch => LookupFailure.GuardMismatch(BitsLeft, new CNodeCapData(_word1)),
        _ => default,
    };

    private int BitsLeft => (byte)(_word0 >> BitsLeftShift);

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
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsGiven(out Refusal refusal)
    {
        refusal = this;
        return _word0 != 0;
    }

    /// <summary>Writes what follows the code.</summary>
    public void WriteTo(ref MessageWriter writer)
    {
        if (Code is SeL4Error.InvalidArgument or SeL4Error.InvalidCapability or SeL4Error.RangeError or SeL4Error.NotEnoughMemory or SeL4Error.FailedLookup)
            writer.Add(Number);
        if (Code == SeL4Error.RangeError)
            writer.Add(_word1);
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
