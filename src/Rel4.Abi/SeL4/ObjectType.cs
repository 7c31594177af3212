namespace Rel4.Abi;

/// <summary>Numbers the objects that untyped memory can become (<c>libsel4</c>'s x86_64 <c>objecttype.h</c> files, without MCS).</summary>
public enum ObjectType : ulong
{
    /// <summary>Memory for further objects; <c>size_bits</c> is log2 of its bytes.</summary>
    Untyped = 0,

    /// <summary>A thread.</summary>
    Tcb = 1,

    /// <summary>An endpoint.</summary>
    Endpoint = 2,

    /// <summary>A notification.</summary>
    Notification = 3,

    /// <summary>A CNode; <c>size_bits</c> is log2 of its slots.</summary>
    CapTable = 4,

    /// <summary>A page-directory-pointer table.</summary>
    Pdpt = 5,

    /// <summary>The root of an address space.</summary>
    Pml4 = 6,

    /// <summary>A frame of 1 GiB.</summary>
    HugePage = 7,

    /// <summary>A frame of 4 KiB.</summary>
    Page4K = 8,

    /// <summary>A frame of 2 MiB.</summary>
    LargePage = 9,

    /// <summary>A page table.</summary>
    PageTable = 10,

    /// <summary>A page directory.</summary>
    PageDirectory = 11,
}
