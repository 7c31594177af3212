using Rel4.Abi;
using Rel4.Kernel;
using ThreadState = Rel4.Kernel.ThreadState;

namespace Rel4.Sim;

/// <summary>Checks each thread for itself.</summary>
/// <remarks>
/// <list type="number">
/// <item>Its six slots hold what they are for: in particular its master reply capability.</item>
/// <item>A reply capability follows its caller's master, so there is one at most; the caller is blocked on the reply.</item>
/// <item>It has a fault only while the fault is told, or its answer awaited.</item>
/// <item>What it is blocked on lives; a thread that is not, is blocked on nothing.</item>
/// <item>Bound threads and notifications name each other.</item>
/// <item>A thread in destruction is inactive and nobody's.</item>
/// </list>
/// </remarks>
internal static unsafe class ThreadInvariants
{
    public static void Check(Survey survey)
    {
        foreach (nint address in survey.Threads)
        {
            var thread = (Tcb*)address;
            CheckSlots(survey, thread);
            CheckParameters(survey, thread);
            CheckWait(survey, thread);
            Notification* bound = thread->BoundNotification;
            if (bound != null && (!survey.IsNotification(bound) || bound->BoundThread != thread))
                survey.Report(
                    $"thread {survey.Describe(thread)} is bound to notification {survey.Describe(bound)}, which is not bound to it");
        }

        foreach (nint address in survey.Slots)
        {
            var slot = (Slot*)address;
            if (slot->Cap.Type == CapType.Reply && !slot->Cap.IsMasterReply)
                CheckReply(survey, slot);
        }

        foreach (ref KernelObject found in survey.Objects)
        {
            if (found is { Type: CapType.Thread, Zombies: > 0 })
                CheckDead(survey, (Tcb*)found.Address);
        }
    }

    private static void CheckSlots(Survey survey, Tcb* thread)
    {
        Require(survey, &thread->CSpaceRoot, CapType.CNode);
        Require(survey, &thread->VSpaceRoot, CapType.VSpace);
        Require(survey, &thread->Caller, CapType.Reply);
        Require(survey, &thread->IpcBufferFrame, CapType.Frame);
        Require(survey, &thread->BatchFrame, CapType.Frame);
        ref readonly Capability master = ref thread->MasterReply.Cap;
        if (master.Type != CapType.Reply || !master.IsMasterReply || master.Address != thread)
            survey.Report($"thread {survey.Describe(thread)} has no master reply capability");
        if (thread->Caller.Cap is { Type: CapType.Reply, IsMasterReply: true })
            survey.Report($"thread {survey.Describe(thread)} holds a master reply capability to its caller");
    }

    /// <summary>Makes sure that a slot is empty or holds the right type. A CSpace whose deletion was preempted is a zombie there.</summary>
    private static void Require(Survey survey, Slot* slot, CapType type)
    {
        CapType found = slot->Cap.Type;
        if (found != CapType.Null && found != type && !(type == CapType.CNode && found == CapType.Zombie))
            survey.Report($"{survey.Describe(slot)} is for a {type} only");
    }

    private static void CheckParameters(Survey survey, Tcb* thread)
    {
        if (thread->Priority is < 0 or > Limits.MaxPriority || thread->MaxControlledPriority is < 0 or > Limits.MaxPriority)
            survey.Report(
                $"thread {survey.Describe(thread)} has priority {thread->Priority} and controls up to {thread->MaxControlledPriority}");
        if (thread->SliceLeft is < 1 or > Tcb.FreshSlice)
            survey.Report($"thread {survey.Describe(thread)} has {thread->SliceLeft} ticks left");
        if (thread->IpcBufferAddress % IpcBuffer.Size != 0)
            survey.Report($"thread {survey.Describe(thread)} has its IPC buffer at 0x{thread->IpcBufferAddress:x}, not aligned");
    }

    private static void CheckWait(Survey survey, Tcb* thread)
    {
        bool isWell = thread->State switch
        {
            ThreadState.BlockedOnSend or ThreadState.BlockedOnReceive => survey.IsEndpoint((Endpoint*)thread->BlockedOn),
            ThreadState.BlockedOnNotification => survey.IsNotification((Notification*)thread->BlockedOn),
            ThreadState.Inactive or ThreadState.Running or ThreadState.Restart or ThreadState.BlockedOnReply => thread->BlockedOn == null,
            _ => false,
        };
        if (!isWell)
            survey.Report($"thread {survey.Describe(thread)} is {thread->State} on {survey.Describe(thread->BlockedOn)}");
        if (thread->Fault.Type == FaultType.None)
            return;
        if (thread->State is not (ThreadState.BlockedOnSend or ThreadState.BlockedOnReply))
            survey.Report($"thread {survey.Describe(thread)} is {thread->State} with a {thread->Fault.Type}");
        else if (thread->State == ThreadState.BlockedOnSend && (thread->BlockedFlags & BlockingFlags.Call) == 0)
            survey.Report($"thread {survey.Describe(thread)} sends a {thread->Fault.Type} without awaiting its answer");
    }

    private static void CheckReply(Survey survey, Slot* slot)
    {
        Tcb* caller = slot->Cap.Thread;
        if (!survey.IsThread(caller))
            return;
        if (slot->Previous != &caller->MasterReply || slot->Next != null)
            survey.Report($"{survey.Describe(slot)} is not the only child of its caller's master reply capability");
        if (caller->State != ThreadState.BlockedOnReply)
            survey.Report($"{survey.Describe(slot)} is for a reply to a thread that is {caller->State}");
    }

    private static void CheckDead(Survey survey, Tcb* thread)
    {
        if (thread->State != ThreadState.Inactive || thread->IsQueued || thread->BlockedOn != null || thread == survey.State->Current)
            survey.Report($"thread {survey.Describe(thread)} in destruction is {thread->State}");
        if (thread->BoundNotification != null || thread->ReceivedNotification != null || thread->FirstSender != 0 || thread->FirstOfReceiver != 0)
            survey.Report($"thread {survey.Describe(thread)} in destruction is bound or registered");
    }
}
