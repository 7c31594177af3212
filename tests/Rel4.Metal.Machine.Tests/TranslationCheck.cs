namespace Rel4.Metal.Kernel;

/// <summary>Checks the translations that a processor may have kept of the address space that is loaded.</summary>
/// <remarks>
/// <list type="number">
/// <item>What is loaded is the kernel's root, or that of a live identifier.</item>
/// <item>Every translation kept is what the tables say now.</item>
/// </list>
/// Then the processor keeps all that the tables say, as if a thread had touched each page.
/// </remarks>
internal static unsafe class TranslationCheck
{
    /// <summary>Checks, and lets the processor keep all that there is.</summary>
    /// <exception cref="InvalidOperationException">Something is wrong.</exception>
    public static void Run()
    {
        var root = (ulong*)Physical.ToPointer(Instructions.Root);
        var present = new Dictionary<ulong, (ulong Size, ulong Entry)>();
        if (root != AddressSpaces.KernelRoot)
        {
            if (AddressSpaces.AsidOf(root) == 0 || AddressSpaces.Find(AddressSpaces.AsidOf(root)) != root)
                throw new InvalidOperationException($"the root at {Instructions.Root:x}, which has no identifier, is loaded");
            Collect(root, PageTables.RootLevel, 0, AddressSpaces.WindowEntry, present);
        }

        foreach ((ulong page, (ulong Size, ulong Entry) kept) in Instructions.Translations)
        {
            if (!present.TryGetValue(page, out (ulong Size, ulong Entry) now) || now != kept)
                throw new InvalidOperationException($"the processor may still translate {page:x} by {kept.Entry:x}; now it is {now.Entry:x}");
        }

        foreach ((ulong page, (ulong Size, ulong Entry) translation) in present)
            Instructions.Translations[page] = translation;
    }

    private static void Collect(ulong* table, int level, ulong address, int count, Dictionary<ulong, (ulong Size, ulong Entry)> pages)
    {
        for (int i = 0; i < count; i++)
        {
            ulong entry = table[i], at = address | ((ulong)i << PageTables.EntryBits(level));
            if ((entry & PageEntry.Present) == 0)
                continue;
            if (level == 1 || (entry & PageEntry.Large) != 0)
                pages[at] = (1UL << PageTables.EntryBits(level), entry);
            else
                Collect((ulong*)Physical.ToPointer(entry & PageEntry.AddressMask), level - 1, at, PageEntry.Count, pages);
        }
    }
}
