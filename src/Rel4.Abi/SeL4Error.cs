namespace Rel4.Abi;

/// <summary>Names the outcome of an invocation; the label of the kernel's reply (<c>libsel4/include/sel4/errors.h</c>).</summary>
/// <remarks>The words that come with each are those of the manual's section "Error Codes".</remarks>
public enum SeL4Error : ulong
{
    /// <summary>The invocation succeeded.</summary>
    NoError = 0,

    /// <summary>An argument that is no capability is invalid. Word 0: which argument.</summary>
    InvalidArgument = 1,

    /// <summary>A capability argument is invalid. Word 0: which, 0 being the invoked one.</summary>
    InvalidCapability = 2,

    /// <summary>The operation is not permitted.</summary>
    IllegalOperation = 3,

    /// <summary>An argument is out of range. Words 0 and 1: least and greatest allowed.</summary>
    RangeError = 4,

    /// <summary>An address is not aligned.</summary>
    AlignmentError = 5,

    /// <summary>A capability could not be looked up. Word 0: 1 if the source's, then the <see cref="LookupFailureType"/> and its details.</summary>
    FailedLookup = 6,

    /// <summary>The message has fewer words or capabilities than the method needs.</summary>
    TruncatedMessage = 7,

    /// <summary>A destination slot is occupied.</summary>
    DeleteFirst = 8,

    /// <summary>The object has capabilities derived from it.</summary>
    RevokeFirst = 9,

    /// <summary>The untyped memory has too little left. Word 0: bytes left.</summary>
    NotEnoughMemory = 10,
}

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

/// <summary>Names a fault; the label of a fault message (<c>libsel4/arch_include/x86/sel4/arch/shared_types.bf</c>).</summary>
public enum FaultType : ulong
{
    /// <summary>No fault.</summary>
    None = 0,

    /// <summary>A capability was missing. Words: <c>IP</c>, address, 1 if receiving, the lookup failure.</summary>
    CapFault = 1,

    /// <summary>A system call number is unknown. Words: registers <c>rax</c> to <c>r15</c>, <c>IP SP FLAGS</c>, the number.</summary>
    UnknownSyscall = 2,

    /// <summary>The processor raised an exception. Words: <c>IP SP FLAGS</c>, vector, code.</summary>
    UserException = 3,

    /// <summary>A page was missing or forbidden. Words: <c>IP</c>, address, 1 if fetching, the error code.</summary>
    VMFault = 5,
}
