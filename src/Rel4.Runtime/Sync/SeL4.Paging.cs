using Rel4.Abi;

namespace Rel4.Runtime;

/// <content>Holds the methods of paging structures and of address-space identifiers (ASID).</content>
/// <remarks>
/// Metal only: other machines have no such objects. Source: <c>object-api-arch.xml</c> and <c>object-api-sel4-arch.xml</c> of libsel4 for
/// x86, manual chapter "Address Spaces and Virtual Memory".
/// </remarks>
public static unsafe partial class SeL4
{
    /// <summary>Puts a page-directory-pointer table into an address space, for the 512 GiB around an address.</summary>
    /// <param name="service">The page-directory-pointer table.</param>
    /// <param name="vspace">The address space, which has an ASID.</param>
    /// <param name="vaddr">Any address in that range.</param>
    /// <param name="attr">How the table is cached.</param>
    /// <returns>
    /// <see cref="SeL4Error.DeleteFirst"/>: there is one for that range.
    /// <see cref="SeL4Error.InvalidArgument"/>: the address is the kernel's. <see cref="SeL4Error.InvalidCapability"/> 1:
    /// <paramref name="vspace"/> is no address space or has no ASID; 0: the table is in use.
    /// </returns>
    /// <remarks>Never blocks. Source: <c>seL4_X86_PDPT_Map</c>.</remarks>
    public static SeL4Error X86_PDPT_Map(ulong service, ulong vspace, ulong vaddr, X86VMAttributes attr)
    {
        SetCap(0, vspace);
        return Invoke(service, InvocationLabel.X86PdptMap, 2, 1, vaddr, (ulong)attr);
    }

    /// <summary>
    /// Takes a page-directory-pointer table out of its address space, and all that is mapped by it; does nothing if it is in none.
    /// </summary>
    /// <param name="service">The page-directory-pointer table.</param>
    /// <returns><see cref="SeL4Error.RevokeFirst"/>: there are copies of the capability.</returns>
    /// <remarks>Never blocks. Source: <c>seL4_X86_PDPT_Unmap</c>.</remarks>
    public static SeL4Error X86_PDPT_Unmap(ulong service) => Invoke(service, InvocationLabel.X86PdptUnmap, 0);

    /// <summary>Puts a page directory into an address space, for the 1 GiB around an address.</summary>
    /// <param name="service">The page directory.</param>
    /// <param name="vspace">The address space, which has an ASID.</param>
    /// <param name="vaddr">Any address in that range.</param>
    /// <param name="attr">How the table is cached.</param>
    /// <returns>
    /// <see cref="SeL4Error.DeleteFirst"/>: there is one for that range. <see cref="SeL4Error.FailedLookup"/>: a page-directory-pointer
    /// table is missing there. <see cref="SeL4Error.InvalidArgument"/>: the address is the kernel's.
    /// <see cref="SeL4Error.InvalidCapability"/> 1: <paramref name="vspace"/> is no address space or has no ASID; 0: the table is in use.
    /// </returns>
    /// <remarks>Never blocks. Source: <c>seL4_X86_PageDirectory_Map</c>.</remarks>
    public static SeL4Error X86_PageDirectory_Map(ulong service, ulong vspace, ulong vaddr, X86VMAttributes attr)
    {
        SetCap(0, vspace);
        return Invoke(service, InvocationLabel.X86PageDirectoryMap, 2, 1, vaddr, (ulong)attr);
    }

    /// <summary>Takes a page directory out of its address space, and all that is mapped by it; does nothing if it is in none.</summary>
    /// <param name="service">The page directory.</param>
    /// <returns><see cref="SeL4Error.RevokeFirst"/>: there are copies of the capability.</returns>
    /// <remarks>Never blocks. Source: <c>seL4_X86_PageDirectory_Unmap</c>.</remarks>
    public static SeL4Error X86_PageDirectory_Unmap(ulong service) => Invoke(service, InvocationLabel.X86PageDirectoryUnmap, 0);

    /// <summary>Puts a page table into an address space, for the 2 MiB around an address.</summary>
    /// <param name="service">The page table.</param>
    /// <param name="vspace">The address space, which has an ASID.</param>
    /// <param name="vaddr">Any address in that range.</param>
    /// <param name="attr">How the table is cached.</param>
    /// <returns>
    /// <see cref="SeL4Error.DeleteFirst"/>: there is one for that range. <see cref="SeL4Error.FailedLookup"/>: a table above it is missing
    /// there; the detail's bits left tell which. <see cref="SeL4Error.InvalidArgument"/>: the address is the kernel's.
    /// <see cref="SeL4Error.InvalidCapability"/> 1: <paramref name="vspace"/> is no address space or has no ASID; 0: the table is in use.
    /// </returns>
    /// <remarks>Never blocks. Source: <c>seL4_X86_PageTable_Map</c>.</remarks>
    public static SeL4Error X86_PageTable_Map(ulong service, ulong vspace, ulong vaddr, X86VMAttributes attr)
    {
        SetCap(0, vspace);
        return Invoke(service, InvocationLabel.X86PageTableMap, 2, 1, vaddr, (ulong)attr);
    }

    /// <summary>Takes a page table out of its address space, and all that is mapped by it; does nothing if it is in none.</summary>
    /// <param name="service">The page table.</param>
    /// <returns><see cref="SeL4Error.RevokeFirst"/>: there are copies of the capability.</returns>
    /// <remarks>Never blocks. Source: <c>seL4_X86_PageTable_Unmap</c>.</remarks>
    public static SeL4Error X86_PageTable_Unmap(ulong service) => Invoke(service, InvocationLabel.X86PageTableUnmap, 0);

    /// <summary>Makes a pool of ASIDs.</summary>
    /// <param name="service">The right to make pools.</param>
    /// <param name="untyped">Untyped memory of 4 KiB, unused, which the pool takes.</param>
    /// <param name="root">CNode at the root of the destination.</param>
    /// <param name="index">Address of the destination slot, which is empty.</param>
    /// <param name="depth">Bits of that address.</param>
    /// <returns>
    /// <see cref="SeL4Error.DeleteFirst"/>: the destination is occupied, or no pool is left. <see cref="SeL4Error.InvalidCapability"/> 1:
    /// <paramref name="untyped"/> is no untyped memory of that size. <see cref="SeL4Error.RevokeFirst"/>: it has objects in it.
    /// <see cref="SeL4Error.FailedLookup"/>, <see cref="SeL4Error.RangeError"/>: the slot was not found.
    /// </returns>
    /// <remarks>Never blocks. Source: <c>seL4_X86_ASIDControl_MakePool</c>.</remarks>
    public static SeL4Error X86_ASIDControl_MakePool(ulong service, ulong untyped, ulong root, ulong index, byte depth)
    {
        SetCap(0, untyped);
        SetCap(1, root);
        return Invoke(service, InvocationLabel.X86AsidControlMakePool, 2, 2, index, depth);
    }

    /// <summary>Gives an address space an ASID, without which nothing can be mapped in it.</summary>
    /// <param name="service">The pool to take it from.</param>
    /// <param name="vspace">The address space, which never had one.</param>
    /// <returns>
    /// <see cref="SeL4Error.DeleteFirst"/>: the pool is used up. <see cref="SeL4Error.InvalidCapability"/> 1: <paramref name="vspace"/> is
    /// no address space, or was given an ASID before, be it that its pool is gone.
    /// </returns>
    /// <remarks>Never blocks. Source: <c>seL4_X86_ASIDPool_Assign</c>.</remarks>
    public static SeL4Error X86_ASIDPool_Assign(ulong service, ulong vspace)
    {
        SetCap(0, vspace);
        return Invoke(service, InvocationLabel.X86AsidPoolAssign, 0, 1);
    }
}
