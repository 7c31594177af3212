using System.Runtime.InteropServices;
using Rel4.Abi;

namespace Rel4.Metal.Kernel;

/// <summary>Lists the stretches of physical memory that are RAM, as the boot loader found them (Multiboot Specification 0.6.96, section 3.3, <c>mmap_*</c>).</summary>
internal readonly unsafe struct MemoryMap
{
    /// <summary>Behind the last address that the window onto physical memory shows.</summary>
    public const ulong WindowEnd = 1UL << 39;

    private const ulong LargePage = 1UL << Limits.LargePageBits;

    private readonly byte* _entries;
    private readonly uint _bytes;

    public MemoryMap(byte* entries, uint bytes)
    {
        _entries = entries;
        _bytes = bytes;
    }

    /// <summary>Gets the entries as the loader wrote them, each with its size in front.</summary>
    public ReadOnlySpan<byte> Raw => new(_entries, (int)_bytes);

    /// <summary>Finds the first stretch of RAM behind an address; false if there is none.</summary>
    /// <remarks>The loader's entries may be in any order.</remarks>
    public bool TryFind(ulong from, out ulong start, out ulong end)
    {
        start = end = ulong.MaxValue;
        for (uint offset = 0; offset < _bytes;)
        {
            var entry = (Entry*)(_entries + offset);
            ulong first = Math.Max(entry->Start, from);
            if (entry->Type == Entry.Ram && entry->Start + entry->Length > first && first < start)
            {
                start = first;
                end = entry->Start + entry->Length;
            }

            offset += entry->Size + sizeof(uint);
        }

        return start != end;
    }

    /// <summary>Finds the first stretch of RAM behind an address that the kernel uses: of large pages, seen through the window.</summary>
    public bool TryFindLargePages(ulong from, out ulong start, out ulong end)
    {
        while (TryFind(from, out start, out end))
        {
            from = end;
            start = (start + LargePage - 1) & ~(LargePage - 1);
            end = Math.Min(end, WindowEnd) & ~(LargePage - 1);
            if (start < end)
                return true;
        }

        return false;
    }

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private struct Entry
    {
        public const uint Ram = 1;

        /// <summary>Bytes behind this field.</summary>
        public uint Size;
        public ulong Start;
        public ulong Length;
        public uint Type;
    }
}
