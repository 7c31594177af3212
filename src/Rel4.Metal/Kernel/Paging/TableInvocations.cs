using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

/// <summary>Performs the methods of page tables, page directories and page-directory-pointer tables.</summary>
internal static unsafe class TableInvocations
{
    public static Result Invoke(in Invocation invocation)
    {
        (InvocationLabel map, InvocationLabel unmap) = invocation.Service->Cap.Type switch
        {
            CapType.PageTable => (InvocationLabel.X86PageTableMap, InvocationLabel.X86PageTableUnmap),
            CapType.PageDirectory => (InvocationLabel.X86PageDirectoryMap, InvocationLabel.X86PageDirectoryUnmap),
            _ => (InvocationLabel.X86PdptMap, InvocationLabel.X86PdptUnmap),
        };
        if (invocation.Label == map)
            return Map(invocation);
        return invocation.Label == unmap ? Unmap(invocation.Service) : Refusal.Of(SeL4Error.IllegalOperation);
    }

    /// <summary>Gets the type of the capabilities to a structure; null if the object is none.</summary>
    public static CapType TypeOf(ObjectType type) => type switch
    {
        ObjectType.PageTable => CapType.PageTable,
        ObjectType.PageDirectory => CapType.PageDirectory,
        ObjectType.Pdpt => CapType.Pdpt,
        _ => CapType.Null,
    };

    /// <summary>Gets the level of the entry that leads to a structure.</summary>
    public static int LevelOf(CapType type) => type switch
    {
        CapType.PageTable => 2,
        CapType.PageDirectory => 3,
        _ => PageTables.RootLevel,
    };

    /// <summary>Says which structure is missing, by the bits of the address that it and those below it would resolve.</summary>
    public static Refusal Missing(int level) => Refusal.FailedLookup(
        Refusal.Side.Destination, LookupFailure.MissingCapability((ulong)PageTables.EntryBits(level)));

    /// <summary>Makes the entry that leads to a structure. What is allowed is decided by the entries below.</summary>
    public static ulong Entry(void* table) => Physical.Of(table) | PageEntry.Present | PageEntry.Writable | PageEntry.User;

    private static Result Map(in Invocation invocation)
    {
        if (!invocation.Has(words: 2, caps: 1))
            return Refusal.Of(SeL4Error.TruncatedMessage);
        ref Capability table = ref invocation.Service->Cap;
        if (!Mapping.Of(table).IsNone)
            return Refusal.InvalidCapability(0);
        ref readonly Capability space = ref invocation.Caps[0]->Cap;
        uint asid = AddressSpaces.AsidOf(space);
        if (asid == 0)
            return Refusal.InvalidCapability(1);
        int level = LevelOf(table.Type);
        ulong address = invocation.Word(0) & ~((1UL << PageTables.EntryBits(level)) - 1);
        if (address >= PageTables.UserEnd)
            return Refusal.InvalidArgument(0);
        ulong* entry = PageTables.Find(space.Root(), address, level, out int missing);
        if (entry == null)
            return Missing(missing);
        if ((*entry & PageEntry.Present) != 0)
            return Refusal.Of(SeL4Error.DeleteFirst);

        // The processor keeps nothing of an entry that is not present, so there is nothing to forget.
        *entry = Entry(table.Address);
        table.Word1 = new Mapping(asid, address).Raw;
        return Outcome.Done;
    }

    /// <remarks>What was mapped through the structure must not come back when it is mapped elsewhere, so it is emptied.</remarks>
    private static Result Unmap(Slot* slot)
    {
        ref Capability table = ref slot->Cap;
        if (!DerivationTree.IsFinal(slot))
            return Refusal.Of(SeL4Error.RevokeFirst);
        PageTables.Unmap(Mapping.Of(table), LevelOf(table.Type), table.Address);
        Instructions.Clear((byte*)table.Address, 1UL << Limits.PageBits);
        table.Word1 = 0;
        return Outcome.Done;
    }
}
