using System.Runtime.InteropServices;
using Rel4.Hosted.Linux;
using Rel4.Kernel;

namespace Rel4.Hosted.Kernel;

/// <summary>Backs frames with memory that other processes can map.</summary>
/// <remarks>
/// A frame is ordinary memory of the kernel's region until it is first shared. Then a memfd takes its place at the same address, so the
/// core finds it where it was. When the frame dies, fresh memory takes the memfd's place: what a task still maps is connected to nobody.
/// </remarks>
internal sealed unsafe class FrameMemory : IDisposable
{
    private const int PageShift = 12;

    /// <summary>Pages whose state is asked for at once.</summary>
    private const int PagesPerLook = 512;

    // Descriptor + 1 of the memfd of the frame that starts at a page, negated once it is sealed; 0 for none.
    private readonly int* _files;
    private readonly byte* _region;
    private readonly DescriptorBudget _budget;
    private readonly MappingBudget _mappings;
    private readonly Closer _closer;

    // Who pays for the mappings of the frame that starts at a page: who shared it first.
    private readonly Dictionary<nint, HostedProcess> _payers = [];
    private readonly PageMap _pageMap = new();
    private int _count;

    public FrameMemory(byte* region, ulong size, DescriptorBudget budget, MappingBudget mappings, Closer closer)
    {
        _closer = closer;
        _region = region;
        _budget = budget;
        _mappings = mappings;
        _files = (int*)NativeMemory.AllocZeroed((nuint)(size >> PageShift), sizeof(int));
    }

    /// <summary>Gets a descriptor through which a frame can be mapped for reading and writing.</summary>
    /// <returns>False if the frame was sealed for a reader, or, with -1, if descriptors, mappings or memory have run out.</returns>
    public bool TryShareWritable(in Capability frame, HostedProcess process, DescriptorUse use, out int file)
    {
        file = Open(frame, process, use) - 1;
        return file >= 0;
    }

    /// <summary>Gets a descriptor through which a frame can be mapped for reading only, by anyone, for ever.</summary>
    /// <returns>False if a task that can write it has sealed its seals, or, with -1, if the machine is out of descriptors.</returns>
    /// <remarks>Mappings made before, among them the kernel's and the writer's, stay writable (<c>F_SEAL_FUTURE_WRITE</c>).</remarks>
    public bool TryShareReadOnly(in Capability frame, HostedProcess process, out int file)
    {
        int entry = Open(frame, process, DescriptorUse.Extra);
        file = Math.Abs(entry) - 1;
        if (entry > 0)
        {
            if (!Memory.TryAddSeals(file, Memory.Seals.FutureWrite | Memory.Seals.Seal))
            {
                file = -2;
                return false;
            }

            *Entry(frame.Address) = -entry;
        }

        return file >= 0;
    }

    /// <summary>Disconnects a frame that dies from whoever maps it.</summary>
    public void Forget(in Capability frame)
    {
        int* entry = Entry(frame.Address);
        if (*entry == 0)
            return;
        Memory.Replace((byte*)frame.Address, (nuint)1 << frame.Bits);
        int file = Math.Abs(*entry) - 1;
        // Linux frees the memory now, which takes as long as there is: whoever's call this is may have got it from somebody else.
        if (frame.Bits == PageShift || !_closer.TryClose(file))
        {
            _ = Descriptors.Close(file);
            _budget.Release();
        }

        _payers.Remove((nint)entry, out HostedProcess? payer);
        _mappings.Release(payer!, MappingBudget.OfFrame);
        *entry = 0;
        _count--;
    }

    /// <summary>Zeroes memory that no object uses. Whole pages go back to Linux.</summary>
    public static void Clear(byte* start, ulong length)
    {
        const ulong PageMask = (1UL << PageShift) - 1;
        if ((((ulong)start | length) & PageMask) == 0)
            Memory.Discard(start, (nuint)length);
        else
            NativeMemory.Clear(start, (nuint)length);
    }

    public void Dispose()
    {
        // The table is as large as the region allows, and mostly untouched.
        for (ulong page = 0; _count > 0; page++)
        {
            if (_files[page] == 0)
                continue;
            _ = Descriptors.Close(Math.Abs(_files[page]) - 1);
            _count--;
        }

        NativeMemory.Free(_files);
        _pageMap.Dispose();
    }

    private int* Entry(void* address) => &_files[(ulong)((byte*)address - _region) >> PageShift];

    /// <summary>Gets the entry of a frame, and makes its memfd if it has none.</summary>
    /// <returns>0 if descriptors, mappings or memory have run out.</returns>
    private int Open(in Capability frame, HostedProcess process, DescriptorUse use)
    {
        int* entry = Entry(frame.Address);
        if (*entry != 0 || !_mappings.TryTake(process, use, MappingBudget.OfFrame))
            return *entry;
        if (!_budget.TryTake(use))
        {
            _mappings.Release(process, MappingBudget.OfFrame);
            return 0;
        }

        nuint size = (nuint)1 << frame.Bits;
        int file = Memory.TryCreateFile("rel4-frame", (long)size);
        if (file >= 0 && TryMove((byte*)frame.Address, size, file))
        {
            *entry = file + 1;
            _payers[(nint)entry] = process;
            _count++;
            return *entry;
        }

        if (file >= 0)
            _ = Descriptors.Close(file);
        _budget.Release();
        _mappings.Release(process, MappingBudget.OfFrame);
        return 0;
    }

    /// <summary>Puts a new memfd in the place of memory, with the same content.</summary>
    private bool TryMove(byte* memory, nuint size, int file)
    {
        // Most frames were never written before they are shared, and pages of a memfd that are not written cost nothing.
        ulong* touched = stackalloc ulong[PagesPerLook];
        nuint pages = size >> PageShift;
        for (nuint page = 0; page < pages; page++)
        {
            nuint place = page % PagesPerLook;
            if (place == 0)
                _pageMap.Read(memory + (page << PageShift), new Span<ulong>(touched, (int)Math.Min(PagesPerLook, pages - page)));
            if (touched[place] != 0 && !TryCopyPage(memory, (long)page << PageShift, file))
                return false;
        }

        return Memory.TryReplace(memory, size, file);
    }

    private static bool TryCopyPage(byte* memory, long offset, int file)
    {
        var page = new ReadOnlySpan<byte>(memory + offset, 1 << PageShift);
        return !page.ContainsAnyExcept((byte)0) || Memory.TryWrite(file, page, offset);
    }
}
