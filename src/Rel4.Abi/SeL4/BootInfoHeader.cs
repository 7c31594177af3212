using System.Runtime.InteropServices;

namespace Rel4.Abi;

/// <summary>Heads a chunk of further boot information (<c>seL4_BootInfoHeader</c>, <c>libsel4/include/sel4/bootinfo_types.h</c>).</summary>
/// <remarks>The chunks follow one another in <see cref="BootInfo.ExtraLength"/> bytes, from the page behind the <see cref="BootInfo"/> on.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct BootInfoHeader
{
    /// <summary>Chunk that holds the boot loader's map of memory: 32 bits, the map's bytes, then its entries, of which libsel4 takes the first 50.</summary>
    public const ulong MemoryMapId = 2;

    /// <summary>Chunk that holds the ACPI tables' root pointer.</summary>
    public const ulong AcpiId = 3;

    /// <summary>Chunk that describes the frame buffer, as a tag of multiboot 2 does.</summary>
    public const ulong FrameBufferId = 4;

    /// <summary>Chunk that holds the frequency of the time-stamp counter in MHz, 32 bits.</summary>
    public const ulong TscFrequencyId = 5;

    /// <summary>Chunk that is a <see cref="BootModule"/>; libsel4 has none.</summary>
    public const ulong ModuleId = 0x4C34;

    /// <summary>Chunk that holds the root task's own command line, ended by a zero byte; libsel4 has none.</summary>
    public const ulong CommandLineId = 0x4C35;

    /// <summary>Chunk that is a word of <see cref="KernelFeatures"/>; libsel4 has none.</summary>
    public const ulong FeaturesId = 0x4C36;

    /// <summary>What the chunk holds.</summary>
    public ulong Id;

    /// <summary>Its bytes, this header included.</summary>
    public ulong Length;
}
