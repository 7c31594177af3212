using System.Threading;
using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Has the kernel perform calls out of frames: the root task's own, and a worker's that waits, rings or loses what it has.</summary>
internal static unsafe class Batches
{
    private const int Depth = Limits.WordBits;
    private const int NodeDepth = TaskLayout.NodeBits;
    private const ulong Address = 0x6900_0000;
    private const int Turns = 2000;
    private const ulong PoolBits = 16;
    private const int LongBits = 8;

    // mov qword [ADDRESS], ONE; mov qword [ADDRESS], OTHER; jmp back: the addresses and numbers are written into it.
    private static ReadOnlySpan<byte> Flipping =>
    [
        0x48, 0xC7, 0x04, 0x25, 0, 0, 0, 0, 0, 0, 0, 0, 0x48, 0xC7, 0x04, 0x25, 0, 0, 0, 0, 0, 0, 0, 0, 0xEB, 0xE6,
    ];

    private static ulong _frame;
    private static BatchFrame* _mapped;
    private static ulong _pool;
    private static ulong _slots;

    /// <summary>Runs the rows that need no other processor.</summary>
    public static void Run(in Stage stage, ElfImage worker, ref Report report)
    {
        Prepare();
        report.Row("batch"u8, "all kinds"u8, "Submit"u8, "each is answered as a call would be; one refused stops no other"u8, AllKinds(stage));
        report.Row("batch"u8, "full"u8, "17th call"u8, "those before are performed by it"u8, MoreThanFit());
        report.Row("batch"u8, "could block"u8, "Submit"u8, "refused: IllegalOperation; those behind are performed"u8, CouldBlock(stage));
        report.Row("batch"u8, "long"u8, "Revoke"u8, "goes on where it was interrupted; those behind are performed"u8, LongRevoke());
        report.Row("batch"u8, "waiting"u8, "Wait"u8, "performed before the thread waits"u8, ByWaiting(stage));
        report.Row("batch"u8, "rung"u8, "SENDUIPI"u8, "performed without a system call"u8, ByRinging());
        report.Row("batch"u8, "none"u8, "Submit"u8, "IllegalOperation; a frame that can't be written is refused"u8, None());
        report.Row("batch"u8, "counter forged"u8, "Submit"u8, "RangeError, nothing is performed; put right, it goes on"u8, Forged());
        report.Row("batch"u8, "frame revoked"u8, "Submit, Wait"u8, "nothing is performed"u8, Revoked(stage));
        report.Row("batch"u8, "revokes frame"u8, "Submit"u8, "those behind are not performed; the thread goes on"u8, RevokesFrame());
        report.Row("batch"u8, "own CNode"u8, "Wait"u8, "what it took away is missing for those behind"u8, TakesOwnNode(stage));
        report.Row("batch"u8, "own thread"u8, "Wait"u8, "it is gone, and its memory another's"u8, DeletesItself(stage, worker));
        report.Row("batch"u8, "another's frame"u8, "Submit, Wait"u8, "each performs what is there with its own capabilities"u8, Shared(stage));
        Finish(stage);
    }

    /// <summary>Runs the rows in which another processor takes part.</summary>
    public static void RunWithOthers(in Stage stage, in CodePage code, ref Report report)
    {
        Prepare();
        report.Row("processor"u8, "other, idle"u8, "SENDUIPI"u8, "it performs the batch; its thread goes on, without a system call"u8, ByAnother(stage));
        report.Row("processor"u8, "other, writing"u8, "Submit"u8, "an entry is performed as it was at one time"u8, Changing(stage, code));
        Finish(stage);
    }

    private static void Prepare()
    {
        if (_frame != 0)
            return;
        _frame = Objects.Make(ObjectType.Page4K);
        _mapped = (BatchFrame*)Window.Alias(_frame);
        _pool = Objects.Make(ObjectType.Untyped, PoolBits);
        _slots = Objects.TakeSlot();
        for (int i = 1; i < 2 * BatchFrame.Capacity; i++)
            Objects.TakeSlot();

        // So that there is a table.
        ulong alias = Objects.Copy(_frame);
        AddressSpace.Own.Map(alias, Address, CapRights.ReadWrite, X86VMAttributes.ExecuteNever);
        Terminal.Require(SeL4.X86_Page_Unmap(alias), "unmapping a frame"u8);
    }

    private static void Finish(in Stage stage)
    {
        SeL4.TCB_SetBatch(RootSlot.Tcb, 0, out _);
        SeL4.TCB_SetBatch(stage.Of(Actor.First).Thread, 0, out _);
        Objects.Revoke(_pool);
        stage.Reset();
    }

    private static Batch Open(ulong thread = RootSlot.Tcb)
    {
        Terminal.Require(Objects.Revoke(_pool), "revoking what a batch made"u8);
        Terminal.Require(Batch.Open(thread, _frame, _mapped, out Batch batch), "opening a batch"u8);
        return batch;
    }

    private static bool AllKinds(in Stage stage)
    {
        stage.Reset();
        const CapRights All = CapRights.All;
        Batch batch = Open();
        ulong first = batch.Untyped_Retype(_pool, ObjectType.Endpoint, 0, RootSlot.CNode, 0, 0, _slots, 2);
        batch.CNode_Mint(RootSlot.CNode, _slots + 2, Depth, RootSlot.CNode, _slots, Depth, All, 7);
        batch.CNode_Copy(RootSlot.CNode, _slots + 3, Depth, RootSlot.CNode, _slots + 1, Depth, CapRights.Read);
        batch.CNode_Move(RootSlot.CNode, _slots + 4, Depth, RootSlot.CNode, _slots + 1, Depth);
        ulong occupied = batch.CNode_Copy(RootSlot.CNode, _slots + 4, Depth, RootSlot.CNode, _slots, Depth, All);
        ulong empty = batch.CNode_Move(RootSlot.CNode, _slots + 5, Depth, RootSlot.CNode, _slots + 1, Depth);
        batch.Untyped_Retype(_pool, ObjectType.Page4K, 0, RootSlot.CNode, 0, 0, _slots + 6, 1);
        batch.X86_Page_Map(_slots + 6, RootSlot.VSpace, Address, CapRights.ReadWrite, X86VMAttributes.ExecuteNever);
        ulong physical = batch.Invoke(_slots + 6, InvocationLabel.X86PageGetAddress);
        batch.X86_Page_Unmap(_slots + 6);
        batch.CNode_Delete(RootSlot.CNode, _slots + 6, Depth);
        ulong nothing = batch.X86_Page_Unmap(_slots + 6);
        ulong tooMuch = batch.Untyped_Retype(_pool, ObjectType.Untyped, PoolBits, RootSlot.CNode, 0, 0, _slots + 7, 1);
        batch.Invoke(stage.Notification, 0);
        ulong astray = batch.Invoke(1UL << 60, 0);
        bool good = batch.Submit();
        for (ulong number = first; number < batch.Count; number++)
        {
            SeL4Error expected = number == occupied ? SeL4Error.DeleteFirst
                : number == empty || number == astray ? SeL4Error.FailedLookup
                : number == nothing ? SeL4Error.InvalidCapability
                : number == tooMuch ? SeL4Error.NotEnoughMemory
                : SeL4Error.NoError;
            good &= batch.ErrorOf(number) == expected;
        }

        SeL4Error same = SeL4.CNode_Move(RootSlot.CNode, _slots + 5, Depth, RootSlot.CNode, _slots + 1, Depth);
        good &= same == SeL4Error.FailedLookup && SeL4.GetMR(0) == batch.WordOf(empty, 0) && SeL4.GetMR(1) == batch.WordOf(empty, 1);
        return good && batch.WordOf(physical, 0) != 0 && batch.WordOf(nothing, 0) == 0;
    }

    private static bool MoreThanFit()
    {
        Batch batch = Open();
        for (ulong i = 0; i < BatchFrame.Capacity; i++)
            batch.Untyped_Retype(_pool, ObjectType.Endpoint, 0, RootSlot.CNode, 0, 0, _slots + i, 1);
        bool waits = !batch.IsDone(batch.Count - 1);
        ulong last = batch.Untyped_Retype(_pool, ObjectType.Endpoint, 0, RootSlot.CNode, 0, 0, _slots, 1);
        return waits && batch.IsDone(last - 1) && !batch.IsDone(last) && batch.ErrorOf(last - 1) == SeL4Error.NoError
            && batch.Submit() && batch.ErrorOf(last) == SeL4Error.DeleteFirst;
    }

    private static bool CouldBlock(in Stage stage)
    {
        stage.Reset();
        Batch batch = Open();
        ulong first = batch.Invoke(stage.Endpoint, 0);
        batch.Invoke(RootSlot.Tcb, InvocationLabel.TcbSuspend);
        batch.Invoke(RootSlot.Tcb, InvocationLabel.TcbSetBatch, caps: 1, cap: _frame);
        batch.Invoke(stage.Of(Actor.First).Thread, InvocationLabel.TcbCopyRegisters, 1, 1, 1, RootSlot.Tcb);
        ulong end = batch.Count;
        ulong suspends = batch.Invoke(stage.Of(Actor.First).Thread, InvocationLabel.TcbSuspend);
        bool good = batch.Submit() && batch.ErrorOf(suspends) == SeL4Error.NoError;
        for (ulong number = first; number < end; number++)
            good &= batch.ErrorOf(number) == SeL4Error.IllegalOperation;
        stage.Wait(Actor.First, Syscall.NBRecv);
        return good && stage.Waits(Actor.First);
    }

    private static bool LongRevoke()
    {
        Batch batch = Open();
        bool good = Objects.TryMake(_pool, ObjectType.CapTable, LongBits, _slots) == SeL4Error.NoError
            && Objects.TryMake(_pool, ObjectType.Endpoint, 0, _slots + 1) == SeL4Error.NoError;
        for (ulong i = 0; i < 1 << LongBits; i++)
            good &= SeL4.CNode_Mint(_slots, i, LongBits, RootSlot.CNode, _slots + 1, Depth, CapRights.All, i + 1) == SeL4Error.NoError;
        ulong first = batch.CNode_Revoke(RootSlot.CNode, _slots + 1, Depth);
        ulong free = batch.CNode_Copy(_slots, 255, LongBits, RootSlot.CNode, _slots + 1, Depth, CapRights.All);
        return good && batch.Submit() && batch.ErrorOf(first) == SeL4Error.NoError && batch.ErrorOf(free) == SeL4Error.NoError;
    }

    private static bool ByWaiting(in Stage stage)
    {
        stage.Reset();
        Batch batch = Open(stage.Of(Actor.First).Thread);
        ulong number = CopyInWorker(ref batch, TaskLayout.FirstFree);
        bool waits = !batch.IsDone(number);
        stage.Wait(Actor.First);
        bool good = waits && stage.Waits(Actor.First) && IsDone(batch, number);
        stage.Signal(Actor.Second);
        good &= stage.GotSignals(Actor.First, Stage.BadgeOf(Actor.Second));
        stage.Of(Actor.First).TakeAway(TaskLayout.FirstFree);
        return good;
    }

    private static bool ByRinging()
    {
        Batch batch = Open();
        Terminal.Require(SeL4.TCB_ReadEntries(RootSlot.Tcb, out EntryCounts before), "reading a thread's entries"u8);
        ulong number = batch.Untyped_Retype(_pool, ObjectType.Endpoint, 0, RootSlot.CNode, 0, 0, _slots, 1);
        batch.Ring();
        bool good = Becomes(batch) && batch.ErrorOf(number) == SeL4Error.NoError;
        Terminal.Require(SeL4.TCB_ReadEntries(RootSlot.Tcb, out EntryCounts after), "reading a thread's entries"u8);
        return good && after.SystemCalls - before.SystemCalls == 1;
    }

    private static bool None()
    {
        ulong readable = Objects.Copy(_frame, CapRights.Read);
        return SeL4.TCB_SetBatch(RootSlot.Tcb, 0, out _) == SeL4Error.NoError
            && SeL4.TCB_PerformBatch() == SeL4Error.IllegalOperation
            && SeL4.TCB_SetBatch(RootSlot.Tcb, readable, out _) == SeL4Error.IllegalOperation
            && SeL4.TCB_SetBatch(RootSlot.Tcb, RootSlot.CNode, out _) == SeL4Error.IllegalOperation
            && SeL4.TCB_PerformBatch() == SeL4Error.IllegalOperation;
    }

    private static bool Forged()
    {
        Batch batch = Open();
        ulong number = batch.Untyped_Retype(_pool, ObjectType.Endpoint, 0, RootSlot.CNode, 0, 0, _slots, 1);
        bool good = true;
        for (int bit = 5; bit < 64; bit++)
        {
            _mapped->Produced = batch.Count + (1UL << bit);
            good &= SeL4.TCB_PerformBatch() == SeL4Error.RangeError && !batch.IsDone(number);
        }

        _mapped->Produced = number - 1;
        good &= SeL4.TCB_PerformBatch() == SeL4Error.RangeError && !batch.IsDone(number);

        // The kernel's count is its own.
        _mapped->Completed = 5;
        _mapped->Produced = batch.Count;
        return good && batch.Submit() && batch.ErrorOf(number) == SeL4Error.NoError;
    }

    private static bool Revoked(in Stage stage)
    {
        stage.Reset();
        Batch batch = Open(stage.Of(Actor.First).Thread);
        ulong number = CopyInWorker(ref batch, TaskLayout.FirstFree);
        bool good = Objects.Revoke(_frame) == SeL4Error.NoError;
        _mapped = (BatchFrame*)Window.Alias(_frame);
        stage.Wait(Actor.First);
        good &= stage.Waits(Actor.First) && _mapped->Completed == number;
        batch = Open();
        number = batch.Untyped_Retype(_pool, ObjectType.Endpoint, 0, RootSlot.CNode, 0, 0, _slots, 1);
        good &= Objects.Revoke(_frame) == SeL4Error.NoError && SeL4.TCB_PerformBatch() == SeL4Error.IllegalOperation;
        _mapped = (BatchFrame*)Window.Alias(_frame);
        return good && _mapped->Completed == number && Objects.TryMake(_pool, ObjectType.Endpoint, 0, _slots) == SeL4Error.NoError;
    }

    private static bool RevokesFrame()
    {
        Objects.Revoke(_pool);
        bool good = Objects.TryMake(_pool, ObjectType.Page4K, 0, _slots + 8) == SeL4Error.NoError;
        AddressSpace.Own.Map(_slots + 8, Address, CapRights.ReadWrite, X86VMAttributes.ExecuteNever);
        Terminal.Require(Batch.Open(RootSlot.Tcb, _slots + 8, (BatchFrame*)Address, out Batch batch), "opening a batch"u8);
        batch.CNode_Revoke(RootSlot.CNode, _pool, Depth);
        batch.Untyped_Retype(_pool, ObjectType.Endpoint, 0, RootSlot.CNode, 0, 0, _slots, 1);
        good &= SeL4.TCB_PerformBatch() == SeL4Error.NoError && SeL4.TCB_PerformBatch() == SeL4Error.IllegalOperation;
        return good && Objects.TryMake(_pool, ObjectType.Endpoint, 0, _slots) == SeL4Error.NoError;
    }

    private static bool TakesOwnNode(in Stage stage)
    {
        stage.Reset();
        ref ChildTask task = ref stage.Of(Actor.First);
        Batch batch = Open(task.Thread);
        ulong number = batch.CNode_Delete(TaskLayout.NodeSlot, TaskLayout.NodeSlot, Depth);
        ulong behind = CopyInWorker(ref batch, TaskLayout.FirstFree);
        stage.Wait(Actor.First);
        bool good = stage.Waits(Actor.First) && IsDone(batch, number) && batch.IsDone(behind) && batch.ErrorOf(behind) == SeL4Error.InvalidCapability;
        task.Grant(task.Node, TaskLayout.NodeSlot, CapRights.All, new CNodeCapData(0, Limits.WordBits - TaskLayout.NodeBits).Raw);
        return good;
    }

    private static bool DeletesItself(in Stage stage, ElfImage worker)
    {
        stage.Reset();
        ref ChildTask host = ref stage.Of(Actor.Second);
        host.Stop();
        Objects.Revoke(_pool);
        var guard = new CNodeCapData(0, Limits.WordBits - TaskLayout.NodeBits);
        ulong thread = _slots + 8;
        bool good = Objects.TryMake(_pool, ObjectType.Tcb, 0, thread) == SeL4Error.NoError
            && SeL4.TCB_Configure(thread, 0, host.Node, guard.Raw, host.Space.Root, 0, TaskLayout.IpcBuffer, host.BufferFrame) == SeL4Error.NoError
            && SeL4.TCB_SetPriority(thread, RootSlot.Tcb, Priority.Low) == SeL4Error.NoError;
        Terminal.Require(Batch.Open(thread, _frame, _mapped, out Batch batch), "opening a batch"u8);
        ulong number = batch.CNode_Delete(TaskLayout.NodeSlot, TaskLayout.FirstFree, Depth);
        ulong behind = CopyInWorker(ref batch, TaskLayout.FirstFree + 1);
        UserContext registers = default;
        registers.Rip = worker.Entry;
        good = good && SeL4.TCB_WriteRegisters(thread, false, 0, UserContext.Count, &registers) == SeL4Error.NoError
            && SeL4.CNode_Move(host.Node, TaskLayout.FirstFree, NodeDepth, RootSlot.CNode, thread, Depth) == SeL4Error.NoError;

        // Its own capability is the last one, when that which resumes it is gone.
        good = good && SeL4.CNode_Copy(RootSlot.CNode, thread, Depth, host.Node, TaskLayout.FirstFree, NodeDepth, CapRights.All) == SeL4Error.NoError;
        good = good && SeL4.TCB_Resume(thread) == SeL4Error.NoError && Objects.Delete(thread) == SeL4Error.NoError;
        SeL4.TCB_SetPriority(RootSlot.Tcb, RootSlot.Tcb, Priority.Low - 1);
        SeL4.TCB_SetPriority(RootSlot.Tcb, RootSlot.Tcb, Priority.Root);
        good = good && _mapped->Completed == number && !batch.IsDone(behind)
            && SeL4.CNode_Delete(host.Node, TaskLayout.FirstFree, NodeDepth) == SeL4Error.NoError;
        return good && Objects.TryMake(_pool, ObjectType.Tcb, 0, thread) == SeL4Error.NoError;
    }

    private static bool Shared(in Stage stage)
    {
        stage.Reset();
        Batch batch = Open(), other = Open(stage.Of(Actor.First).Thread);
        Objects.TryMake(_pool, ObjectType.Endpoint, 0, _slots);

        // Slot 2 is each task's own CNode; only in the root task's there is a slot of that number.
        ulong number = batch.CNode_Delete(RootSlot.CNode, _slots, Depth);
        stage.Wait(Actor.First);
        bool untouched = other.ErrorOf(number) == SeL4Error.FailedLookup && Objects.TryMake(_pool, ObjectType.Endpoint, 0, _slots) == SeL4Error.DeleteFirst;
        return stage.Waits(Actor.First) && untouched && batch.Submit() && batch.ErrorOf(number) == SeL4Error.NoError
            && Objects.TryMake(_pool, ObjectType.Endpoint, 0, _slots) == SeL4Error.NoError;
    }

    private static bool ByAnother(in Stage stage)
    {
        stage.Reset();
        bool good = true;
        for (int i = 0; i < SeveralProcessors.Times && good; i++)
        {
            Batch batch = Open();
            Terminal.Require(SeL4.TCB_ReadEntries(RootSlot.Tcb, out EntryCounts before), "reading a thread's entries"u8);
            for (ulong slot = 0; slot < BatchFrame.Capacity; slot++)
                batch.Untyped_Retype(_pool, ObjectType.Tcb, 0, RootSlot.CNode, 0, 0, _slots + slot, 1);
            batch.Ring();
            good = Becomes(batch);
            Terminal.Require(SeL4.TCB_ReadEntries(RootSlot.Tcb, out EntryCounts after), "reading a thread's entries"u8);
            good &= after.SystemCalls - before.SystemCalls == 1;
            for (ulong back = 1; back <= BatchFrame.Capacity; back++)
                good &= batch.ErrorOf(batch.Count - back) == SeL4Error.NoError;
        }

        return good;
    }

    private static bool Becomes(in Batch batch)
    {
        for (int i = 0; i < 200_000_000; i++)
        {
            if (batch.IsDone(batch.Count - 1))
                return true;
        }

        return false;
    }

    private static bool Changing(in Stage stage, in CodePage code)
    {
        ref ChildTask task = ref SeveralProcessors.Begin(stage, 1);
        ulong shared = Objects.Copy(_frame);
        task.Space.Map(shared, Address, CapRights.ReadWrite, X86VMAttributes.ExecuteNever);
        Batch batch = Open();
        Objects.TryMake(_pool, ObjectType.Endpoint, 0, _slots);
        var info = (uint)((byte*)&BatchFrame.Entry(_mapped, 0)->Info - (byte*)_mapped);
        var copies = new MessageInfo((ulong)InvocationLabel.CNodeCopy, 0, 1, 5);
        var deletes = new MessageInfo((ulong)InvocationLabel.CNodeDelete, 0, 1, 5);
        code.Write(Flipping);
        code.Write(4, (copies.Raw << 32) | (Address + info));
        code.Write(16, (deletes.Raw << 32) | (Address + info));
        task.Command(WorkerCommand.Run, CodePage.Address);
        bool good = true;
        for (int i = 0; i < Turns && good; i++)
        {
            // The one that changes is the first entry's; the others are refused.
            bool changes = batch.Count % BatchFrame.Capacity == 0;
            ulong number = changes
                ? batch.CNode_Copy(RootSlot.CNode, _slots + 1, Depth, RootSlot.CNode, _slots, Depth, CapRights.All)
                : batch.Invoke(_slots, 0);
            good = batch.Submit() && batch.ErrorOf(number) == (changes ? SeL4Error.NoError : SeL4Error.IllegalOperation);
            Objects.Delete(_slots + 1);
        }

        SeveralProcessors.End(task);
        Objects.Delete(shared);
        return good && Objects.TryMint(_slots, _slots + 1, 0) == SeL4Error.NoError;
    }

    /// <summary>Writes a call that copies the worker's notification within its own CNode.</summary>
    private static ulong CopyInWorker(ref Batch batch, ulong slot) => batch.CNode_Copy(
        TaskLayout.NodeSlot, slot, Depth, TaskLayout.NodeSlot, TaskLayout.NotificationSlot, Depth, CapRights.All);

    private static bool IsDone(in Batch batch, ulong number) => batch.IsDone(number) && batch.ErrorOf(number) == SeL4Error.NoError;
}
