using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

/// <summary>Reads and writes a thread's memory at its own addresses, as the processor would for it.</summary>
/// <remarks>It goes by the page tables, and through the kernel's window, which shows RAM only: what a device has there counts as not mapped.</remarks>
internal static unsafe class UserMemory
{
    /// <summary>The page-fault code of a read in ring 3 of what is not there (Intel SDM vol. 3A, 4.7).</summary>
    public const ulong UserRead = 1 << 2;

    /// <summary>That of a write.</summary>
    public const ulong UserWrite = UserRead | (1 << 1);

    /// <summary>Finds the word at an address; null where the thread may not do that.</summary>
    /// <param name="thread">The thread.</param>
    /// <param name="address">Its address; the word lies in one page.</param>
    /// <param name="right"><see cref="PageEntry.Writable"/> or 0.</param>
    public static ulong* Find(Tcb* thread, ulong address, ulong right)
    {
        ref readonly Capability space = ref thread->VSpaceRoot.Cap;
        if (address >= PageTables.UserEnd || !AddressSpaces.IsUsable(space)
            || !PageTables.TryTranslate(space.Root(), address, PageEntry.Present | PageEntry.User | right, out ulong physical))
            return null;
        byte* shown = Physical.ToPointer(physical);
        return PageTables.TryTranslate(AddressSpaces.KernelRoot, (ulong)shown, PageEntry.Present, out _) ? (ulong*)shown : null;
    }

    /// <summary>Reads bytes, as far as the thread may read.</summary>
    /// <returns>How many.</returns>
    public static int Read(Tcb* thread, ulong address, byte* into, int count)
    {
        int read = 0;
        while (read < count)
        {
            var from = (byte*)Find(thread, address + (ulong)read, 0);
            if (from == null)
                break;
            do
                into[read++] = *from++;
            while (read < count && ((ulong)from & ((1UL << Limits.PageBits) - 1)) != 0);
        }

        return read;
    }
}
