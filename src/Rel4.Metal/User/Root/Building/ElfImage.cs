using System.Runtime.InteropServices;
using Rel4.Abi;

namespace Rel4.Metal.User;

/// <summary>Loads a static ELF64 program into an address space (System V ABI, "Object Files" and "Program Loading"; AMD64 supplement).</summary>
/// <remarks>The file comes from whoever made the boot image, so its headers are checked before they are believed.</remarks>
internal readonly unsafe struct ElfImage
{
    private const uint Magic = 0x464C_457F;
    private const uint Class64LittleEndian = 0x0001_0102;
    private const ushort TypeExecutable = 2;
    private const ushort MachineX64 = 62;
    private const uint SegmentLoad = 1;
    private const uint FlagExecute = 1;
    private const uint FlagWrite = 2;
    private const ulong PageSize = 1UL << Limits.PageBits;
    private const ulong LargePageSize = 1UL << 21;
    private const ulong UserEnd = 0x7FFF_FFFF_F000;

    private readonly byte* _file;
    private readonly FileHeader* _header;

    private ElfImage(byte* file)
    {
        _file = file;
        _header = (FileHeader*)file;
    }

    /// <summary>Gets where the program starts.</summary>
    public ulong Entry => _header->Entry;

    /// <summary>Checks a file, and ends the machine if it is no such program.</summary>
    public static ElfImage Open(BootModuleFile file)
    {
        var image = new ElfImage(file.Start);
        if (!image.IsGood(file.Size))
            Terminal.Panic("a module is no static ELF64 program for x86-64"u8);
        return image;
    }

    /// <summary>Puts every segment into an address space, on new frames with the segment's rights; long runs of zeros, which are to be written, on large ones.</summary>
    public void LoadInto(AddressSpace space)
    {
        for (int i = 0; i < _header->SegmentCount; i++)
        {
            Segment* segment = SegmentAt(i);
            if (segment->Type != SegmentLoad)
                continue;
            ulong end = segment->Address + segment->MemorySize;
            for (ulong page = segment->Address & ~(PageSize - 1); page < end;)
            {
                bool isLarge = page % LargePageSize == 0 && end - page >= LargePageSize && page >= segment->Address + segment->FileSize;
                if (isLarge)
                    space.Map(Objects.Make(ObjectType.LargePage), page, CapRights.ReadWrite, X86VMAttributes.ExecuteNever);
                else
                    LoadPage(space, segment, page);
                page += isLarge ? LargePageSize : PageSize;
            }
        }
    }

    private void LoadPage(AddressSpace space, Segment* segment, ulong page)
    {
        ulong frame = Objects.Make(ObjectType.Page4K);
        ulong start = Math.Max(page, segment->Address);
        ulong end = Math.Min(page + PageSize, segment->Address + segment->FileSize);
        if (start < end)
            Window.Fill(frame, start - page, _file + segment->Offset + (start - segment->Address), end - start);
        CapRights rights = (segment->Flags & FlagWrite) != 0 ? CapRights.ReadWrite : CapRights.Read;
        space.Map(frame, page, rights, (segment->Flags & FlagExecute) != 0 ? X86VMAttributes.WriteBack : X86VMAttributes.ExecuteNever);
    }

    private bool IsGood(ulong size)
    {
        if (size < (ulong)sizeof(FileHeader) || _header->Magic != Magic || _header->Identification != Class64LittleEndian
            || _header->Type != TypeExecutable || _header->Machine != MachineX64 || _header->SegmentSize != sizeof(Segment)
            || _header->SegmentOffset > size || (ulong)_header->SegmentCount * (ulong)sizeof(Segment) > size - _header->SegmentOffset)
            return false;
        for (int i = 0; i < _header->SegmentCount; i++)
        {
            Segment* segment = SegmentAt(i);
            if (segment->Type == SegmentLoad
                && (segment->Offset > size || segment->FileSize > size - segment->Offset || segment->FileSize > segment->MemorySize
                    || segment->Address > UserEnd || segment->MemorySize > UserEnd - segment->Address))
                return false;
        }

        return true;
    }

    private Segment* SegmentAt(int index) => (Segment*)(_file + _header->SegmentOffset) + index;

    // Elf64_Ehdr. The fields without a name are those that loading doesn't need.
    [StructLayout(LayoutKind.Explicit, Size = 64)]
    private struct FileHeader
    {
        [FieldOffset(0)]
        public uint Magic;

        // Bytes 4 to 7: class, byte order, version, operating system's ABI (0).
        [FieldOffset(4)]
        public uint Identification;
        [FieldOffset(16)]
        public ushort Type;
        [FieldOffset(18)]
        public ushort Machine;
        [FieldOffset(24)]
        public ulong Entry;
        [FieldOffset(32)]
        public ulong SegmentOffset;
        [FieldOffset(54)]
        public ushort SegmentSize;
        [FieldOffset(56)]
        public ushort SegmentCount;
    }

    // Elf64_Phdr.
    [StructLayout(LayoutKind.Sequential)]
    private struct Segment
    {
        public uint Type;
        public uint Flags;
        public ulong Offset;
        public ulong Address;
        public ulong PhysicalAddress;
        public ulong FileSize;
        public ulong MemorySize;
        public ulong Alignment;
    }
}
