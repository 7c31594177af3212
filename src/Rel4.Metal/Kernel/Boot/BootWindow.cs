using Rel4.Abi;

namespace Rel4.Metal.Kernel;

/// <summary>Shows physical memory, wherever it is, before the kernel has tables of its own: through the last entries of the one with which the image starts.</summary>
internal readonly unsafe ref struct BootWindow
{
    private const ulong LargePage = 1UL << Limits.LargePageBits;
    private const int First = PageEntry.Count - Pages;
    private const int Pages = 2;

    private readonly ulong* _entries;

    /// <param name="image">The running image.</param>
    public BootWindow(ImageLayout* image) => _entries = (ulong*)image->BootTables + (2 * PageEntry.Count) + First;

    /// <summary>Gets where a physical address is seen, with 2 MiB behind it; until the next call.</summary>
    public byte* Show(ulong physical)
    {
        ulong start = physical & ~(LargePage - 1);
        for (int i = 0; i < Pages; i++)
            _entries[i] = (start + ((ulong)i * LargePage)) | PageEntry.Present | PageEntry.Writable | PageEntry.Large;

        // All of its translations: none is global.
        Instructions.WriteCr3(Instructions.ReadCr3());
        return Physical.ToPointer((First * LargePage) + (physical - start));
    }
}
