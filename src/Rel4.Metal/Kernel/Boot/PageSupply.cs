using Rel4.Abi;

namespace Rel4.Metal.Kernel;

/// <summary>Hands out pages of free memory, from its start, before the core takes over what is left.</summary>
internal unsafe struct PageSupply
{
    private ulong _next;

    public PageSupply(ulong start, ulong end)
    {
        _next = (start + (1UL << Limits.PageBits) - 1) & ~((1UL << Limits.PageBits) - 1);
        End = end;
    }

    /// <summary>Gets the physical address of the first page that is left.</summary>
    public readonly ulong Next => _next;

    /// <summary>Gets where the memory ends.</summary>
    public ulong End { get; }

    /// <summary>Gets the bytes that are left.</summary>
    public readonly ulong Left => End - _next;

    /// <summary>Takes a page, zeroed.</summary>
    public byte* Take()
    {
        if (_next >= End)
            Panic.Boot("there is too little memory for the kernel and the root task"u8);
        byte* page = Physical.ToPointer(_next);
        _next += 1UL << Limits.PageBits;
        Instructions.Clear(page, 1UL << Limits.PageBits);
        return page;
    }
}
