using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

/// <summary>Checks what must hold between two entries of what the machine adds to the core: address spaces, identifiers, interrupts, ports.</summary>
/// <remarks>
/// It goes through all capabilities and lets each mark the entry that it says it made, then through all entries that an identifier reaches, and takes
/// the marks off. The marks are bits that the processor ignores. So it needs no memory and runs wherever the kernel does.
/// <list type="number">
/// <item>Every present entry of a user's part was made for a live capability, which says where. (That a capability's object overlaps no other is the
/// core's invariant; so no page leads to a kernel object, and none to memory that is free.)</item>
/// <item>A page is writable only if a capability that maps it there may write, and never executable as well.</item>
/// <item>The kernel's part of every address space is the kernel's own; no user can touch it, and nothing in it is writable and executable.</item>
/// <item>A pool that is in use has a live capability; an identifier leads to a live address space, and that back to the identifier.</item>
/// <item>An interrupt is issued exactly if a capability to it lives, and only then signals; and what it signals is a notification.</item>
/// <item>A port is issued exactly if a capability to it lives.</item>
/// </list>
/// A capability may name an entry that is gone, or that another capability to the same frame made since: what it remembers is a hint
/// (<see cref="Mapping"/>). What must hold of who runs is <see cref="ProcessorState"/>'s.
/// </remarks>
internal static unsafe class MachineInvariants
{
    // Bits 9 and 10 of an entry are software's (Intel SDM vol. 3A, 4.5.4).
    private const ulong Claimed = 1 << 9;
    private const ulong ClaimedForWriting = 1 << 10;

    /// <summary>Finds the first that does not hold. After a violation the marks are left, and the tables of no use.</summary>
    /// <param name="heads">A CNode in which every derivation list begins that machine objects are in: the root task's.</param>
    /// <param name="count">The number of its slots.</param>
    public static Violation Find(Slot* heads, ulong count)
    {
        uint pools = 0;
        InterruptSet interrupts = default;
        ulong ports = 0;
        for (ulong i = 0; i < count; i++)
        {
            if (heads[i].IsEmpty || heads[i].Previous != null)
                continue;
            for (Slot* slot = &heads[i]; slot != null; slot = slot->Next)
            {
                Violation found = Claim(slot, ref pools, ref interrupts, ref ports);
                if (found != Violation.None)
                    return found;
            }
        }

        Violation result = FindInSpaces(pools);
        if (result == Violation.None)
            result = InterruptLines.FindViolation(interrupts);
        if (result == Violation.None && PortRange.IssuedCount != ports)
            result = Violation.LostPorts;
        return result;
    }

    /// <summary>Takes note of what a capability claims.</summary>
    private static Violation Claim(Slot* slot, ref uint pools, ref InterruptSet interrupts, ref ulong ports)
    {
        ref readonly Capability capability = ref slot->Cap;
        switch (capability.Type)
        {
            case CapType.Frame:
                ClaimEntry(capability, FrameInvocations.LevelOf(capability), capability.Has(CapRights.ReadWrite));
                break;
            case CapType.PageTable or CapType.PageDirectory or CapType.Pdpt:
                ClaimEntry(capability, TableInvocations.LevelOf(capability.Type), mayWrite: true);
                break;
            case CapType.VSpace:
                return AddressSpaces.TryClaim(capability.Root()) ? Violation.None : Violation.LostSpace;
            case CapType.AsidPool:
                uint number = (uint)capability.Word1;
                if (AddressSpaces.Pool(number) != (ulong**)capability.Address)
                    return Violation.LostPool;
                pools |= 1U << (int)number;
                break;
            case CapType.IrqHandler:
                interrupts.Add(capability.Line());
                break;
            case CapType.IOPort when slot->Previous == null || !slot->Previous->Cap.IsSameObjectAs(capability):
                ports += capability.Ports().Count;
                return PortRange.AllIssued(capability.Ports()) ? Violation.None : Violation.LostPorts;
        }

        return Violation.None;
    }

    private static void ClaimEntry(in Capability capability, int level, bool mayWrite)
    {
        ulong* entry = PageTables.FindMapped(Mapping.Of(capability), level, capability.Address, out _);
        if (entry != null)
            *entry |= mayWrite ? Claimed | ClaimedForWriting : Claimed;
    }

    private static Violation FindInSpaces(uint claimedPools)
    {
        ulong* kernel = AddressSpaces.KernelRoot;
        Violation result = FindInKernel(kernel, PageTables.RootLevel, AddressSpaces.WindowEntry);
        for (uint number = 0; result == Violation.None && number < AddressSpaces.PoolCount; number++)
        {
            ulong** pool = AddressSpaces.Pool(number);
            if (pool == null)
                continue;
            if (((claimedPools >> (int)number) & 1) == 0)
                return Violation.LostPool;
            for (uint i = 0; result == Violation.None && i < AddressSpaces.PoolSize; i++)
            {
                if (pool[i] != null)
                    result = FindInSpace(pool[i], (number * AddressSpaces.PoolSize) + i, kernel);
            }
        }

        return result;
    }

    private static Violation FindInSpace(ulong* root, uint asid, ulong* kernel)
    {
        if (!AddressSpaces.TryRelease(root, asid))
            return Violation.LostSpace;
        for (int i = AddressSpaces.WindowEntry; i < PageEntry.Count; i++)
        {
            if (i != AddressSpaces.AsidEntry ? root[i] != kernel[i] : (root[i] & PageEntry.Present) != 0)
                return Violation.KernelPart;
        }

        return FindInUser(root, PageTables.RootLevel, AddressSpaces.WindowEntry);
    }

    private static Violation FindInUser(ulong* table, int level, int count)
    {
        for (int i = 0; i < count; i++)
        {
            ulong entry = table[i];
            if ((entry & PageEntry.Present) == 0)
                continue;
            if ((entry & Claimed) == 0)
                return Violation.StrayEntry;
            table[i] = entry & ~(Claimed | ClaimedForWriting);
            Violation result = IsPage(entry, level)
                ? FindInPage(entry)
                : FindInUser((ulong*)Physical.ToPointer(entry & PageEntry.AddressMask), level - 1, PageEntry.Count);
            if (result != Violation.None)
                return result;
        }

        return Violation.None;
    }

    private static Violation FindInPage(ulong entry)
    {
        if ((entry & PageEntry.Writable) == 0)
            return Violation.None;
        if ((entry & ClaimedForWriting) == 0)
            return Violation.WrongRights;
        return (entry & PageEntry.NoExecute) == 0 ? Violation.WritableCode : Violation.None;
    }

    private static Violation FindInKernel(ulong* table, int level, int first)
    {
        for (int i = first; i < PageEntry.Count; i++)
        {
            ulong entry = table[i];
            if ((entry & PageEntry.Present) == 0)
                continue;
            if ((entry & PageEntry.User) != 0)
                return Violation.KernelPart;
            bool isPage = IsPage(entry, level);
            if (isPage && (entry & PageEntry.Writable) != 0 && (entry & PageEntry.NoExecute) == 0)
                return Violation.WritableCode;
            Violation result = isPage
                ? Violation.None : FindInKernel((ulong*)Physical.ToPointer(entry & PageEntry.AddressMask), level - 1, 0);
            if (result != Violation.None)
                return result;
        }

        return Violation.None;
    }

    private static bool IsPage(ulong entry, int level) => level == 1 || (entry & PageEntry.Large) != 0;
}
