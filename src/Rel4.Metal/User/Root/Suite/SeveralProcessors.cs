using System.Threading;
using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Lets workers run on other processors than the root task's, where there are some, and does to them from here what is usually done to threads that don't run.</summary>
/// <remarks>The root task sees by a worker's page that it runs while the root task does, so nothing here is left to time but how long nothing may happen.</remarks>
internal static unsafe class SeveralProcessors
{
    private const ulong Address = 0x6800_0000;
    private const ulong FaultBadge = 0xF3;

    // Turns of a loop: as many as a worker may take to get going, and as many as one is given to do what it must not.
    private const int Patience = 200_000_000;
    private const int Moment = 20_000;

    /// <summary>How often a row does what may go wrong by chance.</summary>
    public const int Times = 50;

    // mov rax, [ADDRESS]; mov [PAGE], rax; jmp back
    private static ReadOnlySpan<byte> Copying =>
    [
        0x48, 0xA1, 0, 0, 0, 0, 0, 0, 0, 0, 0x48, 0xA3, 0, 0, 0, 0, 0, 0, 0, 0, 0xEB, 0xEA,
    ];

    /// <summary>Runs the row that needs no other processor.</summary>
    public static void RunOnOne(BootInfo* information, in Stage stage, ref Report report) =>
        report.Row("processor"u8, "any"u8, "SetAffinity"u8, "where there is none: IllegalOperation"u8, Refuses(stage, information->NodeCount));

    /// <summary>Runs all rows; the machine has several processors, which run at the same time.</summary>
    public static void Run(BootInfo* information, in Stage stage, in CodePage code, ElfImage worker, ref Report report)
    {
        ulong count = information->NodeCount;
        RunOnOne(information, stage, ref report);
        report.Row("processor"u8, "other"u8, "runs"u8, "at the same time as the root task"u8, RunsAtOnce(stage, count));
        report.Row("processor"u8, "other"u8, "SetAffinity"u8, "back here, a lower one waits; there again, it goes on"u8, Moves(stage));
        report.Row("processor"u8, "other"u8, "Suspend"u8, "stops at once; resumed, it goes on"u8, Suspends(stage));
        report.Row("processor"u8, "other"u8, "ReadRegisters"u8, "shows where it is, and it goes on"u8, ShowsRegisters(stage));
        report.Row("processor"u8, "other"u8, "WriteRegisters"u8, "begins anew"u8, Restarts(stage));
        report.Row("processor"u8, "other"u8, "Signal"u8, "wakes a worker there, and that wakes the root task"u8, Signals(stage));
        report.Row("processor"u8, "other"u8, "Call"u8, "is served there, each time"u8, Calls(stage));
        report.Row("processor"u8, "two others"u8, "Call"u8, "each serves the other's; both are still there"u8, CallEachOther(stage, count));
        report.Row("processor"u8, "other"u8, "Unmap"u8, "what is written behind that is not seen there; it faults"u8, Unmaps(stage, code));
        report.Row("processor"u8, "other"u8, "delete"u8, "a running thread is gone, and its memory another's"u8, Deletes(stage, worker));
        RemoteInterrupts.Run(stage, ref report);
        Batches.RunWithOthers(stage, code, ref report);
        ulong seed = ExtraInformation.NumberOf(information, "seed="u8, 1), rounds = ExtraInformation.NumberOf(information, "rounds="u8, Times);
        report.Row("processor"u8, "all"u8, "random batches"u8, "what they are made of is taken away at any step, and can be"u8, RandomBatches.Run(count, seed, (int)rounds) != 0);
        report.Row("processor"u8, "all"u8, "random acts"u8, "the workers are unhurt"u8, Survives(stage, count));
        stage.Reset();
    }

    private static bool Refuses(in Stage stage, ulong count) =>
        SeL4.TCB_SetAffinity(stage.Of(Actor.First).Thread, count) == SeL4Error.IllegalOperation
        && SeL4.TCB_SetAffinity(stage.Of(Actor.First).Thread, ulong.MaxValue) == SeL4Error.IllegalOperation
        && SeL4.TCB_SetAffinity(RootSlot.CNode, 0) == SeL4Error.IllegalOperation
        && SeL4.TCB_SetAffinity(stage.Of(Actor.First).Thread, 0) == SeL4Error.NoError;

    private static bool RunsAtOnce(in Stage stage, ulong count)
    {
        bool all = true;
        for (ulong processor = 1; processor < count; processor++)
        {
            ref ChildTask task = ref Begin(stage, processor);
            task.Command(WorkerCommand.Count);
            all &= Advances(task) && Advances(task);
            End(task);
        }

        return all;
    }

    private static bool Moves(in Stage stage)
    {
        ref ChildTask task = ref Begin(stage, 1);
        task.Command(WorkerCommand.Count);
        bool good = Advances(task);
        task.SetPriority(Priority.Low);
        for (int i = 0; i < Times && good; i++)
            good = MoveTo(task, 0) && Stays(task) && MoveTo(task, 1) && Advances(task);
        End(task);
        return good;
    }

    private static bool Suspends(in Stage stage)
    {
        ref ChildTask task = ref Begin(stage, 1);
        task.Command(WorkerCommand.Count);
        bool good = Advances(task);
        for (int i = 0; i < Times && good; i++)
        {
            task.Stop();
            good = Stays(task) && SeL4.TCB_Resume(task.Thread) == SeL4Error.NoError && Advances(task);
        }

        End(task);
        return good;
    }

    private static bool ShowsRegisters(in Stage stage)
    {
        ref ChildTask task = ref Begin(stage, 1);
        task.Command(WorkerCommand.Count);
        bool good = Advances(task);
        for (int i = 0; i < Times && good; i++)
        {
            UserContext registers;
            good = SeL4.TCB_ReadRegisters(task.Thread, false, 0, UserContext.Count, &registers) == SeL4Error.NoError
                && registers.Rip != 0 && registers.Rip < Address && registers.Rsp != 0 && Advances(task);
        }

        End(task);
        return good;
    }

    private static bool Restarts(in Stage stage)
    {
        ref ChildTask task = ref Begin(stage, 1);
        bool good = true;
        for (int i = 0; i < Times && good; i++)
        {
            task.Command(WorkerCommand.Count);
            good = Advances(task);
            task.Restart();
            task.Command(WorkerCommand.Read, TaskLayout.Commands);
            good &= Finishes(task);
        }

        End(task);
        return good;
    }

    private static bool Signals(in Stage stage)
    {
        ref ChildTask task = ref Begin(stage, 1);
        bool good = true;
        for (int i = 0; i < Times && good; i++)
        {
            stage.Signal(Actor.First);
            SeL4.Wait(stage.Notification, out ulong word);
            good = word == Stage.BadgeOf(Actor.First) && Finishes(task);
        }

        End(task);
        return good;
    }

    private static bool Calls(in Stage stage)
    {
        ref ChildTask task = ref Begin(stage, 1);
        task.Command(WorkerCommand.Serve, TaskLayout.EndpointSlot, 2);
        bool good = true;
        Words words = default;
        for (int i = 0; i < 10 * Times && good; i++)
        {
            good = SeL4.CallWithMRs(
                stage.Endpoint, new MessageInfo(0, 0, 0, 1), ref words.Word0, ref words.Word1, ref words.Word2, ref words.Word3).Length == 2;
        }

        End(task);
        return good;
    }

    private static bool CallEachOther(in Stage stage, ulong count)
    {
        ref ChildTask first = ref Begin(stage, 1);
        ref ChildTask second = ref stage.Of(Actor.Second);
        ref ChildTask third = ref stage.Of(Actor.Third);
        bool good = MoveTo(second, 2 % count) && MoveTo(third, 3 % count);
        first.Command(WorkerCommand.Serve, TaskLayout.EndpointSlot, 1);
        for (int i = 0; i < Times && good; i++)
        {
            stage.Trap(Actor.Second, Syscall.Call, TaskLayout.EndpointSlot);
            stage.Trap(Actor.Third, Syscall.Call, TaskLayout.EndpointSlot);
            good = Finishes(second) && Finishes(third) && second.Page->Received.Length == 1 && third.Page->Received.Length == 1;
        }

        End(first);
        End(second);
        End(third);
        return good;
    }

    private static bool Unmaps(in Stage stage, in CodePage code)
    {
        ref ChildTask task = ref Begin(stage, 1);
        task.TakeAway(TaskLayout.FaultSlot);
        task.Grant(stage.Endpoint, TaskLayout.FaultSlot, CapRights.All, FaultBadge);
        ulong frame = Objects.Make(ObjectType.Page4K);
        var shared = (ulong*)Window.Alias(frame);
        code.Write(Copying);
        code.Write(2, Address);
        code.Write(12, TaskLayout.Commands + (ulong)((byte*)&task.Page->Turns - (byte*)task.Page));
        bool good = true;
        for (ulong i = 1; i <= Times && good; i++)
        {
            *shared = 2 * i;
            task.Space.Map(frame, Address, CapRights.ReadWrite, X86VMAttributes.ExecuteNever);
            if (i == 1)
                task.Command(WorkerCommand.Run, CodePage.Address);
            else
                SeL4.Reply(default);
            good = Comes(task, 2 * i) && SeL4.X86_Page_Unmap(frame) == SeL4Error.NoError;
            Volatile.Write(ref *shared, (2 * i) + 1);
            SeL4.Recv(stage.Endpoint, out ulong badge);
            good &= badge == FaultBadge && task.Page->Turns == 2 * i;
        }

        End(task);
        task.TakeAway(TaskLayout.FaultSlot);
        return good;
    }

    private static bool Deletes(in Stage stage, ElfImage worker)
    {
        stage.Reset();
        ref ChildTask host = ref stage.Of(Actor.Second);
        host.Stop();
        ulong memory = Objects.Make(ObjectType.Untyped, Limits.TcbBits), slot = Objects.TakeSlot();
        var guard = new CNodeCapData(0, Limits.WordBits - TaskLayout.NodeBits);
        bool good = true;
        for (int i = 0; i < Times && good; i++)
        {
            // A thread in the second worker's place, which runs all of its program.
            good = Objects.TryMake(memory, ObjectType.Tcb, 0, slot) == SeL4Error.NoError
                && SeL4.TCB_Configure(slot, 0, host.Node, guard.Raw, host.Space.Root, 0, TaskLayout.IpcBuffer, host.BufferFrame) == SeL4Error.NoError
                && SeL4.TCB_SetPriority(slot, RootSlot.Tcb, Priority.Worker) == SeL4Error.NoError
                && SeL4.TCB_SetAffinity(slot, 1) == SeL4Error.NoError;
            UserContext registers = default;
            registers.Rip = worker.Entry;
            good = good && SeL4.TCB_WriteRegisters(slot, true, 0, UserContext.Count, &registers) == SeL4Error.NoError;
            host.Command(WorkerCommand.Count);
            good = good && Advances(host) && Objects.Revoke(memory) == SeL4Error.NoError && Stays(host);
        }

        return good;
    }

    private static bool Survives(in Stage stage, ulong count)
    {
        var random = new SplitMix(20261127);
        Begin(stage, 1);

        // Here, a higher one could keep the root task from running.
        for (Actor actor = Actor.First; actor <= Actor.Third; actor++)
            stage.Of(actor).SetPriority(Priority.Low);
        for (int i = 0; i < 20 * Times; i++)
        {
            var actor = (Actor)(random.Next() % 3);
            ref ChildTask task = ref stage.Of(actor);
            switch (random.Next() % 12)
            {
                case 0:
                    MoveTo(task, random.Next() % count);
                    break;
                case 1:
                    task.Stop();
                    break;
                case 2:
                    SeL4.TCB_Resume(task.Thread);
                    break;
                case 3:
                    task.SetPriority(Priority.Low - (random.Next() % 2));
                    break;
                case 4:
                    UserContext registers;
                    SeL4.TCB_ReadRegisters(task.Thread, random.Next() % 2 == 0, 0, UserContext.Count, &registers);
                    break;
                case 5:
                    task.Restart();
                    task.Command(WorkerCommand.Serve, TaskLayout.EndpointSlot, random.Next() % 6);
                    break;
                case 6:
                    task.Restart();
                    task.Command(WorkerCommand.Take, TaskLayout.NotificationSlot);
                    break;
                case 7:
                    task.Restart();
                    stage.Trap(actor, Syscall.Call, TaskLayout.EndpointSlot);
                    break;
                case 8:
                    task.Restart();
                    task.Command(WorkerCommand.Count);
                    break;
                case 9:
                    SeL4.NBSendWithMRs(stage.Endpoint, new MessageInfo(0, 0, 0, 4));
                    break;
                case 10:
                    SeL4.Signal(stage.Notification);
                    break;
                default:
                    if (random.Next() % 16 == 0)
                        stage.Reset();
                    else
                        Pass((int)(random.Next() % Moment));
                    break;
            }
        }

        bool good = true;
        for (Actor actor = Actor.First; actor <= Actor.Third; actor++)
        {
            ref ChildTask task = ref stage.Of(actor);
            task.Stop();
            task.SetPriority(Priority.Worker);
            good &= MoveTo(task, 0);
        }

        stage.Reset();
        stage.Receive(Actor.First);
        stage.Send(Actor.Second);
        return good && stage.GotMessage(Actor.First, Actor.Second);
    }

    /// <summary>Begins a row with the first worker on a processor, where it waits for a command.</summary>
    public static ref ChildTask Begin(in Stage stage, ulong processor)
    {
        stage.Reset();
        Terminal.Require(SeL4.TCB_SetAffinity(stage.Of(Actor.First).Thread, processor), "setting a processor"u8);
        return ref stage.Of(Actor.First);
    }

    /// <summary>Ends a row for a worker: it is stopped, and of this processor again.</summary>
    public static void End(in ChildTask task)
    {
        task.Stop();
        task.SetPriority(Priority.Worker);
        Terminal.Require(SeL4.TCB_SetAffinity(task.Thread, 0), "setting a processor"u8);
    }

    /// <summary>Moves a worker to a processor.</summary>
    public static bool MoveTo(in ChildTask task, ulong processor) => SeL4.TCB_SetAffinity(task.Thread, processor) == SeL4Error.NoError;

    /// <summary>Tells whether a worker goes on with its endless loop.</summary>
    public static bool Advances(in ChildTask task)
    {
        ulong turns = Volatile.Read(ref task.Page->Turns);
        for (int i = 0; i < Patience; i++)
        {
            if (Volatile.Read(ref task.Page->Turns) != turns)
                return true;
        }

        return false;
    }

    private static bool Comes(in ChildTask task, ulong turns)
    {
        for (int i = 0; i < Patience; i++)
        {
            if (Volatile.Read(ref task.Page->Turns) == turns)
                return true;
        }

        return false;
    }

    /// <summary>Tells whether a worker does its last command in time.</summary>
    public static bool Finishes(in ChildTask task)
    {
        for (int i = 0; i < Patience; i++)
        {
            if (Volatile.Read(ref task.Page->Completed) == task.Page->Issued)
                return true;
        }

        return false;
    }

    private static bool Stays(in ChildTask task)
    {
        ulong turns = Volatile.Read(ref task.Page->Turns);
        for (int i = 0; i < Moment; i++)
        {
            if (Volatile.Read(ref task.Page->Turns) != turns)
                return false;
        }

        return true;
    }

    private static void Pass(int turns)
    {
        ulong word = 0;
        for (int i = 0; i < turns; i++)
            Volatile.Write(ref word, (ulong)i);
    }
}
