using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Builds address spaces by hand and asks for what the methods of paging structures and ASIDs refuse.</summary>
internal static unsafe class Paging
{
    private const ulong Address = 0x40_0000_0000;
    private const ulong LargePage = 1UL << Limits.LargePageBits;

    /// <summary>Runs all rows.</summary>
    public static void Run(in Stage stage, ref Report report)
    {
        Space space = Space.Make();
        report.Row("paging"u8, "empty"u8, "Map"u8, "told of the missing PDPT, directory and table in turn"u8, Build(space));
        report.Row("paging"u8, "table mapped"u8, "Map"u8, "again: InvalidCapability; another one: DeleteFirst"u8, MapTableTwice(space));
        report.Row("paging"u8, "table copied"u8, "Unmap"u8, "RevokeFirst until the copy is gone"u8, UnmapCopiedTable(space));
        report.Row("paging"u8, "table unmapped"u8, "Copy"u8, "IllegalOperation"u8, CopyUnmappedTable());
        report.Row("paging"u8, "page mapped"u8, "Map"u8, "other address: InvalidArgument; other space: InvalidCapability"u8, MapPageTwice(space));
        report.Row("paging"u8, "page mapped"u8, "GetAddress"u8, "as the boot information says, within RAM"u8, PhysicalAddress(space));
        report.Row("paging"u8, "any"u8, "wrong label"u8, "IllegalOperation"u8, WrongLabels(space));
        report.Row("paging"u8, "large page"u8, "Map"u8, "2 MiB that a task reads and writes"u8, MapLargePage(stage));
        report.Row("ASID"u8, "pool"u8, "MakePool"u8, "of 4 KiB, unused, only; others are refused"u8, MakePool());
        report.Row("ASID"u8, "none"u8, "SetSpace, Copy"u8, "IllegalOperation, also of Configure"u8, UseWithoutAsid());
        report.Row("ASID"u8, "pool deleted"u8, "Map"u8, "its spaces are out for good: Map and Assign give InvalidCapability"u8, DeletePool());
    }

    private static bool Build(in Space space) =>
        Misses(space, 39)
        && SeL4.X86_PageTable_Map(space.Table, space.Root, Address, default) == SeL4Error.FailedLookup
        && SeL4.X86_PDPT_Map(space.Pdpt, space.Root, Address, default) == SeL4Error.NoError
        && Misses(space, 30)
        && SeL4.X86_PageDirectory_Map(space.Directory, space.Root, Address, default) == SeL4Error.NoError
        && Misses(space, 21)
        && SeL4.X86_PageTable_Map(space.Table, space.Root, Address, default) == SeL4Error.NoError
        && MapPage(space.Page, space.Root, Address) == SeL4Error.NoError;

    private static bool Misses(in Space space, ulong bits)
    {
        SeL4Error error = MapPage(space.Page, space.Root, Address);
        return error == SeL4Error.FailedLookup && InvocationFailure.Of(error).Lookup.BitsLeft == bits;
    }

    private static bool MapTableTwice(in Space space)
    {
        ulong other = Objects.Make(ObjectType.PageTable);
        return SeL4.X86_PageTable_Map(space.Table, space.Root, Address, default) == SeL4Error.InvalidCapability
            && SeL4.X86_PageTable_Map(other, space.Root, Address, default) == SeL4Error.DeleteFirst
            && SeL4.X86_PageTable_Map(other, space.Root, 0xFFFF_8000_0000_0000, default) == SeL4Error.InvalidArgument
            && SeL4.X86_PageTable_Map(other, RootSlot.CNode, Address, default) == SeL4Error.InvalidCapability;
    }

    private static bool UnmapCopiedTable(in Space space)
    {
        ulong copy = Objects.Copy(space.Table);
        return SeL4.X86_PageTable_Unmap(space.Table) == SeL4Error.RevokeFirst
            && Objects.Delete(copy) == SeL4Error.NoError
            && SeL4.X86_PageTable_Unmap(space.Table) == SeL4Error.NoError
            && MapPage(Objects.Make(ObjectType.Page4K), space.Root, Address) == SeL4Error.FailedLookup
            && SeL4.X86_PageTable_Map(space.Table, space.Root, Address, default) == SeL4Error.NoError
            && SeL4.X86_Page_Unmap(space.Page) == SeL4Error.NoError
            && MapPage(space.Page, space.Root, Address) == SeL4Error.NoError;
    }

    private static bool CopyUnmappedTable() => TryCopy(Objects.Make(ObjectType.PageTable)) == SeL4Error.IllegalOperation;

    private static SeL4Error TryCopy(ulong source) =>
        SeL4.CNode_Copy(RootSlot.CNode, Objects.TakeSlot(), Limits.WordBits, RootSlot.CNode, source, Limits.WordBits, CapRights.All);

    private static bool MapPageTwice(in Space space) =>
        MapPage(space.Page, space.Root, Address + 0x1000) == SeL4Error.InvalidArgument
        && MapPage(space.Page, RootSlot.VSpace, Address) == SeL4Error.InvalidCapability
        && MapPage(space.Page, space.Root, Address) == SeL4Error.NoError;

    private static bool PhysicalAddress(in Space space) =>
        SeL4.X86_Page_GetAddress(space.Page, out ulong address) == SeL4Error.NoError && address % (1UL << Limits.PageBits) == 0 && address >= LargePage;

    private static bool WrongLabels(in Space space) =>
        SeL4.X86_Page_Unmap(space.Table) == SeL4Error.IllegalOperation
        && SeL4.X86_PageTable_Unmap(space.Page) == SeL4Error.IllegalOperation
        && SeL4.X86_PageTable_Unmap(space.Root) == SeL4Error.IllegalOperation
        && SeL4.X86_PageDirectory_Unmap(space.Table) == SeL4Error.IllegalOperation;

    private static bool MapLargePage(in Stage stage)
    {
        const ulong Offset = 0x12_3458;
        const ulong Value = 0xB16_B00C;
        stage.Reset();
        ref ChildTask first = ref stage.Of(Actor.First);
        ulong frame = Objects.Make(ObjectType.LargePage);
        bool refused = MapPage(frame, first.Space.Root, Address + 0x1000) == SeL4Error.AlignmentError;
        first.Space.Map(frame, Address, CapRights.ReadWrite, X86VMAttributes.ExecuteNever);
        first.Command(WorkerCommand.Write, Address + Offset, Value);
        first.Command(WorkerCommand.Read, Address + Offset);
        bool works = stage.Runs(Actor.First) && first.Page->Badge == Value;

        // Nothing fits where it is, whatever its size.
        ulong small = Objects.Make(ObjectType.Page4K);
        bool occupied = MapPage(small, first.Space.Root, Address + 0x1000) == SeL4Error.FailedLookup;
        bool gone = Objects.Delete(frame) == SeL4Error.NoError;
        first.Command(WorkerCommand.Read, Address + Offset);
        return refused && works && occupied && gone && stage.Waits(Actor.First);
    }

    private static bool MakePool()
    {
        ulong memory = Objects.Make(ObjectType.Untyped, Limits.PageBits), slot = Objects.TakeSlot();
        bool refused = TryMakePool(Objects.Make(ObjectType.Untyped, Limits.PageBits + 1), slot) == SeL4Error.InvalidCapability
            && TryMakePool(memory, RootSlot.Tcb) == SeL4Error.DeleteFirst;
        bool made = TryMakePool(memory, slot) == SeL4Error.NoError;
        return refused && made && TryMakePool(memory, Objects.TakeSlot()) == SeL4Error.RevokeFirst
            && SeL4.X86_ASIDPool_Assign(slot, RootSlot.VSpace) == SeL4Error.InvalidCapability
            && SeL4.X86_ASIDPool_Assign(slot, RootSlot.CNode) == SeL4Error.InvalidCapability
            && Objects.Revoke(memory) == SeL4Error.NoError
            && TryMakePool(memory, slot) == SeL4Error.NoError;
    }

    private static SeL4Error TryMakePool(ulong memory, ulong slot) =>
        SeL4.X86_ASIDControl_MakePool(RootSlot.AsidControl, memory, RootSlot.CNode, slot, Limits.WordBits);

    private static bool UseWithoutAsid()
    {
        ulong space = Objects.Make(ObjectType.Pml4), thread = Objects.Make(ObjectType.Tcb);
        return SeL4.TCB_SetSpace(thread, 0, RootSlot.CNode, 0, space, 0) == SeL4Error.IllegalOperation
            && SeL4.TCB_Configure(thread, 0, RootSlot.CNode, 0, space, 0, 0, 0) == SeL4Error.IllegalOperation
            && TryCopy(space) == SeL4Error.IllegalOperation
            && SeL4.X86_ASIDPool_Assign(RootSlot.AsidPool, space) == SeL4Error.NoError
            && SeL4.TCB_SetSpace(thread, 0, RootSlot.CNode, 0, space, 0) == SeL4Error.NoError
            && TryCopy(space) == SeL4Error.NoError;
    }

    private static bool DeletePool()
    {
        ulong memory = Objects.Make(ObjectType.Untyped, Limits.PageBits), pool = Objects.TakeSlot();
        ulong root = Objects.Make(ObjectType.Pml4), pdpt = Objects.Make(ObjectType.Pdpt);
        return TryMakePool(memory, pool) == SeL4Error.NoError
            && SeL4.X86_ASIDPool_Assign(pool, root) == SeL4Error.NoError
            && Objects.Delete(pool) == SeL4Error.NoError
            && SeL4.X86_PDPT_Map(pdpt, root, Address, default) == SeL4Error.InvalidCapability
            && SeL4.X86_ASIDPool_Assign(RootSlot.AsidPool, root) == SeL4Error.InvalidCapability
            && TryMakePool(memory, pool) == SeL4Error.NoError
            && SeL4.X86_ASIDPool_Assign(pool, root) == SeL4Error.InvalidCapability
            && SeL4.X86_PDPT_Map(pdpt, root, Address, default) == SeL4Error.InvalidCapability;
    }

    private static SeL4Error MapPage(ulong page, ulong root, ulong address) =>
        SeL4.X86_Page_Map(page, root, address, CapRights.ReadWrite, X86VMAttributes.ExecuteNever);

    /// <summary>Is an address space with one structure of each level, none of them mapped at first.</summary>
    private readonly struct Space
    {
        private Space(ulong root, ulong pdpt, ulong directory, ulong table, ulong page)
        {
            Root = root;
            Pdpt = pdpt;
            Directory = directory;
            Table = table;
            Page = page;
        }

        public ulong Root { get; }

        public ulong Pdpt { get; }

        public ulong Directory { get; }

        public ulong Table { get; }

        public ulong Page { get; }

        public static Space Make() => new(
            AddressSpace.Make().Root, Objects.Make(ObjectType.Pdpt), Objects.Make(ObjectType.PageDirectory), Objects.Make(ObjectType.PageTable),
            Objects.Make(ObjectType.Page4K));
    }
}
