using System.Collections.Immutable;
using Rel4.Abi;

namespace Rel4.Spec.Rules;

/// <summary>Ends the decoding of an invocation: it is refused, and nothing has changed (manual, "Error Codes").</summary>
public sealed class RefusalException : Exception
{
    /// <summary>Makes a refusal.</summary>
    public RefusalException(SeL4Error error, params ImmutableArray<ulong> words) => (Error, Words) = (error, words);

    /// <summary>Gets the error code.</summary>
    public SeL4Error Error { get; }

    /// <summary>Gets the words that describe it.</summary>
    public ImmutableArray<ulong> Words { get; }

    /// <summary>Refuses an argument that is no capability.</summary>
    public static RefusalException InvalidArgument(ulong which) => new(SeL4Error.InvalidArgument, which);

    /// <summary>Refuses a capability; 0 is the invoked one.</summary>
    public static RefusalException InvalidCapability(ulong which) => new(SeL4Error.InvalidCapability, which);

    /// <summary>Refuses the operation.</summary>
    public static RefusalException IllegalOperation() => new(SeL4Error.IllegalOperation);

    /// <summary>Refuses an argument outside a range.</summary>
    public static RefusalException Range(ulong least, ulong greatest) => new(SeL4Error.RangeError, least, greatest);

    /// <summary>Refuses an address of a capability.</summary>
    public static RefusalException FailedLookup(bool isSource, LookupFailure failure) =>
        new(SeL4Error.FailedLookup, [isSource ? 1UL : 0, .. failure.Words]);

    /// <summary>Refuses for want of memory, or of places in a table.</summary>
    public static RefusalException NotEnoughMemory(ulong bytesLeft) => new(SeL4Error.NotEnoughMemory, bytesLeft);
}
