using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Sends user interrupts from one processor to another, and takes the sender away while it sends.</summary>
internal static unsafe class RemoteInterrupts
{
    private const ulong Badge = 1UL << 9;
    private const ulong FaultBadge = 0xF4;
    private const ulong GeneralProtection = 13;
    private const ulong Flood = 1000;
    private const ulong Endless = 1UL << 40;

    private static ulong s_memory;
    private static ulong s_thread;

    /// <summary>Runs all rows.</summary>
    public static void Run(in Stage stage, ref Report report)
    {
        ulong sender = Objects.TakeSlot();
        report.Row("processor"u8, "other, running"u8, "SENDUIPI"u8, "its handler runs there"u8, Interrupts(stage, sender));
        report.Row("processor"u8, "other, masked"u8, "SENDUIPI"u8, "a thousand posts have it enter the kernel once at most"u8, Floods(stage, sender));
        report.Row("processor"u8, "other, parked"u8, "SENDUIPI"u8, "it is woken there, each time"u8, Wakes(stage, sender));
        report.Row("processor"u8, "other, sending"u8, "Delete"u8, "it goes on, and nothing is posted behind that"u8, TakesAway(stage, sender));
        report.Row("processor"u8, "other, sending"u8, "receiver dies"u8, "it goes on, and who gets the memory is not rung"u8, TakesReceiverAway(stage, sender));
        report.Row("processor"u8, "other, sending"u8, "Unregister"u8, "it faults, and nothing is posted behind that"u8, Unregisters(stage, sender));
    }

    private static bool Interrupts(in Stage stage, ulong sender)
    {
        bool good = true;
        for (int i = 0; i < SeveralProcessors.Times && good; i++)
        {
            ref ChildTask task = ref Begin(stage, sender, out ulong index);
            good = Do(task, WorkerCommand.UnmaskInterrupts);
            task.Command(WorkerCommand.AwaitInterrupts);
            good = good && SeveralProcessors.Advances(task) && Send(stage, index, 1) && SeveralProcessors.Finishes(task) && task.Page->Badge == Badge
                && SeL4.Notification_UnregisterReceiver(stage.Notification) == SeL4Error.NoError && stage.TakeWord() == 0;
            SeveralProcessors.End(task);
        }

        return good;
    }

    private static bool Floods(in Stage stage, ulong sender)
    {
        ref ChildTask task = ref Begin(stage, sender, out ulong index);
        bool good = Do(task, WorkerCommand.MaskInterrupts);
        task.Command(WorkerCommand.Count);
        good = good && SeveralProcessors.Advances(task);
        ulong before = InterruptsOf(task);
        good = good && Send(stage, index, Flood) && SeveralProcessors.Advances(task);
        good = good && InterruptsOf(task) - before <= 1;
        SeveralProcessors.End(task);
        return good;
    }

    private static bool Wakes(in Stage stage, ulong sender)
    {
        ref ChildTask task = ref Begin(stage, sender, out ulong index);
        bool good = true;
        for (int i = 0; i < 10 * SeveralProcessors.Times && good; i++)
        {
            // It may be on its way to sleep, or asleep.
            stage.Wait(Actor.First);
            good = Send(stage, index, 1) && SeveralProcessors.Finishes(task) && stage.GotSignals(Actor.First, Badge);
        }

        SeveralProcessors.End(task);
        return good;
    }

    private static bool TakesAway(in Stage stage, ulong sender)
    {
        bool good = true;
        for (int i = 0; i < SeveralProcessors.Times && good; i++)
        {
            ref ChildTask task = ref Ring(stage, sender, stage.Of(Actor.Third).Thread, out SenderHandle handle);
            good = Arrives(stage) && Objects.Delete(sender) == SeL4Error.NoError;
            stage.Wait(Actor.Third, Syscall.NBRecv);
            good = good && GetsNothing(stage) && GetsNothing(stage) && StillRings(stage, task)
                && SeL4.TCB_ReadSenders(task.Thread, out ulong open) == SeL4Error.NoError && (open & (1UL << handle.Index)) == 0;
            EndRinging(stage, task);
        }

        return good;
    }

    private static bool TakesReceiverAway(in Stage stage, ulong sender)
    {
        if (s_memory == 0)
        {
            s_memory = Objects.Make(ObjectType.Untyped, Limits.TcbBits);
            s_thread = Objects.TakeSlot();
        }

        bool good = true;
        for (int i = 0; i < SeveralProcessors.Times && good; i++)
        {
            Terminal.Require(Objects.TryMake(s_memory, ObjectType.Tcb, 0, s_thread), "making a thread"u8);
            ref ChildTask task = ref Ring(stage, sender, s_thread, out _);
            
            // The receiver never runs, so what is posted to it shows when its registration ends.
            good = SeveralProcessors.Advances(task) && Objects.Delete(s_thread) == SeL4Error.NoError;
            good = good && stage.TakeWord() == Badge && Objects.TryMake(s_memory, ObjectType.Tcb, 0, s_thread) == SeL4Error.NoError
                && SeL4.TCB_RegisterReceiver(s_thread, stage.Notification, out _) == SeL4Error.NoError && StillRings(stage, task)
                && SeL4.Notification_UnregisterReceiver(stage.Notification) == SeL4Error.NoError && stage.TakeWord() == 0;
            EndRinging(stage, task);
            Terminal.Require(Objects.Revoke(s_memory), "deleting a thread"u8);
        }

        return good;
    }

    private static bool Unregisters(in Stage stage, ulong sender)
    {
        bool good = true;
        for (int i = 0; i < SeveralProcessors.Times && good; i++)
        {
            ref ChildTask task = ref Ring(stage, sender, stage.Of(Actor.Third).Thread, out SenderHandle handle);
            good = Arrives(stage) && SeL4.TCB_UnregisterSender(task.Thread, handle) == SeL4Error.NoError;
            stage.Wait(Actor.Third, Syscall.NBRecv);
            good = good && GetsNothing(stage);
            MessageInfo fault = SeL4.Recv(stage.Endpoint, out ulong badge);
            good = good && badge == FaultBadge && fault.Label == (ulong)FaultType.UserException && SeL4.GetMR(3) == GeneralProtection;
            EndRinging(stage, task);
        }

        return good;
    }

    /// <summary>Lets the first worker, on another processor, send to a thread without end; its faults come to the endpoint.</summary>
    private static ref ChildTask Ring(in Stage stage, ulong sender, ulong receiver, out SenderHandle handle)
    {
        ref ChildTask task = ref SeveralProcessors.Begin(stage, 1);
        task.TakeAway(TaskLayout.FaultSlot);
        task.Grant(stage.Endpoint, TaskLayout.FaultSlot, CapRights.All, FaultBadge);
        handle = default;
        bool good = SeL4.TCB_RegisterReceiver(receiver, stage.Notification, out _) == SeL4Error.NoError
            && Objects.TryMint(stage.Notification, sender, Badge) == SeL4Error.NoError
            && Senders.TryRegister(task.Thread, sender, out handle) == SeL4Error.NoError;
        Terminal.Require(good ? SeL4Error.NoError : SeL4Error.IllegalOperation, "registering a sender on another processor"u8);
        task.Command(WorkerCommand.SendInterrupt, handle.Index, Endless);
        return ref task;
    }

    private static void EndRinging(in Stage stage, in ChildTask task)
    {
        SeveralProcessors.End(task);
        task.TakeAway(TaskLayout.FaultSlot);
    }

    private static bool GetsNothing(in Stage stage)
    {
        stage.Wait(Actor.Third, Syscall.NBRecv);
        return stage.GotNothing(Actor.Third);
    }

    /// <summary>Tells whether a task goes on sending: it advances, and has not faulted.</summary>
    private static bool StillRings(in Stage stage, in ChildTask task)
    {
        bool advances = SeveralProcessors.Advances(task) && SeveralProcessors.Advances(task);
        SeL4.NBRecv(stage.Endpoint, out ulong badge);
        return advances && badge == 0;
    }

    /// <summary>Makes the first worker, on another processor, a receiver that the second sends to.</summary>
    private static ref ChildTask Begin(in Stage stage, ulong sender, out ulong index)
    {
        ref ChildTask task = ref SeveralProcessors.Begin(stage, 1);
        SenderHandle handle = default;
        bool good = Do(task, WorkerCommand.GetHandler)
            && SeL4.TCB_RegisterReceiver(task.Thread, stage.Notification, task.Page->Badge, Interruptions.RedZone, out _) == SeL4Error.NoError
            && Objects.TryMint(stage.Notification, sender, Badge) == SeL4Error.NoError
            && Senders.TryRegister(stage.Of(Actor.Second).Thread, sender, out handle) == SeL4Error.NoError
            && Do(task, WorkerCommand.TakeInterrupts);
        Terminal.Require(good ? SeL4Error.NoError : SeL4Error.IllegalOperation, "registering a receiver on another processor"u8);
        index = handle.Index;
        return ref task;
    }

    private static bool Arrives(in Stage stage)
    {
        for (int i = 0; i < 1000; i++)
        {
            stage.Wait(Actor.Third, Syscall.NBRecv);
            if (stage.GotSignals(Actor.Third, Badge))
                return true;
        }

        return false;
    }

    private static bool Send(in Stage stage, ulong index, ulong times)
    {
        stage.Of(Actor.Second).Command(WorkerCommand.SendInterrupt, index, times);
        return stage.Runs(Actor.Second);
    }

    private static bool Do(in ChildTask task, WorkerCommand command)
    {
        task.Command(command);
        return SeveralProcessors.Finishes(task);
    }

    private static ulong InterruptsOf(in ChildTask task)
    {
        Terminal.Require(SeL4.TCB_ReadEntries(task.Thread, out EntryCounts entries), "reading a thread's entries"u8);
        return entries.Interrupts;
    }
}
