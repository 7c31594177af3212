namespace Rel4.Metal.Kernel;

/// <summary>Reads a statically linked program (System V ABI, chapter "Object Files"; ELF-64).</summary>
internal readonly unsafe ref struct ElfImage
{
    private const uint Magic = 0x464C_457F;
    private const byte Class64 = 2;
    private const ushort Executable = 2;
    private const ushort Amd64 = 62;

    private readonly ReadOnlySpan<byte> _file;

    public ElfImage(ReadOnlySpan<byte> file) => _file = file;

    /// <summary>Tells whether it is such a program, with all headers and segments inside the file.</summary>
    public bool IsValid
    {
        get
        {
            if (_file.Length < sizeof(ElfHeader))
                return false;
            ElfHeader* header = Header;
            if (header->Magic != Magic || header->Class != Class64 || header->Type != Executable || header->Machine != Amd64
                || header->ProgramHeaderSize != sizeof(ElfSegment) || header->ProgramHeaders > (ulong)_file.Length
                || (ulong)_file.Length - header->ProgramHeaders < (ulong)(SegmentCount * sizeof(ElfSegment)))
                return false;
            for (int i = 0; i < SegmentCount; i++)
            {
                ElfSegment* segment = Segment(i);
                if (segment->IsLoaded && (segment->Offset > (ulong)_file.Length || segment->FileSize > (ulong)_file.Length - segment->Offset
                    || segment->FileSize > segment->MemorySize || segment->Address >= PageTables.UserEnd
                    || segment->MemorySize > PageTables.UserEnd - segment->Address))
                    return false;
            }

            return true;
        }
    }

    /// <summary>Gets where it starts.</summary>
    public ulong Entry => Header->Entry;

    /// <summary>Gets the number of segments.</summary>
    public int SegmentCount => Header->ProgramHeaderCount;

    private byte* Start
    {
        get
        {
            fixed (byte* start = _file)
                return start;
        }
    }

    private ElfHeader* Header => (ElfHeader*)Start;

    /// <summary>Gets a segment.</summary>
    public ElfSegment* Segment(int index) => (ElfSegment*)(Start + Header->ProgramHeaders) + index;

    /// <summary>Gets the bytes that a segment's memory starts with.</summary>
    public byte* Content(ElfSegment* segment) => Start + segment->Offset;
}
