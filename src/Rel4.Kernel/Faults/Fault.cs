using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>Describes a fault until it is answered (manual section "Faults"). What the words mean depends on the type.</summary>
internal readonly struct Fault
{
    private Fault(FaultType type, ulong word0, ulong word1, ulong word2, LookupFailure lookup)
    {
        Type = type;
        Word0 = word0;
        Word1 = word1;
        Word2 = word2;
        Lookup = lookup;
    }

    public FaultType Type { get; }

    /// <summary>Gets the capability address, system call number, exception vector or memory address.</summary>
    public ulong Word0 { get; }

    /// <summary>Gets 1 if receiving, the exception's code, or 1 if fetching.</summary>
    public ulong Word1 { get; }

    /// <summary>Gets a page fault's error code.</summary>
    public ulong Word2 { get; }

    /// <summary>Gets why a capability could not be found.</summary>
    public LookupFailure Lookup { get; }

    public static Fault Capability(ulong address, Phase phase, LookupFailure lookup) => new(FaultType.CapFault, address, (ulong)phase, 0, lookup);

    public static Fault UnknownSyscall(ulong number) => new(FaultType.UnknownSyscall, number, 0, 0, default);

    public static Fault UserException(ulong vector, ulong code) => new(FaultType.UserException, vector, code, 0, default);

    public static Fault Memory(ulong address, ulong isFetch, ulong errorCode) => new(FaultType.VMFault, address, isFetch, errorCode, default);

    /// <summary>Names the half of a system call in which a capability was missing.</summary>
    internal enum Phase : ulong
    {
        /// <summary>While sending.</summary>
        Send = 0,

        /// <summary>While receiving.</summary>
        Receive = 1,
    }
}
