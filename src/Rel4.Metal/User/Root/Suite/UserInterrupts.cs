using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Sends user interrupts between workers: in each state of the receiver, and in every way that is refused.</summary>
/// <remarks>The first worker is the receiver. The second sends, or handles the first one's faults while the third sends.</remarks>
internal static unsafe class UserInterrupts
{
    private const int FirstBit = 5;
    private const int SecondBit = 41;
    private const ulong First = 1UL << FirstBit;
    private const ulong Second = 1UL << SecondBit;

    // As many as a thread can have, and more than there are.
    private const ulong SenderCount = 20;

    private const ulong Closed = 1UL << SenderHandle.ClosedBit;

    // More threads than there was a table of receivers for, once, and with more senders than there was one for.
    private const ulong ManyReceivers = 256;
    private const ulong ManySenders = 60;

    private const ulong GeneralProtection = 13;
    private const ulong UndefinedInstruction = 6;
    private const ulong UserFetch = 0x14;
    private const ulong UserWrite = 6;
    private const ulong Nowhere = 0x6666_0000;
    private const ulong KernelAddress = 0xFFFF_FFFF_8010_0000;

    private static ulong _firstSlot;
    private static ulong _secondSlot;
    private static ulong _tableSlots;
    private static ulong _otherNotification;
    private static ulong _otherSlot;
    private static ulong _memory;
    private static ulong _thread;
    private static ulong _crowdSlots;

    /// <summary>Runs all rows.</summary>
    public static void Run(in Stage stage, in CodePage code, ref Report report)
    {
        _firstSlot = Objects.TakeSlot();
        _secondSlot = Objects.TakeSlot();
        _otherSlot = Objects.TakeSlot();
        _thread = Objects.TakeSlot();
        _otherNotification = Objects.Make(ObjectType.Notification);
        _memory = Objects.Make(ObjectType.Untyped, Limits.LargePageBits);
        // First: later rows leave every worker with a table.
        report.Row("interrupt"u8, "no table"u8, "SENDUIPI"u8, "vector 6"u8, NeverRegistered(stage));
        report.Row("interrupt"u8, "to itself"u8, "SENDUIPI"u8, "its handler runs, once for each"u8, ToItself(stage));
        report.Row("interrupt"u8, "masked"u8, "SENDUIPI"u8, "pending until STUI; TESTUI tells"u8, Masked(stage));
        report.Row("interrupt"u8, "preempted"u8, "SENDUIPI"u8, "delivered when the receiver runs"u8, Preempted(stage));
        report.Row("interrupt"u8, "two bits"u8, "SENDUIPI"u8, "both delivered"u8, Both(stage));
        report.Row("interrupt"u8, "parked"u8, "SENDUIPI"u8, "the waiter gets the word"u8, Parked(stage));
        report.Row("interrupt"u8, "parked, bound"u8, "SENDUIPI"u8, "delivered while it receives from an endpoint"u8, Bound(stage));
        report.Row("interrupt"u8, "posted before"u8, "Wait"u8, "returns the word at once"u8, Before(stage, Syscall.Recv));
        report.Row("interrupt"u8, "posted before"u8, "Poll"u8, "returns the word"u8, Before(stage, Syscall.NBRecv));
        report.Row("interrupt"u8, "preempted"u8, "Signal"u8, "the kernel's signal comes to the handler too"u8, BySignal(stage));
        report.Row("interrupt"u8, "no handler"u8, "SENDUIPI"u8, "Poll returns the word"u8, WithoutHandler(stage));
        report.Row("interrupt"u8, "pending"u8, "Unregister"u8, "the word is the notification's again"u8, Unregistered(stage));
        report.Row("interrupt"u8, "registered"u8, "Register"u8, "refused: a thread and a notification have one receiver"u8, RegisteredTwice(stage));
        report.Row("interrupt"u8, "table full"u8, "Register"u8, "NotEnoughMemory"u8, TableFull(stage));

        report.Row("interrupt"u8, "crowded"u8, "Register"u8, "others' registrations take nothing of one's own"u8, Crowded(stage));

        report.Row("interrupt"u8, "revoked"u8, "SENDUIPI"u8, "reaches nobody, and is no fault"u8, Revoked(stage));
        report.Row("interrupt"u8, "no receiver"u8, "SENDUIPI"u8, "reaches nobody, and is no fault"u8, ReceiverGone(stage));
        report.Row("interrupt"u8, "receiver dead"u8, "SENDUIPI"u8, "reaches nobody, nor who gets its memory"u8, ReceiverDead(stage));
        report.Row("interrupt"u8, "closed"u8, "comes"u8, "bit 63; ReadSenders tells which"u8, HearsOfClosed(stage));
        report.Row("interrupt"u8, "closed, parked"u8, "comes"u8, "the waiter gets bit 63"u8, WakesForClosed(stage));
        report.Row("interrupt"u8, "closed"u8, "Register"u8, "its index stays the ringer's until it is unregistered"u8, KeepsIndex(stage));
        report.Row("interrupt"u8, "stale handle"u8, "Unregister"u8, "IllegalOperation"u8, RefusesStale(stage));
        report.Row("interrupt"u8, "unregistered"u8, "SENDUIPI"u8, "vector 13"u8, FaultsAfterUnregistering(stage));
        report.Row("interrupt"u8, "forged index"u8, "SENDUIPI"u8, "vector 13, whatever the index"u8, Forged(stage));
        report.Row("interrupt"u8, "bad handler"u8, "SENDUIPI"u8, "the receiver faults, not the sender"u8, BadHandler(stage, Nowhere));
        report.Row("interrupt"u8, "kernel handler"u8, "SENDUIPI"u8, "the receiver faults, not the sender"u8, BadHandler(stage, KernelAddress));
        report.Row("interrupt"u8, "no stack"u8, "SENDUIPI"u8, "the receiver faults, not the sender"u8, NoStack(stage));
        report.Row("interrupt"u8, "crafted frame"u8, "UIRET"u8, "no address outside, no flags of the kernel's"u8, CraftedFrames(stage, code));
        report.Row("interrupt"u8, "stopped"u8, "Unregister"u8, "the word is the notification's again, no handler runs"u8, EndsWhileStopped(stage));
    }

    private static bool ToItself(in Stage stage)
    {
        if (!Register(stage) || !RegisterSender(stage, Actor.First, _firstSlot, out ulong index))
            return false;
        bool taken = Do(stage, Actor.First, WorkerCommand.UnmaskInterrupts) && Send(stage, Actor.First, index) && Arrived(stage) == First;
        return taken && Send(stage, Actor.First, index) && Arrived(stage) == First && Arrived(stage) == 0;
    }

    private static bool Masked(in Stage stage)
    {
        if (!Register(stage) || !RegisterSender(stage, Actor.First, _firstSlot, out ulong index))
            return false;
        bool masked = Do(stage, Actor.First, WorkerCommand.MaskInterrupts) && Tested(stage) == 0;
        bool pending = Send(stage, Actor.First, index) && Arrived(stage) == 0;
        return masked && pending && Do(stage, Actor.First, WorkerCommand.UnmaskInterrupts) && Tested(stage) == 1 && Arrived(stage) == First;
    }

    private static bool Preempted(in Stage stage) =>
        Prepare(stage, out ulong index) && Send(stage, Actor.Second, index) && Arrived(stage) == First && Arrived(stage) == 0;

    private static bool Both(in Stage stage) =>
        Prepare(stage, out ulong first) && RegisterSender(stage, Actor.Third, _secondSlot, out ulong second)
        && Send(stage, Actor.Second, first) && Send(stage, Actor.Third, second, 2) && Arrived(stage) == (First | Second);

    private static bool Parked(in Stage stage)
    {
        if (!Prepare(stage, out ulong index))
            return false;
        stage.Wait(Actor.First);
        bool waits = stage.Waits(Actor.First);
        return waits && Send(stage, Actor.Second, index) && stage.GotSignals(Actor.First, First) && Arrived(stage) == 0;
    }

    private static bool Bound(in Stage stage)
    {
        if (!Prepare(stage, out ulong index) || SeL4.TCB_BindNotification(stage.Of(Actor.First).Thread, stage.Notification) != SeL4Error.NoError)
            return false;
        stage.Receive(Actor.First);
        bool waits = stage.Waits(Actor.First);
        bool got = Send(stage, Actor.Second, index) && stage.GotSignals(Actor.First, First);
        return waits && got && SeL4.TCB_UnbindNotification(stage.Of(Actor.First).Thread) == SeL4Error.NoError;
    }

    private static bool Before(in Stage stage, Syscall call)
    {
        // Masked, or the handler would have them first.
        if (!Register(stage) || !RegisterSender(stage, Actor.Second, _firstSlot, out ulong index) || !Do(stage, Actor.First, WorkerCommand.MaskInterrupts)
            || !Send(stage, Actor.Second, index))
            return false;
        stage.Wait(Actor.First, call);
        bool got = stage.GotSignals(Actor.First, First);
        stage.Wait(Actor.First, Syscall.NBRecv);
        return got && stage.GotNothing(Actor.First) && Do(stage, Actor.First, WorkerCommand.UnmaskInterrupts) && Arrived(stage) == 0;
    }

    private static bool BySignal(in Stage stage)
    {
        if (!Prepare(stage, out _))
            return false;
        stage.Signal(Actor.Second);
        return Arrived(stage) == Stage.BadgeOf(Actor.Second);
    }

    private static bool WithoutHandler(in Stage stage)
    {
        stage.Reset();
        bool registered = SeL4.TCB_RegisterReceiver(stage.Of(Actor.First).Thread, stage.Notification, out _) == SeL4Error.NoError;
        if (!registered || !RegisterSender(stage, Actor.Second, _firstSlot, out ulong index) || !Do(stage, Actor.First, WorkerCommand.UnmaskInterrupts)
            || !Send(stage, Actor.Second, index) || Arrived(stage) != 0)
            return false;
        stage.Wait(Actor.First, Syscall.NBRecv);
        return stage.GotSignals(Actor.First, First);
    }

    private static bool Unregistered(in Stage stage)
    {
        if (!Register(stage) || !RegisterSender(stage, Actor.Second, _firstSlot, out ulong index) || !Do(stage, Actor.First, WorkerCommand.MaskInterrupts)
            || !Send(stage, Actor.Second, index) || !Do(stage, Actor.First, WorkerCommand.TestInterrupts))
            return false;
        return SeL4.Notification_UnregisterReceiver(stage.Notification) == SeL4Error.NoError && stage.TakeWord() == First;
    }

    private static bool RegisteredTwice(in Stage stage)
    {
        if (!Prepare(stage, out ulong index))
            return false;
        ulong thread = stage.Of(Actor.First).Thread, other = stage.Of(Actor.Second).Thread;
        return SeL4.TCB_RegisterReceiver(other, stage.Notification, out _) == SeL4Error.IllegalOperation
            && SeL4.TCB_RegisterReceiver(thread, stage.Notification, out _) == SeL4Error.IllegalOperation
            && RegisterSender(stage, Actor.Second, _firstSlot, out ulong again, makesSlot: false) && again == index;
    }

    private static bool TableFull(in Stage stage)
    {
        if (!Prepare(stage, out _))
            return false;
        ulong thread = stage.Of(Actor.Second).Thread, first = _tableSlots;
        if (first == 0)
        {
            first = _tableSlots = Objects.TakeSlot();
            for (ulong i = 1; i < SenderCount; i++)
                Objects.TakeSlot();
        }

        bool good = true;
        for (ulong i = 1; i <= SenderCount; i++)
        {
            ulong slot = first + i - 1;
            good &= Objects.TryMint(stage.Notification, slot, 1) == SeL4Error.NoError
                && Senders.TryRegister(thread, slot, out SenderHandle handle) == (i < SenderCount ? SeL4Error.NoError : SeL4Error.NotEnoughMemory)
                && (i == SenderCount || handle.Index == i);
        }

        return good;
    }

    private static bool Crowded(in Stage stage)
    {
        stage.Reset();
        ulong first = Crowd, slots = first + (2 * ManyReceivers);
        bool good = Objects.TryMake(_memory, ObjectType.Tcb, 0, first, ManyReceivers) == SeL4Error.NoError
            && Objects.TryMake(_memory, ObjectType.Notification, 0, first + ManyReceivers, ManyReceivers) == SeL4Error.NoError;
        for (ulong i = 0; i < ManyReceivers && good; i++)
            good = SeL4.TCB_RegisterReceiver(first + i, first + ManyReceivers + i, out _) == SeL4Error.NoError;
        for (ulong sender = 0; sender < SenderCount && good; sender++)
        {
            good = Objects.TryMint(first + ManyReceivers, slots + sender, 1) == SeL4Error.NoError;
            for (ulong i = 0; i < ManySenders && good; i++)
                good = SeL4.TCB_RegisterSender(first + i, slots + sender, out _) == SeL4Error.NoError;
        }

        good = good && Prepare(stage, out ulong index) && Send(stage, Actor.Second, index) && Arrived(stage) == First;
        return Objects.Revoke(_memory) == SeL4Error.NoError && good;
    }

    // Slots for all that a crowd has, one after the other.
    private static ulong Crowd
    {
        get
        {
            if (_crowdSlots == 0)
            {
                _crowdSlots = Objects.TakeSlot();
                for (ulong i = 1; i < (2 * ManyReceivers) + SenderCount; i++)
                    Objects.TakeSlot();
            }

            return _crowdSlots;
        }
    }

    private static bool Revoked(in Stage stage)
    {
        if (!Prepare(stage, out ulong index))
            return false;
        Objects.Delete(_firstSlot);
        return Send(stage, Actor.Second, index, 2) && Arrived(stage) == 0;
    }

    private static bool ReceiverGone(in Stage stage)
    {
        if (!Prepare(stage, out ulong index) || SeL4.Notification_UnregisterReceiver(stage.Notification) != SeL4Error.NoError)
            return false;

        // The same thread is a receiver anew, of the same notification.
        return Register(stage, HandlerOf(stage), Interruptions.RedZone) && Do(stage, Actor.First, WorkerCommand.UnmaskInterrupts)
            && Send(stage, Actor.Second, index, 2) && Arrived(stage) == 0;
    }

    private static bool ReceiverDead(in Stage stage)
    {
        stage.Reset();
        bool good = Objects.TryMake(_memory, ObjectType.Tcb, 0, _thread) == SeL4Error.NoError
            && SeL4.TCB_RegisterReceiver(_thread, stage.Notification, out _) == SeL4Error.NoError
            && RegisterSender(stage, Actor.Second, _firstSlot, out ulong index)
            && Send(stage, Actor.Second, index) && Objects.Delete(_thread) == SeL4Error.NoError && stage.TakeWord() == First
            && Objects.TryMake(_memory, ObjectType.Tcb, 0, _thread) == SeL4Error.NoError
            && SeL4.TCB_RegisterReceiver(_thread, stage.Notification, out _) == SeL4Error.NoError
            && Send(stage, Actor.Second, index, 2) && Objects.Delete(_thread) == SeL4Error.NoError && stage.TakeWord() == 0;
        return Objects.Revoke(_memory) == SeL4Error.NoError && good;
    }

    private static bool HearsOfClosed(in Stage stage)
    {
        if (!PrepareRinger(stage, out SenderHandle kept, out SenderHandle closed))
            return false;
        ulong thread = stage.Of(Actor.First).Thread, both = (1UL << kept.Index) | (1UL << closed.Index);
        bool before = SeL4.TCB_ReadSenders(thread, out ulong open) == SeL4Error.NoError && open == both && Arrived(stage) == 0;
        Objects.Delete(_otherSlot);
        return before && Arrived(stage) == Closed && Arrived(stage) == 0
            && SeL4.TCB_ReadSenders(thread, out open) == SeL4Error.NoError && open == 1UL << kept.Index
            && Send(stage, Actor.First, closed.Index) && Arrived(stage) == 0 && Send(stage, Actor.First, kept.Index) && Arrived(stage) == First;
    }

    private static bool WakesForClosed(in Stage stage)
    {
        if (!PrepareRinger(stage, out _, out _))
            return false;
        stage.Wait(Actor.First);
        bool waits = stage.Waits(Actor.First);
        return waits && SeL4.Notification_UnregisterReceiver(_otherNotification) == SeL4Error.NoError && stage.GotSignals(Actor.First, Closed);
    }

    private static bool KeepsIndex(in Stage stage)
    {
        if (!PrepareRinger(stage, out SenderHandle kept, out SenderHandle closed))
            return false;
        ulong thread = stage.Of(Actor.First).Thread;
        Objects.Delete(_otherSlot);
        bool rings = Arrived(stage) == Closed && Objects.TryMint(stage.Notification, _secondSlot, Second) == SeL4Error.NoError
            && Senders.TryRegister(thread, _secondSlot, out SenderHandle next) == SeL4Error.NoError && next.Index != closed.Index && next.Index != kept.Index
            && Send(stage, Actor.First, closed.Index) && Arrived(stage) == 0 && Send(stage, Actor.First, next.Index) && Arrived(stage) == Second
            && SeL4.TCB_UnregisterSender(thread, next) == SeL4Error.NoError;
        return rings && SeL4.TCB_UnregisterSender(thread, closed) == SeL4Error.NoError
            && Senders.TryRegister(thread, _secondSlot, out SenderHandle again) == SeL4Error.NoError && again.Index == closed.Index && again.Raw != closed.Raw
            && Send(stage, Actor.First, again.Index) && Arrived(stage) == Second;
    }

    private static bool RefusesStale(in Stage stage)
    {
        if (!PrepareRinger(stage, out SenderHandle kept, out SenderHandle closed))
            return false;
        ulong thread = stage.Of(Actor.First).Thread, other = stage.Of(Actor.Second).Thread;
        Objects.Delete(_otherSlot);
        return Arrived(stage) == Closed && SeL4.TCB_UnregisterSender(other, kept) == SeL4Error.IllegalOperation
            && SeL4.TCB_UnregisterSender(thread, new SenderHandle(kept.Index, kept.Generation + 1)) == SeL4Error.IllegalOperation
            && SeL4.TCB_UnregisterSender(thread, new SenderHandle(kept.Index, 0)) == SeL4Error.IllegalOperation
            && SeL4.TCB_UnregisterSender(thread, new SenderHandle((ushort)SenderCount, kept.Generation)) == SeL4Error.IllegalOperation
            && SeL4.TCB_UnregisterSender(thread, closed) == SeL4Error.NoError && SeL4.TCB_UnregisterSender(thread, closed) == SeL4Error.IllegalOperation
            && Senders.TryRegister(thread, _firstSlot, out SenderHandle same) == SeL4Error.NoError && same.Raw == kept.Raw;
    }

    private static bool FaultsAfterUnregistering(in Stage stage)
    {
        if (!PrepareFault(stage, out ulong index) || SeL4.TCB_UnregisterSender(stage.Of(Actor.First).Thread, _firstSlot) != SeL4Error.NoError)
            return false;
        stage.Of(Actor.First).Command(WorkerCommand.SendInterrupt, index, 1);
        return Faults.ToldOfException(stage, GeneralProtection);
    }

    private static bool Forged(in Stage stage)
    {
        bool good = true;
        for (ulong index = 1; good && index != 1UL << 40; index = index == SenderCount ? ulong.MaxValue : index == ulong.MaxValue ? 1UL << 40 : index + 1)
        {
            if (!PrepareFault(stage, out _))
                return false;
            stage.Of(Actor.First).Command(WorkerCommand.SendInterrupt, index, 1);
            good = Faults.ToldOfException(stage, GeneralProtection);
        }

        return good;
    }

    private static bool NeverRegistered(in Stage stage)
    {
        Faults.Prepare(stage);
        stage.Of(Actor.First).Command(WorkerCommand.SendInterrupt, 0, 1);
        return Faults.ToldOfException(stage, UndefinedInstruction);
    }

    private static bool BadHandler(in Stage stage, ulong handler)
    {
        if (!PrepareReceiverFault(stage, handler, Interruptions.RedZone, out ulong index))
            return false;
        bool sent = Send(stage, Actor.Third, index);
        stage.Of(Actor.First).Command(WorkerCommand.TestInterrupts);
        Words words = stage.Of(Actor.Second).Page->Got;
        return sent && stage.Waits(Actor.First) && stage.Runs(Actor.Second) && words.Word1 == handler && words.Word2 == 1 && (words.Word3 & UserFetch) == UserFetch;
    }

    private static bool NoStack(in Stage stage)
    {
        // Another stack, of which there is nothing: four words are pushed below its end.
        if (!PrepareReceiverFault(stage, Interruptions.RedZone, Nowhere | 1, out ulong index))
            return false;
        bool sent = Send(stage, Actor.Third, index);
        stage.Of(Actor.First).Command(WorkerCommand.TestInterrupts);
        Words words = stage.Of(Actor.Second).Page->Got;
        return sent && stage.Waits(Actor.First) && words.Word1 >= Nowhere - 32 && words.Word1 < Nowhere && words.Word3 == UserWrite;
    }

    private static bool CraftedFrames(in Stage stage, in CodePage code)
    {
        // mov rax, ADDRESS; push rsp; pushfq; push rax; uiret
        Faults.Prepare(stage);
        code.Write([0x48, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x54, 0x9C, 0x50, 0xF3, 0x0F, 0x01, 0xEC]);
        stage.Of(Actor.First).Command(WorkerCommand.Run, CodePage.Address);
        bool outside = Faults.ToldOfException(stage, GeneralProtection);
        Faults.Prepare(stage);
        code.Write(2, KernelAddress);
        stage.Of(Actor.First).Command(WorkerCommand.Run, CodePage.Address);
        bool kernel = stage.Waits(Actor.First) && stage.Of(Actor.Second).Page->Received.Label == (ulong)FaultType.VMFault
            && stage.Of(Actor.Second).Page->Got.Word1 == KernelAddress;

        // lea rax, [rip + 18]; mov rcx, rsp; push rcx; push 0x3202 (interrupts, privilege 3); push rax; uiret; pushfq; pop rax; and eax, 0x3000; jz + 2; ud2; ret
        Faults.Prepare(stage);
        code.Write(
        [
            0x48, 0x8D, 0x05, 0x0E, 0, 0, 0, 0x48, 0x89, 0xE1, 0x51, 0x68, 0x02, 0x32, 0, 0, 0x50, 0xF3, 0x0F, 0x01, 0xEC,
            0x9C, 0x58, 0x25, 0, 0x30, 0, 0, 0x74, 0x02, 0x0F, 0x0B, 0xC3,
        ]);
        stage.Of(Actor.First).Command(WorkerCommand.Run, CodePage.Address);
        return outside && kernel && stage.Runs(Actor.First);
    }

    private static bool EndsWhileStopped(in Stage stage)
    {
        if (!Prepare(stage, out ulong index))
            return false;
        ref ChildTask receiver = ref stage.Of(Actor.First);
        receiver.Stop();
        bool sent = Send(stage, Actor.Second, index) && SeL4.Notification_UnregisterReceiver(stage.Notification) == SeL4Error.NoError;
        receiver.Restart();
        return sent && stage.TakeWord() == First && Arrived(stage) == 0;
    }

    /// <summary>Makes the first worker the receiver, with its own handler.</summary>
    private static bool Register(in Stage stage)
    {
        stage.Reset();
        return Register(stage, HandlerOf(stage), Interruptions.RedZone);
    }

    private static bool Register(in Stage stage, ulong handler, ulong stackAdjust) =>
        SeL4.TCB_RegisterReceiver(stage.Of(Actor.First).Thread, stage.Notification, handler, stackAdjust, out _) == SeL4Error.NoError;

    private static bool Prepare(in Stage stage, out ulong index)
    {
        index = 0;
        return Register(stage) && RegisterSender(stage, Actor.Second, _firstSlot, out index) && Do(stage, Actor.First, WorkerCommand.UnmaskInterrupts);
    }

    /// <summary>Makes the first worker a receiver that sends to itself, and to the second through a capability of its own.</summary>
    private static bool PrepareRinger(in Stage stage, out SenderHandle kept, out SenderHandle other)
    {
        kept = other = default;
        if (!Register(stage))
            return false;
        ulong thread = stage.Of(Actor.First).Thread;
        _ = SeL4.Notification_UnregisterReceiver(_otherNotification);
        Objects.Delete(_otherSlot);
        return Objects.TryMint(stage.Notification, _firstSlot, First) == SeL4Error.NoError
            && Objects.TryMint(_otherNotification, _otherSlot, Second) == SeL4Error.NoError
            && SeL4.TCB_RegisterReceiver(stage.Of(Actor.Second).Thread, _otherNotification, out _) == SeL4Error.NoError
            && Senders.TryRegister(thread, _firstSlot, out kept) == SeL4Error.NoError && Senders.TryRegister(thread, _otherSlot, out other) == SeL4Error.NoError
            && Do(stage, Actor.First, WorkerCommand.UnmaskInterrupts);
    }

    /// <summary>Makes the third worker a receiver that the first sends to, whose faults the second handles.</summary>
    private static bool PrepareFault(in Stage stage, out ulong index)
    {
        index = 0;
        Faults.Prepare(stage);
        return SeL4.TCB_RegisterReceiver(stage.Of(Actor.Third).Thread, stage.Notification, out _) == SeL4Error.NoError
            && RegisterSender(stage, Actor.First, _firstSlot, out index);
    }

    private static bool PrepareReceiverFault(in Stage stage, ulong handler, ulong stackAdjust, out ulong index)
    {
        index = 0;
        Faults.Prepare(stage);
        return Register(stage, handler, stackAdjust) && RegisterSender(stage, Actor.Third, _firstSlot, out index)
            && Do(stage, Actor.First, WorkerCommand.UnmaskInterrupts);
    }

    private static bool RegisterSender(in Stage stage, Actor actor, ulong slot, out ulong index, bool makesSlot = true)
    {
        ulong badge = slot == _firstSlot ? First : Second;
        bool made = !makesSlot || Objects.TryMint(stage.Notification, slot, badge) == SeL4Error.NoError;
        bool registered = Senders.TryRegister(stage.Of(actor).Thread, slot, out SenderHandle handle) == SeL4Error.NoError;
        index = handle.Index;
        return made && registered;
    }

    private static bool Send(in Stage stage, Actor actor, ulong index, ulong times = 1)
    {
        stage.Of(actor).Command(WorkerCommand.SendInterrupt, index, times);
        return stage.Runs(actor);
    }

    private static bool Do(in Stage stage, Actor actor, WorkerCommand command)
    {
        stage.Of(actor).Command(command);
        return stage.Runs(actor);
    }

    private static ulong Ask(in Stage stage, WorkerCommand command)
    {
        stage.Of(Actor.First).Command(command);
        return stage.Runs(Actor.First) ? stage.Of(Actor.First).Page->Badge : ulong.MaxValue;
    }

    private static ulong Arrived(in Stage stage) => Ask(stage, WorkerCommand.TakeInterrupts);

    private static ulong Tested(in Stage stage) => Ask(stage, WorkerCommand.TestInterrupts);

    private static ulong HandlerOf(in Stage stage) => Ask(stage, WorkerCommand.GetHandler);
}
