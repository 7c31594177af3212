using System.Runtime.InteropServices;

namespace Rel4.Abi;

/// <summary>Describes a file that the boot loader brought along. Its name, ended by a zero byte, follows; the chunk ends on a multiple of 8.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct BootModule
{
    /// <summary>Says that it is this.</summary>
    public BootInfoHeader Header;

    /// <summary>Slots of the 4 KiB frames that hold the file, in order.</summary>
    public SlotRegion Frames;

    /// <summary>Bytes of the file.</summary>
    public ulong Size;
}
