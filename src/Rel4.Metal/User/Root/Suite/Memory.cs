using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Takes memory away from a task that has it mapped, uses memory up, and maps what may not be mapped.</summary>
/// <remarks>The first worker touches memory, the second handles its faults.</remarks>
internal static unsafe class Memory
{
    private const ulong Address = 0x6000_0000;
    private const ulong TableAddress = 0x7000_0000;
    private const ulong KernelAddress = 0xFFFF_8000_0000_0000;
    private const ulong FaultBadge = 0xF2;
    private const ulong Value = 0xC0FFEE;
    private const int PoolBits = 16;
    private const int FramesOfPool = 1 << (PoolBits - Limits.PageBits);

    /// <summary>Runs all rows.</summary>
    public static void Run(in Stage stage, ref Report report)
    {
        var pool = new Pool(Objects.Make(ObjectType.Untyped, PoolBits));
        report.Row("memory"u8, "mapped"u8, "write"u8, "shared: another task reads what one wrote"u8, Shared(stage, pool));
        report.Row("memory"u8, "mapped"u8, "revoke"u8, "the next touch faults"u8, RevokedFrame(stage, pool));
        report.Row("memory"u8, "mapped"u8, "delete"u8, "the next touch faults"u8, DeletedFrame(stage, pool));
        report.Row("memory"u8, "mapped"u8, "Unmap"u8, "the next touch faults"u8, UnmappedFrame(stage, pool));
        report.Row("memory"u8, "mapped"u8, "table unmapped"u8, "the next touch faults"u8, UnmappedTable(stage, pool));
        report.Row("memory"u8, "mapped"u8, "Map read-only"u8, "the next write faults"u8, Downgraded(stage, pool));
        report.Row("memory"u8, "revoked"u8, "Retype"u8, "new frames are zero"u8, Zeroed(stage, pool));
        report.Row("memory"u8, "used up"u8, "Retype"u8, "NotEnoughMemory tells 0 bytes left; revoked, all is there again"u8, Exhausted(pool));
        report.Row("memory"u8, "any"u8, "Map"u8, "kernel, unaligned and occupied addresses are refused"u8, RefusedMappings(stage, pool));
        report.Row("memory"u8, "no ASID"u8, "Map"u8, "InvalidCapability"u8, WithoutAsid(pool));
        pool.Empty();
    }

    private static bool Shared(in Stage stage, in Pool pool)
    {
        Prepare(stage, pool);
        ulong frame = MapIntoFirst(stage, pool);
        ulong copy = pool.Slot(1);
        SeL4Error copied = SeL4.CNode_Copy(
            RootSlot.CNode, copy, Limits.WordBits, RootSlot.CNode, frame, Limits.WordBits, CapRights.Read);
        stage.Of(Actor.Third).Space.Map(copy, Address, CapRights.Read, X86VMAttributes.ExecuteNever);
        stage.Of(Actor.First).Command(WorkerCommand.Write, Address, Value);
        stage.Of(Actor.Third).Command(WorkerCommand.Read, Address);
        return copied == SeL4Error.NoError && stage.Runs(Actor.First) && stage.Runs(Actor.Third) && stage.Of(Actor.Third).Page->Badge == Value;
    }

    private static bool RevokedFrame(in Stage stage, in Pool pool)
    {
        Prepare(stage, pool);
        MapIntoFirst(stage, pool);
        return Touches(stage) && Objects.Revoke(pool.Untyped) == SeL4Error.NoError && Faults(stage);
    }

    private static bool DeletedFrame(in Stage stage, in Pool pool)
    {
        Prepare(stage, pool);
        ulong frame = MapIntoFirst(stage, pool);
        return Touches(stage) && Objects.Delete(frame) == SeL4Error.NoError && Faults(stage);
    }

    private static bool UnmappedFrame(in Stage stage, in Pool pool)
    {
        Prepare(stage, pool);
        ulong frame = MapIntoFirst(stage, pool);
        return Touches(stage) && SeL4.X86_Page_Unmap(frame) == SeL4Error.NoError && Faults(stage);
    }

    private static bool UnmappedTable(in Stage stage, in Pool pool)
    {
        Prepare(stage, pool);
        ref ChildTask first = ref stage.Of(Actor.First);
        ulong table = pool.Make(ObjectType.PageTable, 1);
        bool mapped = SeL4.X86_PageTable_Map(table, first.Space.Root, TableAddress, X86VMAttributes.WriteBack) == SeL4Error.NoError;
        first.Space.Map(pool.Make(ObjectType.Page4K, 0), TableAddress, CapRights.ReadWrite, X86VMAttributes.ExecuteNever);
        return mapped && Touches(stage, TableAddress) && SeL4.X86_PageTable_Unmap(table) == SeL4Error.NoError && Faults(stage, TableAddress);
    }

    private static bool Downgraded(in Stage stage, in Pool pool)
    {
        Prepare(stage, pool);
        ref ChildTask first = ref stage.Of(Actor.First);
        ulong frame = MapIntoFirst(stage, pool);
        first.Command(WorkerCommand.Write, Address, Value);
        bool wrote = stage.Runs(Actor.First);
        first.Space.Map(frame, Address, CapRights.Read, X86VMAttributes.ExecuteNever);
        bool reads = Touches(stage);
        first.Command(WorkerCommand.Write, Address, 0);
        return wrote && reads && first.Page->Badge == Value && Told(stage, Address);
    }

    private static bool Zeroed(in Stage stage, in Pool pool)
    {
        Prepare(stage, pool);
        MapIntoFirst(stage, pool);
        stage.Of(Actor.First).Command(WorkerCommand.Write, Address, Value);
        pool.Empty();
        MapIntoFirst(stage, pool);
        return Touches(stage) && stage.Of(Actor.First).Page->Badge == 0;
    }

    private static bool Exhausted(in Pool pool)
    {
        pool.Empty();
        bool good = UseUp(pool);
        pool.Empty();
        return good && UseUp(pool);
    }

    private static bool UseUp(in Pool pool)
    {
        for (int i = 0; i < FramesOfPool; i++)
        {
            if (Objects.TryMake(pool.Untyped, ObjectType.Page4K, 0, pool.Slot(i)) != SeL4Error.NoError)
                return false;
        }

        SeL4Error error = Objects.TryMake(pool.Untyped, ObjectType.Endpoint, 0, pool.Slot(FramesOfPool));
        return error == SeL4Error.NotEnoughMemory && InvocationFailure.Of(error).BytesLeft == 0;
    }

    private static bool RefusedMappings(in Stage stage, in Pool pool)
    {
        Prepare(stage, pool);
        MapIntoFirst(stage, pool);
        ulong space = stage.Of(Actor.First).Space.Root, frame = pool.Make(ObjectType.Page4K, 1);
        return TryMap(frame, space, KernelAddress) == SeL4Error.InvalidArgument
            && TryMap(frame, space, Address + 1) == SeL4Error.AlignmentError
            && TryMap(frame, space, Address) == SeL4Error.DeleteFirst
            && TryMap(frame, RootSlot.CNode, Address) == SeL4Error.InvalidCapability;
    }

    private static bool WithoutAsid(in Pool pool)
    {
        pool.Empty();
        ulong space = pool.Make(ObjectType.Pml4, 0), frame = pool.Make(ObjectType.Page4K, 1);
        return TryMap(frame, space, Address) == SeL4Error.InvalidCapability;
    }

    private static SeL4Error TryMap(ulong frame, ulong space, ulong address) =>
        SeL4.X86_Page_Map(frame, space, address, CapRights.ReadWrite, X86VMAttributes.WriteBack);

    private static void Prepare(in Stage stage, in Pool pool)
    {
        stage.Reset();
        pool.Empty();
        stage.Of(Actor.First).TakeAway(TaskLayout.FaultSlot);
        stage.Of(Actor.First).Grant(stage.Endpoint, TaskLayout.FaultSlot, CapRights.All, FaultBadge);
        stage.Receive(Actor.Second);
    }

    private static ulong MapIntoFirst(in Stage stage, in Pool pool)
    {
        ulong frame = pool.Make(ObjectType.Page4K, 0);
        stage.Of(Actor.First).Space.Map(frame, Address, CapRights.ReadWrite, X86VMAttributes.ExecuteNever);
        return frame;
    }

    private static bool Touches(in Stage stage, ulong address = Address)
    {
        stage.Of(Actor.First).Command(WorkerCommand.Read, address);
        return stage.Runs(Actor.First);
    }

    private static bool Faults(in Stage stage, ulong address = Address)
    {
        stage.Of(Actor.First).Command(WorkerCommand.Read, address);
        return Told(stage, address);
    }

    private static bool Told(in Stage stage, ulong address)
    {
        CommandPage* page = stage.Of(Actor.Second).Page;
        return stage.Waits(Actor.First) && stage.Runs(Actor.Second) && page->Badge == FaultBadge
            && page->Received.Label == (ulong)FaultType.VMFault && page->Got.Word1 == address;
    }

    /// <summary>Is untyped memory of which a row makes what it needs, all of which one revoke destroys.</summary>
    private readonly struct Pool
    {
        private readonly ulong _slots;

        public Pool(ulong untyped)
        {
            Untyped = untyped;
            _slots = Objects.TakeSlot();
            for (int i = 0; i < FramesOfPool; i++)
                Objects.TakeSlot();
        }

        public ulong Untyped { get; }

        public ulong Slot(int index) => _slots + (ulong)index;

        public ulong Make(ObjectType type, int index)
        {
            Terminal.Require(Objects.TryMake(Untyped, type, 0, Slot(index)), "making an object of a row"u8);
            return Slot(index);
        }

        public void Empty() => Terminal.Require(Objects.Revoke(Untyped), "revoking a row's memory"u8);
    }
}
