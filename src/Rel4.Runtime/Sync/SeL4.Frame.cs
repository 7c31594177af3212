using Rel4.Abi;

namespace Rel4.Runtime;

/// <content>Holds the methods of frames.</content>
/// <remarks>
/// Source: <c>libsel4/arch_include/x86/interfaces/object-api-arch.xml</c>, manual chapter "Address Spaces and Virtual Memory".
/// </remarks>
public static unsafe partial class SeL4
{
    /// <summary>Maps a frame into an address space, or changes the attributes of its mapping there.</summary>
    /// <param name="service">The frame.</param>
    /// <param name="vspace">The address space.</param>
    /// <param name="vaddr">Address, aligned to the frame's size.</param>
    /// <param name="rights">Read and Write, as far as the frame's capability has them.</param>
    /// <param name="attr">How the memory is cached, and whether it executes. What can be written does not.</param>
    /// <returns>
    /// <see cref="SeL4Error.AlignmentError"/>: <paramref name="vaddr"/> is not aligned. <see cref="SeL4Error.DeleteFirst"/>: something is
    /// mapped there. <see cref="SeL4Error.FailedLookup"/>: page tables are missing. <see cref="SeL4Error.InvalidArgument"/>: the address is
    /// the kernel's, or the frame is mapped at another one. <see cref="SeL4Error.InvalidCapability"/> 1: <paramref name="vspace"/> is no
    /// address space; 0: the frame is mapped in another one. <see cref="SeL4Error.IllegalOperation"/>: the machine maps no frames.
    /// </returns>
    /// <remarks>Never blocks. Source: <c>seL4_X86_Page_Map</c>.</remarks>
    public static SeL4Error X86_Page_Map(ulong service, ulong vspace, ulong vaddr, CapRights rights, X86VMAttributes attr)
    {
        SetCap(0, vspace);
        return Invoke(service, InvocationLabel.X86PageMap, 3, 1, vaddr, (ulong)rights, (ulong)attr);
    }

    /// <summary>Removes a frame's mapping; does nothing if there is none.</summary>
    /// <param name="service">The frame.</param>
    /// <returns><see cref="SeL4Error.IllegalOperation"/>: the machine maps no frames.</returns>
    /// <remarks>Never blocks. Source: <c>seL4_X86_Page_Unmap</c>.</remarks>
    public static SeL4Error X86_Page_Unmap(ulong service) => Invoke(service, InvocationLabel.X86PageUnmap, 0);

    /// <summary>Gets a frame's physical address.</summary>
    /// <param name="service">The frame.</param>
    /// <param name="paddr">Its address: physical on Metal, an offset into object memory elsewhere.</param>
    /// <returns><see cref="SeL4Error.IllegalOperation"/>: the machine doesn't tell.</returns>
    /// <remarks>Never blocks. Source: <c>seL4_X86_Page_GetAddress</c>.</remarks>
    public static SeL4Error X86_Page_GetAddress(ulong service, out ulong paddr) =>
        Invoke(service, InvocationLabel.X86PageGetAddress, 0, 0, 0, 0, 0, 0, out paddr);
}
