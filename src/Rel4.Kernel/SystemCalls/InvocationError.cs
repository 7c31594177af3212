using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>Says why an invocation was refused (manual section "Error Codes").</summary>
internal readonly struct InvocationError
{
    private InvocationError(SeL4Error code, uint length = 0, ulong word0 = 0, ulong word1 = 0, LookupFailure lookup = default)
    {
        Code = code;
        Length = length;
        Word0 = word0;
        Word1 = word1;
        Lookup = lookup;
    }

    public SeL4Error Code { get; }

    /// <summary>Gets the words that come with the code, those of the lookup failure not counted.</summary>
    public uint Length { get; }

    public ulong Word0 { get; }

    public ulong Word1 { get; }

    public LookupFailure Lookup { get; }

    public static InvocationError Of(SeL4Error code) => new(code);

    public static InvocationError InvalidArgument(ulong number) => new(SeL4Error.InvalidArgument, 1, number);

    public static InvocationError InvalidCapability(ulong number) => new(SeL4Error.InvalidCapability, 1, number);

    public static InvocationError Range(ulong least, ulong greatest) => new(SeL4Error.RangeError, 2, least, greatest);

    public static InvocationError NotEnoughMemory(ulong bytesLeft) => new(SeL4Error.NotEnoughMemory, 1, bytesLeft);

    public static InvocationError FailedLookup(Side side, LookupFailure lookup) => new(SeL4Error.FailedLookup, 1, (ulong)side, lookup: lookup);

    /// <summary>Names the capability whose lookup failed.</summary>
    internal enum Side : ulong
    {
        /// <summary>The destination, or the only one.</summary>
        Destination = 0,

        /// <summary>The source.</summary>
        Source = 1,
    }
}
