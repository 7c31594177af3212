using Rel4.Abi;

namespace Rel4.Runtime;

/// <summary>Is a capability to an address space (manual chapter "Address Spaces and Virtual Memory").</summary>
/// <param name="CPtr">Address of the capability in the caller's CSpace.</param>
public readonly record struct VSpaceCap(ulong CPtr);

/// <summary>Is a capability to a frame of memory.</summary>
/// <param name="CPtr">Address of the capability in the caller's CSpace.</param>
public readonly record struct FrameCap(ulong CPtr)
{
    /// <summary>Maps the frame into an address space, or changes how it is mapped there.</summary>
    /// <inheritdoc cref="SeL4.X86_Page_Map" path="/remarks"/>
    /// <exception cref="SeL4Exception">As <see cref="SeL4.X86_Page_Map"/> lists.</exception>
    public void Map(VSpaceCap space, ulong address, CapRights rights, X86VMAttributes attributes = X86VMAttributes.WriteBack) =>
        SeL4Exception.ThrowIfFailed(
            SeL4.X86_Page_Map(CPtr, space.CPtr, address, rights, attributes), InvocationLabel.X86PageMap, CPtr);

    /// <summary>Removes the frame's mapping.</summary>
    /// <inheritdoc cref="SeL4.X86_Page_Unmap" path="/remarks"/>
    /// <exception cref="SeL4Exception">As <see cref="SeL4.X86_Page_Unmap"/> lists.</exception>
    public void Unmap() => SeL4Exception.ThrowIfFailed(SeL4.X86_Page_Unmap(CPtr), InvocationLabel.X86PageUnmap, CPtr);

    /// <summary>Gets the frame's address: physical on Metal, an offset into object memory elsewhere.</summary>
    /// <inheritdoc cref="SeL4.X86_Page_GetAddress" path="/remarks"/>
    /// <exception cref="SeL4Exception">As <see cref="SeL4.X86_Page_GetAddress"/> lists.</exception>
    public ulong GetAddress()
    {
        SeL4Error error = SeL4.X86_Page_GetAddress(CPtr, out ulong address);
        SeL4Exception.ThrowIfFailed(error, InvocationLabel.X86PageGetAddress, CPtr);
        return address;
    }
}
