using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

/// <summary>Walks and changes the paging structures of an address space.</summary>
/// <remarks>
/// Levels count from 1, the page table, to 4, the root. Why a present entry of a user's part, in a space that is in use, names memory that a live capability
/// stands for: <see cref="AddressSpaces"/>.
/// </remarks>
internal static unsafe class PageTables
{
    /// <summary>Level of the root.</summary>
    public const int RootLevel = 4;

    /// <summary>
    /// Behind the last address that can be mapped. The last page of the lower half stays free, since an address behind it, where a system call there would
    /// go on, does not exist.
    /// </summary>
    public const ulong UserEnd = 0x7FFF_FFFF_F000;

    /// <summary>Gets log2 of the bytes that an entry of a level maps.</summary>
    public static int EntryBits(int level) => Limits.PageBits + (9 * (level - 1));

    /// <summary>Finds the entry of a level that maps an address.</summary>
    /// <param name="missingLevel">The level of the entry that leads nowhere, if it returns null.</param>
    public static ulong* Find(ulong* root, ulong address, int level, out int missingLevel)
    {
        ulong* table = root;
        for (int current = RootLevel; current > level; current--)
        {
            ulong entry = table[Index(address, current)];
            if ((entry & (PageEntry.Present | PageEntry.Large)) != PageEntry.Present)
            {
                missingLevel = current;
                return null;
            }

            table = (ulong*)Physical.ToPointer(entry & PageEntry.AddressMask);
        }

        missingLevel = 0;
        return &table[Index(address, level)];
    }

    /// <summary>Finds where an address leads, if every entry on the way has some bits.</summary>
    public static bool TryTranslate(ulong* root, ulong address, ulong bits, out ulong physical)
    {
        ulong* table = root;
        physical = 0;
        for (int level = RootLevel; ; level--)
        {
            ulong entry = table[Index(address, level)];
            if ((entry & bits) != bits)
                return false;
            ulong target = entry & PageEntry.AddressMask;
            if (level == 1 || (entry & PageEntry.Large) != 0)
            {
                ulong inside = (1UL << EntryBits(level)) - 1;
                physical = (target & ~inside) | (address & inside);
                return true;
            }

            table = (ulong*)Physical.ToPointer(target);
        }
    }

    /// <summary>Removes the entry for an object, if it is still where its mapping says.</summary>
    public static void Unmap(Mapping mapping, int level, void* target)
    {
        ulong* entry = FindMapped(mapping, level, target, out ulong* root);
        if (entry == null)
            return;
        *entry = 0;
        AddressSpaces.Forget(root, mapping.Address, level);
    }

    /// <summary>Finds the entry that a mapping speaks of; null if there is none that leads to the object.</summary>
    /// <remarks>Something else may be mapped there by now: a structure above was taken away, or the ASID is another space's.</remarks>
    public static ulong* FindMapped(Mapping mapping, int level, void* target, out ulong* root)
    {
        root = mapping.IsNone ? null : AddressSpaces.Find(mapping.Asid);
        ulong* entry = root == null ? null : Find(root, mapping.Address, level, out _);
        return entry != null && Leads(*entry, level, target) ? entry : null;
    }

    /// <summary>Tells whether an entry leads to an object.</summary>
    public static bool Leads(ulong entry, int level, void* target)
    {
        // In a large page's entry, the lowest bit of the address is an attribute.
        bool isLarge = level != 1 && (entry & PageEntry.Large) != 0;
        ulong mask = isLarge ? PageEntry.AddressMask & ~PageEntry.LargeUpperAttributes : PageEntry.AddressMask;
        return (entry & PageEntry.Present) != 0 && (entry & mask) == Physical.Of(target);
    }

    private static int Index(ulong address, int level) => (int)(address >> EntryBits(level)) & (PageEntry.Count - 1);
}
