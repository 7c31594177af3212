namespace Rel4.Metal.Kernel;

/// <summary>Names the bits of an entry of any paging structure (Intel SDM vol. 3A, 4.5.4).</summary>
internal static class PageEntry
{
    public const ulong Present = 1 << 0;
    public const ulong Writable = 1 << 1;
    public const ulong User = 1 << 2;

    /// <summary>Makes an entry above the lowest level map a large page.</summary>
    public const ulong Large = 1 << 7;

    /// <summary>Survives a change of the address space.</summary>
    public const ulong Global = 1 << 8;
    public const ulong NoExecute = 1UL << 63;

    public const ulong AddressMask = 0x000F_FFFF_FFFF_F000;

    /// <summary>The caching bits of <see cref="Rel4.Abi.X86VMAttributes"/> 0 to 3, which are those of the entry from bit 3 on.</summary>
    public const int CachingShift = 3;

    /// <summary>Chooses the upper half of the page attribute table, in the entry of a page of 4 KiB.</summary>
    public const ulong UpperAttributes = 1 << 7;

    /// <summary>As <see cref="UpperAttributes"/>, in a large page.</summary>
    public const ulong LargeUpperAttributes = 1 << 12;

    /// <summary>Entries of a structure.</summary>
    public const int Count = 512;
}
