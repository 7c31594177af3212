using System.Runtime.InteropServices;

namespace Rel4.Metal.Kernel;

/// <summary>Lays out a program header of an ELF file.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ElfSegment
{
    private const uint Load = 1;
    private const uint ExecuteFlag = 1;
    private const uint WriteFlag = 2;

    public uint Type;
    public uint Flags;
    public ulong Offset;
    public ulong Address;
    public ulong PhysicalAddress;
    public ulong FileSize;
    public ulong MemorySize;
    public ulong Alignment;

    public readonly bool IsLoaded => Type == Load && MemorySize != 0;

    public readonly bool IsExecutable => (Flags & ExecuteFlag) != 0;

    public readonly bool IsWritable => (Flags & WriteFlag) != 0;
}
