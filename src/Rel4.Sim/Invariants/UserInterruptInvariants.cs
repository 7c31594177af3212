using Rel4.Abi;
using Rel4.Kernel;
using ThreadState = Rel4.Kernel.ThreadState;

namespace Rel4.Sim;

/// <summary>Checks the receivers and senders of user interrupts.</summary>
/// <remarks>
/// <list type="number">
/// <item>A notification and the thread that receives for it name each other.</item>
/// <item>A thread that waits in the kernel for the notification that it receives for has nothing pending, and posts enter the kernel.</item>
/// <item>A thread's senders have an index each that finds them, and generations that were given out and differ.</item>
/// <item>An open sender is in the chains of its slot and its receiver, once each, and a closed one in none; the first of a slot's chain names the slot.</item>
/// <item>That slot holds a capability to the receiver's notification with the Write right and the sender's bit as its badge.</item>
/// <item>In a pool an entry is in the chain of its thread or in that of free ones.</item>
/// </list>
/// </remarks>
internal static unsafe class UserInterruptInvariants
{
    // Open senders, and those that are in chains of the kind that is looked at.
    [ThreadStatic]
    private static HashSet<uint>? s_open;
    [ThreadStatic]
    private static HashSet<uint>? s_chained;
    [ThreadStatic]
    private static HashSet<uint>? s_unique;
    [ThreadStatic]
    private static List<nint>? s_found;

    public static void Check(Survey survey)
    {
        s_open ??= [];
        s_chained ??= [];
        s_unique ??= [];
        s_found ??= [];
        s_open.Clear();
        s_unique.Clear();
        foreach (nint thread in survey.Threads)
        {
            CheckReceiver(survey, (Tcb*)thread);
            CheckSenders(survey, (Tcb*)thread);
        }

        CheckNotifications(survey);
        s_chained.Clear();
        foreach (nint slot in survey.Slots)
            WalkSlot(survey, (Slot*)slot);
        CheckAllChained(survey, "slot");
        s_chained.Clear();
        foreach (nint thread in survey.Threads)
            WalkReceiver(survey, (Tcb*)thread);
        CheckAllChained(survey, "receiver");
        CheckPool(survey);
    }

    private static void CheckReceiver(Survey survey, Tcb* thread)
    {
        Notification* notification = thread->ReceivedNotification;
        if (notification == null)
            return;
        if (!survey.IsNotification(notification) || notification->Receiver != thread)
        {
            survey.Report($"thread {survey.Describe(thread)} receives for notification {survey.Describe(notification)}, which does not name it");
            return;
        }

        bool waits = thread->State == ThreadState.BlockedOnNotification && thread->BlockedOn == notification;
        bool receives = thread->State == ThreadState.BlockedOnReceive && thread->BoundNotification == notification;
        if ((waits || receives) && !survey.Subject.WaitsInKernel(thread))
            survey.Report($"the receiver {survey.Describe(thread)} waits in the kernel, and its senders cannot know");
        ulong pending = survey.Subject.PendingOf(thread);
        if (waits && pending != 0)
            survey.Report($"the receiver {survey.Describe(thread)} waits while 0x{pending:x} is pending");
    }

    private static void CheckNotifications(Survey survey)
    {
        foreach (ref KernelObject found in survey.Objects)
        {
            if (found.Type != CapType.Notification)
                continue;
            var notification = (Notification*)found.Address;
            Tcb* receiver = notification->Receiver;
            if (receiver != null && (!survey.IsThread(receiver) || receiver->ReceivedNotification != notification))
                survey.Report($"notification {survey.Describe(notification)} names the receiver {survey.Describe(receiver)}, which does not name it");
        }
    }

    private static void CheckSenders(Survey survey, Tcb* thread)
    {
        SharedState* shared = survey.State->Shared;
        s_found!.Clear();
        survey.Subject.AddSendersOf(thread, s_found);
        foreach (nint address in s_found)
        {
            var sender = (Sender*)address;
            string name = survey.Describe(sender);
            SenderPlace place = survey.Subject.PlaceOf(sender);
            if (sender->Generation == 0 || sender->Generation > shared->SenderGeneration || !s_unique!.Add(sender->Generation))
                survey.Report($"sender {name} has generation {sender->Generation}, the last given out being {shared->SenderGeneration}");
            if (place.Thread != thread || survey.Subject.FindSender(thread, place.Index) != sender)
                survey.Report($"sender {name} of thread {survey.Describe(thread)} has index {place.Index}, which does not lead to it");
            if (sender->IsOpen)
                s_open!.Add(SenderLinks.To(shared, sender));
            else if ((sender->NextOfSlot | sender->NextOfReceiver | sender->PreviousOfReceiver) != 0)
                survey.Report($"sender {name} is closed and linked");
        }
    }

    private static void WalkSlot(Survey survey, Slot* slot)
    {
        uint previous = 0;
        for (uint link = slot->FirstSender; link != 0; link = SenderLinks.At(survey.State->Shared, link)->NextOfSlot)
        {
            if (!TryVisit(survey, link, slot))
                return;
            Sender* sender = SenderLinks.At(survey.State->Shared, link);
            bool follows = previous == 0
                ? sender->IsFirstOfSlot && SenderLinks.SlotOf(survey.State->Shared, sender) == slot
                : !sender->IsFirstOfSlot && sender->PreviousOfSlot == previous;
            if (!follows || !IsThrough(survey, sender, slot))
                survey.Report($"sender {survey.Describe(sender)} is in the chain of {survey.Describe(slot)} without belonging there");
            previous = link;
        }
    }

    private static void WalkReceiver(Survey survey, Tcb* receiver)
    {
        uint previous = 0;
        for (uint link = receiver->FirstOfReceiver; link != 0; link = SenderLinks.At(survey.State->Shared, link)->NextOfReceiver)
        {
            if (!TryVisit(survey, link, receiver))
                return;
            Sender* sender = SenderLinks.At(survey.State->Shared, link);
            if (sender->PreviousOfReceiver != previous || survey.Subject.PlaceOf(sender).Receiver != receiver)
                survey.Report($"sender {survey.Describe(sender)} is in the chain of receiver {survey.Describe(receiver)} without belonging there");
            previous = link;
        }
    }

    private static bool TryVisit(Survey survey, uint link, void* owner)
    {
        if (s_open!.Contains(link) && s_chained!.Add(link))
            return true;
        survey.Report($"the chain of senders of {survey.Describe(owner)} runs wild at {link}");
        return false;
    }

    private static void CheckAllChained(Survey survey, string kind)
    {
        foreach (uint link in s_open!)
        {
            if (!s_chained!.Contains(link))
                survey.Report($"sender {survey.Describe(SenderLinks.At(survey.State->Shared, link))} is in no {kind}'s chain");
        }
    }

    /// <summary>Tells whether a sender can have been registered through a slot.</summary>
    private static bool IsThrough(Survey survey, Sender* sender, Slot* slot) =>
        slot->Cap.Type == CapType.Notification
        && slot->Cap.Has(CapRights.Write)
        && slot->Cap.Badge == 1UL << survey.Subject.VectorOf(sender)
        && slot->Cap.Notification->Receiver == survey.Subject.PlaceOf(sender).Receiver;

    private static void CheckPool(Survey survey)
    {
        SharedState* shared = survey.State->Shared;
        s_chained!.Clear();
        foreach (nint address in survey.Threads)
        {
            ushort previous = 0;
            for (ushort index = ((Tcb*)address)->FirstSender; index != 0; index = shared->SenderPool[index].NextOfThread)
            {
                if (index >= shared->SenderCount || !s_chained.Add(index) || shared->SenderPool[index].PreviousOfThread != previous)
                {
                    survey.Report($"the chain of senders of thread {survey.Describe((void*)address)} runs wild at {index}");
                    return;
                }

                previous = index;
            }
        }

        for (ushort index = shared->FreeSender; index != 0; index = shared->SenderPool[index].NextOfThread)
        {
            if (index >= shared->SenderCount || !s_chained.Add(index) || shared->SenderPool[index].Thread != null)
            {
                survey.Report($"the chain of free senders runs wild at {index}");
                return;
            }
        }

        Sender* none = SenderLinks.At(shared, 0);
        if (shared->SenderCount != 0 && (none->IsOpen || (none->NextOfSlot | none->NextOfReceiver | none->PreviousOfReceiver) != 0))
            survey.Report("the sender that stands for none is linked");
        if (shared->SenderCount != 0 && s_chained.Count != shared->SenderCount - 1)
            survey.Report($"{shared->SenderCount - 1 - s_chained.Count} senders are neither used nor free");
    }
}
