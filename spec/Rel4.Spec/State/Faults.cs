using System.Collections.Immutable;
using Rel4.Abi;

namespace Rel4.Spec;

/// <summary>Says why a lookup failed, with the words that describe it (manual, "Lookup Failure Description").</summary>
public sealed record LookupFailure(LookupFailureType Type, params ImmutableArray<ulong> Details)
{
    /// <summary>Gets the description as it stands in a message.</summary>
    public ImmutableArray<ulong> Words => [(ulong)Type, .. Details];

    /// <summary>Tells whether two failures are described by the same words.</summary>
    public bool Equals(LookupFailure? other) => other is not null && Words.SequenceEqual(other.Words);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Type, Details.Length);

    /// <summary>Makes the failure of a root that is no CNode.</summary>
    public static LookupFailure InvalidRoot() => new(LookupFailureType.InvalidRoot);

    /// <summary>Makes the failure of a capability that is absent or has too few rights.</summary>
    public static LookupFailure MissingCapability(ulong bitsLeft) => new(LookupFailureType.MissingCapability, bitsLeft);

    /// <summary>Makes the failure of bits left over, or too few.</summary>
    public static LookupFailure DepthMismatch(int bitsLeft, int bitsFound) =>
        new(LookupFailureType.DepthMismatch, (ulong)bitsLeft, (ulong)bitsFound);

    /// <summary>Makes the failure of a guard that differs.</summary>
    public static LookupFailure GuardMismatch(int bitsLeft, ulong guard, int guardSize) =>
        new(LookupFailureType.GuardMismatch, (ulong)bitsLeft, guard, (ulong)guardSize);
}

/// <summary>Something a thread did that its fault handler must see to (manual, "Faults").</summary>
public abstract record Fault;

/// <summary>A capability was missing in a system call.</summary>
public sealed record CapFault(ulong Address, bool InReceivePhase, LookupFailure Failure) : Fault;

/// <summary>The system call number is unknown.</summary>
public sealed record UnknownSyscall(ulong Number) : Fault;

/// <summary>The processor raised an exception.</summary>
public sealed record UserException(ulong Vector, ulong Code) : Fault;

/// <summary>A page was missing or forbidden.</summary>
public sealed record VMFault(ulong Address, bool IsFetch, ulong Status) : Fault;
