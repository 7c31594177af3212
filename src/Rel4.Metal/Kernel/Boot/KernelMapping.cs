using Rel4.Abi;

namespace Rel4.Metal.Kernel;

/// <summary>Builds the kernel's own address space, which is a part of all others.</summary>
/// <remarks>
/// No page is writable and executable, under whatever address: the image is mapped at its own addresses only, by what each part is, and the window onto
/// physical memory, never executable, leaves out the 2 MiB that the image lies in but for the first, which the loader uses.
/// </remarks>
internal static unsafe class KernelMapping
{
    /// <summary>Where the local APIC's registers are: the first page of the 2 MiB that hold the image, which is the first physical page elsewhere.</summary>
    public const ulong LocalApic = ImageWindow;

    /// <summary>Where the I/O APIC's registers are: the page behind.</summary>
    public const ulong IOApic = ImageWindow + (1UL << Limits.PageBits);

    private const ulong ImageWindow = 0xFFFF_FFFF_8000_0000;
    private const ulong Variables = PageEntry.Present | PageEntry.Writable | PageEntry.NoExecute | PageEntry.Global;
    private const ulong CacheDisabled = 1 << 4;
    private const ulong LargePage = 1UL << Limits.LargePageBits;
    private const ulong HugePage = 1UL << Limits.HugePageBits;
    private const ulong LowMemory = 1 << 20;

    /// <summary>Builds the tables.</summary>
    /// <param name="memory">What the window shows; nothing but RAM, and the first MiB.</param>
    /// <returns>The physical address of the root.</returns>
    public static ulong Build(ref PageSupply pages, ImageLayout* image, MemoryMap memory)
    {
        ulong* root = Take(ref pages);
        ulong* window = Take(ref pages);
        root[256] = Table(window);
        *Find(ref pages, window, 0) = MapLowMemory(ref pages);
        for (ulong end = 0; memory.TryFindLargePages(end, out ulong start, out end);)
        {
            for (ulong page = start; page < end; page += LargePage)
                *Find(ref pages, window, page) = page | Variables | PageEntry.Large;
        }

        ulong* pointers = Take(ref pages);
        ulong* imageDirectory = Take(ref pages);
        ulong* imageTable = Take(ref pages);
        root[511] = Table(pointers);
        pointers[510] = Table(imageDirectory);
        imageDirectory[0] = Table(imageTable);
        Map(imageTable, image->Text, image->ReadOnly, PageEntry.Present | PageEntry.Global);
        Map(imageTable, image->ReadOnly, image->Data, PageEntry.Present | PageEntry.Global | PageEntry.NoExecute);
        Map(imageTable, image->Data, image->End, Variables);
        for (ulong area = image->Processors; area < image->Processors + (ProcessorArea.Most * ProcessorArea.Size); area += ProcessorArea.Size)
        {
            imageTable[(area + ProcessorArea.StackGuard - ImageWindow) >> Limits.PageBits] = 0;
            imageTable[(area + ProcessorArea.FaultStackGuard - ImageWindow) >> Limits.PageBits] = 0;
        }

        imageTable[0] = Kernel.LocalApic.PhysicalAddress | Variables | CacheDisabled;
        imageTable[1] = Kernel.IOApic.PhysicalAddress | Variables | CacheDisabled;
        return Physical.Of(root);
    }

    /// <summary>Finds the window's entry for a large page.</summary>
    private static ulong* Find(ref PageSupply pages, ulong* window, ulong physical)
    {
        ref ulong entry = ref window[physical / HugePage];
        if (entry == 0)
            entry = Table(Take(ref pages));
        return (ulong*)Physical.ToPointer(entry & PageEntry.AddressMask) + (physical % HugePage / LargePage);
    }

    private static ulong MapLowMemory(ref PageSupply pages)
    {
        ulong* table = Take(ref pages);
        for (ulong page = 0; page < LowMemory; page += 1UL << Limits.PageBits)
            table[page >> Limits.PageBits] = page | Variables;
        return Table(table);
    }

    private static void Map(ulong* table, ulong start, ulong end, ulong bits)
    {
        for (ulong page = start; page < end; page += 1UL << Limits.PageBits)
            table[(page - ImageWindow) >> Limits.PageBits] = (page - ImageWindow) | bits;
    }

    private static ulong Table(ulong* table) => Physical.Of(table) | PageEntry.Present | PageEntry.Writable;

    private static ulong* Take(ref PageSupply pages) => (ulong*)pages.Take();
}
