using System.Runtime.InteropServices;

namespace Rel4.Abi;

/// <summary>Describes one untyped capability that the root task was given.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct UntypedDescription
{
    /// <summary>Address of the memory: physical on Metal, an offset into object memory elsewhere.</summary>
    public ulong Address;

    /// <summary>Log2 of its bytes.</summary>
    public byte SizeBits;

    /// <summary>1 for the memory of a device.</summary>
    public byte IsDevice;
}
