using System.Runtime.InteropServices;

namespace Rel4.Metal.Kernel;

/// <summary>Lays out the head of an ELF file.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ElfHeader
{
    public uint Magic;
    public byte Class;
    public fixed byte Identification[11];
    public ushort Type;
    public ushort Machine;
    public uint Version;
    public ulong Entry;
    public ulong ProgramHeaders;
    public ulong SectionHeaders;
    public uint Flags;
    public ushort HeaderSize;
    public ushort ProgramHeaderSize;
    public ushort ProgramHeaderCount;
}
