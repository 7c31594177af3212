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
