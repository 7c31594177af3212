using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Tries to get at memory that has become a kernel object since it was mapped.</summary>
/// <remarks>
/// The attacker is a task in an address space whose pool it holds, as any who is given a pool may: the pool goes first, then what was mapped, and then
/// the memory is made a thread.
/// </remarks>
internal static class Takeover
{
    private const ulong Address = 0x5_0000_0000;
    private const ulong Seeds = 16;
    private const int Calls = 250;
    private const int Enough = 100;

    /// <summary>Runs all rows.</summary>
    public static void Run(in Stage stage, ElfImage worker, ref Report report)
    {
        report.Row("takeover"u8, "pool deleted"u8, "revoke, Retype"u8, "no page over the thread, whatever the space is assigned to"u8, ByPage(worker));
        report.Row("takeover"u8, "pool deleted"u8, "Unmap, Retype"u8, "the thread is no page table of the space"u8, ByTable(worker));
        report.Row("takeover"u8, "read and write"u8, "execute"u8, "a page that can be written is not executed"u8, ByWriting(stage));
        report.Row("takeover"u8, "any order"u8, "random calls"u8, "thousands, on spaces, tables, pages and pools; the workers are unhurt"u8, ByChance(stage));
    }

    private static bool ByPage(ElfImage worker)
    {
        Attacker attacker = Attacker.Make(worker);
        attacker.Task.Space.Map(attacker.Memory(ObjectType.Page4K), Address, CapRights.ReadWrite, X86VMAttributes.ExecuteNever);
        bool could = attacker.Reads(Address);
        attacker.DeletePool();
        attacker.Memory(ObjectType.Tcb);
        return could && attacker.IsOut() && !attacker.Reads(Address);
    }

    private static bool ByTable(ElfImage worker)
    {
        Attacker attacker = Attacker.Make(worker);
        ulong table = attacker.Memory(ObjectType.PageTable);
        attacker.Task.Space.MapNew(Address + (1UL << Limits.LargePageBits));
        bool mapped = SeL4.X86_PageTable_Map(table, attacker.Task.Space.Root, Address, default) == SeL4Error.NoError;
        attacker.DeletePool();
        bool unmapped = SeL4.X86_PageTable_Unmap(table) == SeL4Error.NoError;
        attacker.Memory(ObjectType.Tcb);
        return mapped && unmapped && attacker.IsOut() && !attacker.Reads(Address);
    }

    private static bool ByWriting(in Stage stage)
    {
        // ret
        const ulong Code = 0xC3;
        stage.Reset();
        ref ChildTask first = ref stage.Of(Actor.First);
        ulong frame = Objects.Make(ObjectType.Page4K);
        first.Space.Map(frame, Address, CapRights.ReadWrite);
        first.Command(WorkerCommand.Write, Address, Code);
        bool writes = stage.Runs(Actor.First);
        first.Command(WorkerCommand.Run, Address);
        bool runs = stage.Runs(Actor.First);
        stage.Reset();
        first.Space.Map(frame, Address, CapRights.Read);
        first.Command(WorkerCommand.Run, Address);
        return writes && !runs && stage.Runs(Actor.First);
    }

    /// <summary>Makes random calls from several seeds. A kernel that was built to check goes through all page tables after each.</summary>
    private static bool ByChance(in Stage stage)
    {
        bool well = true;
        int maps = 0;
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            maps += RandomPaging.Run(seed, Calls);
            stage.Reset();
            stage.Receive(Actor.Second);
            stage.Send(Actor.First, Syscall.Call);
            well &= stage.GotMessage(Actor.Second, Actor.First);
        }

        return well && maps >= Enough;
    }

    /// <summary>Is a task in an address space of a pool of its own, with a page of memory for what it plays with.</summary>
    private struct Attacker
    {
        private ulong _poolMemory;
        private ulong _pool;
        private ulong _memory;
        private ulong _slot;

        public ChildTask Task { get; private set; }

        public static Attacker Make(ElfImage worker)
        {
            var attacker = new Attacker
            {
                _poolMemory = Objects.Make(ObjectType.Untyped, Limits.PageBits),
                _pool = Objects.TakeSlot(),
                _memory = Objects.Make(ObjectType.Untyped, Limits.PageBits),
                _slot = Objects.TakeSlot(),
            };
            attacker.MakePool();
            attacker.Task = ChildTask.Start(worker, Priority.Worker, AddressSpace.Make(attacker._pool));
            return attacker;
        }

        /// <summary>Makes an object of the page of memory, which is taken from what it was before.</summary>
        public readonly ulong Memory(ObjectType type)
        {
            Terminal.Require(Objects.Revoke(_memory), "revoking the attacker's memory"u8);
            Terminal.Require(Objects.TryMake(_memory, type, 0, _slot), "making the attacker's object"u8);
            return _slot;
        }

        public readonly void DeletePool() => Terminal.Require(Objects.Delete(_pool), "deleting the attacker's pool"u8);

        /// <summary>Tells whether the space gets no ASID any more, of another pool or of a new one.</summary>
        public readonly bool IsOut()
        {
            MakePool();
            return SeL4.X86_ASIDPool_Assign(_pool, Task.Space.Root) == SeL4Error.InvalidCapability
                && SeL4.X86_ASIDPool_Assign(RootSlot.AsidPool, Task.Space.Root) == SeL4Error.InvalidCapability;
        }

        /// <summary>Tells whether the task reads a word.</summary>
        public readonly bool Reads(ulong address)
        {
            Task.Restart();
            Task.Command(WorkerCommand.Read, address);
            return Task.IsDone;
        }

        private readonly void MakePool() => Terminal.Require(
            SeL4.X86_ASIDControl_MakePool(RootSlot.AsidControl, _poolMemory, RootSlot.CNode, _pool, Limits.WordBits), "making the attacker's pool"u8);
    }
}
