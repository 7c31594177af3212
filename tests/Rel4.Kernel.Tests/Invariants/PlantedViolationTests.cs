using Rel4.Kernel;

namespace Rel4.Kernel.Tests;

/// <summary>Would the walker notice? Each case breaks one thing in memory that the kernel would never break.</summary>
public sealed unsafe class PlantedViolationTests
{
    private static readonly Dictionary<string, (string Expected, Action<BusyWorld> Plant)> s_violations = new()
    {
        // Derivation.
        ["a slot that does not point back"] = ("does not point back", w => w.Queue.Slot->Next->Previous = null),
        ["a slot that is followed by itself"] = ("point back", w => w.Queue.Slot->Next = w.Queue.Slot),
        ["a list that leads to an empty slot"] = ("which is empty", w => Last(w.Queue.Slot)->Next = w.World.SlotOf(w.World.FreeSlot())),
        ["a list that leads out of all slots"] = ("in no CNode or thread", w => Last(w.Queue.Slot)->Next = PlantSlotInFrame(w)),
        ["a slot cut out of its list"] = ("was derived from", w => CutOut(w.Queue.Slot->Next)),
        ["a circle beside the lists"] = ("cannot be reached", w => MakeCircle(w.Queue.Slot->Next)),
        ["an empty slot with flags"] = ("empty but linked or flagged", w => w.World.SlotOf(w.World.FreeSlot())->SetFirstBadged()),
        ["a copy away from its original"] = ("do not follow each other", w => Exchange(w.Queue.Slot->Next, w.Service.Slot->Next)),
        ["a copy of a badge behind another badge"] = ("does not follow it", MisplaceBadge),

        // Memory.
        ["an object in another"] = ("overlap", w => w.World.SlotOf(w.Child)->Cap = Capability.ToEndpoint((byte*)w.Idle.Tcb + 1024)),
        ["an object in its parent's free memory"] = ("above the watermark", w => w.Parent.Slot->Cap.Watermark = 0),
        ["memory handed out twice"] = ("handed out more", w => w.Parent.Slot->Cap.Watermark = 1 << 13),
        ["dirt in free memory"] = ("not zero, at +0xfff", w => ((byte*)w.Parent.Address)[4095] = 1),
        ["an object outside the machine"] = (
            "outside the machine's", w => w.World.SlotOf(w.Child)->Cap = Capability.ToEndpoint(w.State->Shared->Region + w.State->Shared->RegionSize)),
        ["an object in the kernel's tables"] = (
            "kernel's own tables", w => w.World.SlotOf(w.Child)->Cap = Capability.ToEndpoint(w.State->Shared->Region)),
        ["an object that is not aligned"] = (
            "not aligned", w => w.World.SlotOf(w.Child)->Cap = Capability.ToEndpoint((byte*)w.Parent.Address + 8)),
        ["an object of other memory"] = (
            "but was derived from", w => w.Active.Slot->Cap = Capability.ToNotification((byte*)w.Parent.Address + 32)),
        ["a zombie that counts too few slots"] = ("counts slot", w => w.Half.Slot->Cap.SlotsLeft = 5),
        ["a zombie that counts too many slots"] = ("more slots than", w => w.Half.Slot->Cap.SlotsLeft = 9),
        ["a zombie of what lives"] = (
            "zombie(s) and", w => w.Idle.Slot->Cap = Capability.CNodeZombie(w.World.SlotOf(w.Server.CSpace)->Cap)),
        ["a reply capability to no thread"] = (
            "a thread that does not live", w => w.Server.Tcb->Caller.Cap = Capability.Reply((Tcb*)w.Parent.Address, CapRights.None)),

        // Threads.
        ["a foreign capability in a TCB"] = ("is for a Reply only", w => w.Server.Tcb->Caller.Cap = w.Queue.Slot->Cap),
        ["a missing master reply capability"] = ("no master reply", w => w.Ready.Tcb->MasterReply = default),
        ["a reply to a thread that waits for none"] = (
            "is for a reply to a thread that is", w => w.Caller.Tcb->State = ThreadState.Inactive),
        ["a second reply capability"] = ("not the only child", w => CopyInto(w.Server.Tcb->Caller, w.World.SlotOf(w.World.FreeSlot()))),
        ["a priority out of range"] = ("has priority 256", w => w.Idle.Tcb->Priority = 256),
        ["a spent slice"] = ("0 ticks", w => w.Idle.Tcb->SliceLeft = 0),
        ["a crooked buffer"] = ("not aligned", w => w.Idle.Tcb->IpcBufferAddress = 512),
        ["a wait on nothing"] = ("BlockedOnSend on null", w => w.Idle.Tcb->State = ThreadState.BlockedOnSend),
        ["a wait that is over"] = ("is Inactive on", w => w.Idle.Tcb->BlockedOn = w.Queue.Address),
        ["a state that there is not"] = ("is 9 on", w => w.Idle.Tcb->State = (ThreadState)9),
        ["a fault of a running thread"] = ("with a UnknownSyscall", w => w.Ready.Tcb->Fault = Fault.UnknownSyscall(1)),
        ["a fault that is sent like a message"] = ("without awaiting", w => w.Sender.Tcb->Fault = Fault.UnknownSyscall(1)),
        ["a binding of one side"] = ("which is not bound to it", w => w.Listener.Tcb->BoundNotification = null),
        ["a binding of the other side"] = ("which is not bound to it", w => w.At(w.Bound)->BoundThread = null),

        // Queues.
        ["an endpoint with the wrong direction"] = ("is queued as BlockedOnReceive", w => w.QueueObject->State = EndpointState.Receive),
        ["an idle endpoint with a queue"] = ("is Idle with 2 threads", w => w.QueueObject->State = EndpointState.Idle),
        ["a thread in another's queue"] = ("is queued as BlockedOnSend in", w => w.Sender.Tcb->BlockedOn = w.Service.Address),
        ["a queue without its tail"] = ("does not end at its tail", w => w.OtherSender.Tcb->QueuePrevious->QueueNext = null),
        ["a queue that does not point back"] = ("does not point back", w => w.OtherSender.Tcb->QueuePrevious = null),
        ["a thread in two queues"] = ("is in the queues of", w => w.QueueObject->Queue = new ThreadQueue(w.Waiter.Tcb, w.Waiter.Tcb)),
        ["a queue of no thread"] = ("no thread that lives", w => w.QueueObject->Queue = new ThreadQueue((Tcb*)w.Parent.Address, null)),
        ["a word that nobody set"] = ("with word", w => w.At(w.Signal)->Word = 1),
        ["an active notification with a queue"] = ("is Active with 1 threads", w => w.At(w.Signal)->State = NotificationState.Active),
        ["a waiter for another's notification"] = ("of another thread", w => w.At(w.Signal)->BoundThread = w.Idle.Tcb),
        ["a ready thread outside its queue"] = ("and in no queue", w => w.State->ReadyQueues[100] = default),
        ["a bitmap that misses a queue"] = ("bitmap is wrong about the ready queue", w => w.State->ReadyPriorities[1] = 0),
        ["an upper bitmap that misses a word"] = ("upper bitmap", w => w.State->ReadyWords = 0),
        ["a ready thread of another priority"] = ("is ready at 100", w => w.Ready.Tcb->Priority = 99),
        ["a ready thread that does not know it"] = ("queued: False", w => w.Ready.Tcb->IsQueued = false),
        ["a stopped thread in the ready queue"] = ("Inactive with priority", w => w.Ready.Tcb->State = ThreadState.Inactive),
        ["a current thread that waits"] = ("the current thread", w => w.State->Current->State = ThreadState.BlockedOnReply),
        ["a current thread that died"] = ("does not live", w => w.State->Current = (Tcb*)w.Parent.Address),
        ["a thread set aside"] = ("still set aside", w => w.State->Handoff = w.Ready.Tcb),
        ["a loose link"] = ("in no queue but linked", w => w.Idle.Tcb->QueueNext = w.Ready.Tcb),

        // User interrupts.
        ["a thread that receives for another's notification"] = ("which does not name it", w => w.Idle.Tcb->ReceivedNotification = w.At(w.Wire)),
        ["a thread that receives for no notification"] = ("which does not name it", w => w.Idle.Tcb->ReceivedNotification = (Notification*)w.Parent.Address),
        ["a notification with another's receiver"] = ("names the receiver", w => w.At(w.Signal)->Receiver = w.Listener.Tcb),
        ["a notification with a receiver that does not live"] = ("names the receiver", w => w.At(w.Signal)->Receiver = (Tcb*)w.Parent.Address),
        ["a free chain of senders in a circle"] = (
            "runs wild", w => w.State->Shared->SenderPool[w.State->Shared->FreeSender].NextOfThread = w.State->Shared->FreeSender),
        ["a sender lost from the free chain"] = (
            "neither used nor free", w => w.State->Shared->FreeSender = w.State->Shared->SenderPool[w.State->Shared->FreeSender].NextOfThread),
        ["a sender in use in the free chain"] = ("runs wild", w => w.State->Shared->FreeSender = w.FirstSender),
        ["a sender of the future"] = ("the last given out being", w => w.SenderAt(w.FirstSender)->Generation = 99),
        ["two senders of one generation"] = (
            "has generation", w => w.SenderAt(w.FirstSender)->Generation = w.SenderAt(w.SecondSender)->Generation),
        ["a sender to another receiver"] = ("without belonging there", w => w.State->Shared->SenderPool[w.FirstSender].Receiver = w.Idle.Tcb),
        ["a sender of another thread"] = ("which does not lead to it", w => w.State->Shared->SenderPool[w.FirstSender].Thread = w.Idle.Tcb),
        ["a sender of another vector"] = ("without belonging there", w => w.State->Shared->SenderPool[w.FirstSender].Vector = 5),
        ["a sender of another slot"] = ("without belonging there", w => w.SenderAt(w.FirstSender)->SlotNumber = SenderLinks.NumberOf(w.State->Shared, w.Queue.Slot)),
        ["a slot that lost its sender"] = ("is in no slot's chain", w => w.SharedSlot->FirstSender = 0),
        ["a thread that lost its senders"] = ("neither used nor free", w => w.Ready.Tcb->FirstSender = 0),
        ["a receiver that lost its senders"] = ("is in no receiver's chain", w => w.Listener.Tcb->FirstOfReceiver = 0),
        ["a thread's chain that does not point back"] = ("runs wild", w => w.State->Shared->SenderPool[w.FirstSender].PreviousOfThread = 0),
        ["a receiver's chain that does not point back"] = ("without belonging there", w => w.SenderAt(w.FirstSender)->PreviousOfReceiver = 0),
        ["a link to the sender that stands for none"] = ("stands for none", w => w.SenderAt(0)->PreviousOfReceiver = w.FirstSender),
        ["a closed sender in chains"] = ("is closed and linked", w => w.SenderAt(w.FirstSender)->PreviousOfSlot = 0),
    };

    public static TheoryData<string> Violations => [.. s_violations.Keys];

    [Fact]
    public void Find_SoundKernel_ReportsNothing()
    {
        using var world = new BusyWorld();
        Assert.Empty(Invariants.Find(world.World.Kernel));
    }

    [Theory]
    [MemberData(nameof(Violations))]
    public void Find_PlantedViolation_ReportsIt(string violation)
    {
        using var world = new BusyWorld();
        (string expected, Action<BusyWorld> plant) = s_violations[violation];
        plant(world);
        Assert.Contains(Invariants.Find(world.World.Kernel), found => found.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void Check_PlantedViolations_ReportsAll()
    {
        using var world = new BusyWorld();
        world.Idle.Tcb->Priority = 300;
        world.State->Handoff = world.Ready.Tcb;
        var exception = Assert.Throws<InvariantException>(() => Invariants.Check(world.World.Kernel));
        Assert.Equal(2, exception.Violations.Count);
    }

    private static Slot* Last(Slot* slot)
    {
        while (slot->Next != null)
            slot = slot->Next;
        return slot;
    }

    /// <summary>Puts a copy of a capability where no slot is, and links it.</summary>
    private static Slot* PlantSlotInFrame(BusyWorld world)
    {
        var slot = (Slot*)world.World.Frame().Address;
        slot->Cap = Capability.ToVSpace(world.World.SlotOf(RootSlot.VSpace)->Cap.Address);
        slot->Previous = Last(world.Queue.Slot);
        return slot;
    }

    private static void CutOut(Slot* slot)
    {
        slot->Previous->Next = slot->Next;
        if (slot->Next != null)
            slot->Next->Previous = slot->Previous;
        slot->Previous = null;
        slot->Next = null;
    }

    private static void MakeCircle(Slot* slot)
    {
        CutOut(slot);
        slot->Previous = slot;
        slot->Next = slot;
    }

    private static void Exchange(Slot* first, Slot* second) => (first->Cap, second->Cap) = (second->Cap, first->Cap);

    private static void CopyInto(in Slot source, Slot* destination)
    {
        *destination = source;
        destination->Previous = null;
    }

    /// <summary>Makes of [original, badge 1, badge 2] the order [original, badge 1, badge 2, copy of badge 1].</summary>
    private static void MisplaceBadge(BusyWorld world)
    {
        StoryThread root = world.World.Root;
        StoryObject endpoint = world.World.Endpoint();
        _ = root.Given(endpoint, badge: 2);
        CPtr first = root.Given(endpoint, badge: 1);
        CPtr copy = root.Given(first);
        Exchange(world.World.SlotOf(copy), world.World.SlotOf(copy)->Next);
        Slot* copied = world.World.SlotOf(copy), moved = copied->Next;
        *copied = new Slot(copied->Cap) { Previous = copied->Previous, Next = moved };
        *moved = new Slot(moved->Cap, copied, original: false) { Next = moved->Next };
    }
}
