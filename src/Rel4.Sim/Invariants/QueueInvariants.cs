using Rel4.Abi;
using Rel4.Kernel;
using ThreadState = Rel4.Kernel.ThreadState;

namespace Rel4.Sim;

/// <summary>Checks the queues of endpoints, notifications and the scheduler.</summary>
/// <remarks>
/// <list type="number">
/// <item>A queue is linked both ways from head to tail, and holds threads that live.</item>
/// <item>A thread is in the queue that its state names, and in no other.</item>
/// <item>The current thread runs and is in no queue; every other that is runnable is in the queue of its priority.</item>
/// <item>The bitmap tells which ready queues are not empty. No thread is set aside between two kernel entries.</item>
/// <item>By the other <see cref="ReadyRule"/>, there is no current thread, only runnable ones are queued, and the first queue serves all.</item>
/// <item>An endpoint is idle, or a notification not waiting, exactly if its queue is empty.</item>
/// <item>A notification's word is 0 unless it is active, and with a receiver always; only the thread it belongs to waits for it.</item>
/// </list>
/// </remarks>
internal static unsafe class QueueInvariants
{
    [ThreadStatic]
    private static Dictionary<nint, nint>? s_queueOf;
    [ThreadStatic]
    private static List<nint>? s_members;

    public static void Check(Survey survey)
    {
        (s_queueOf ??= []).Clear();
        s_members ??= [];
        if (survey.Subject.ReadyRule == ReadyRule.AllButCurrent)
            CheckReadyQueues(survey);
        else
            CheckUntold(survey);
        foreach (ref KernelObject found in survey.Objects)
        {
            if (found.Type == CapType.Endpoint)
                CheckEndpoint(survey, (Endpoint*)found.Address);
            else if (found.Type == CapType.Notification)
                CheckNotification(survey, (Notification*)found.Address);
        }

        foreach (nint thread in survey.Threads)
            CheckMembership(survey, (Tcb*)thread);
    }

    private static void CheckReadyQueues(Survey survey)
    {
        KernelState* state = survey.State;
        if (state->Handoff != null)
            survey.Report($"thread {survey.Describe(state->Handoff)} is still set aside");
        Tcb* current = state->Current;
        if (current != null && !survey.IsThread(current))
            survey.Report($"the current thread {survey.Describe(current)} does not live");
        else if (current != null && (current->State != ThreadState.Running || current->IsQueued))
            survey.Report($"the current thread {survey.Describe(current)} is {current->State}, queued: {current->IsQueued}");

        for (int priority = 0; priority <= Limits.MaxPriority; priority++)
        {
            ThreadQueue* queue = &state->ReadyQueues[priority];
            if (((state->ReadyPriorities[priority / 64] >> (priority % 64)) & 1) != (queue->Head != null ? 1UL : 0))
                survey.Report($"the bitmap is wrong about the ready queue of priority {priority}");
            if (queue->Head == null && queue->Tail == null)
                continue;
            Walk(survey, queue, *queue);
            foreach (nint member in s_members!)
            {
                var thread = (Tcb*)member;
                if (!thread->IsRunnable || !thread->IsQueued || thread->Priority != priority)
                    survey.Report(
                        $"thread {survey.Describe(thread)}, {thread->State} with priority {thread->Priority}, is ready at {priority}");
            }
        }

        for (int word = 0; word <= Limits.MaxPriority / 64; word++)
        {
            if (((state->ReadyWords >> word) & 1) != (state->ReadyPriorities[word] != 0 ? 1UL : 0))
                survey.Report($"the upper bitmap is wrong about word {word}");
        }
    }

    private static void CheckUntold(Survey survey)
    {
        KernelState* state = survey.State;
        if (state->Current != null || state->Handoff != null)
            survey.Report($"thread {survey.Describe(state->Current != null ? state->Current : state->Handoff)} is current or set aside");
        for (int priority = 1; priority <= Limits.MaxPriority; priority++)
        {
            if (state->ReadyQueues[priority].Head != null || state->ReadyQueues[priority].Tail != null)
                survey.Report($"the ready queue of priority {priority} is in use");
        }

        Walk(survey, state->ReadyQueues, *state->ReadyQueues);
        foreach (nint member in s_members!)
        {
            var thread = (Tcb*)member;
            if (!thread->IsRunnable || !thread->IsQueued)
                survey.Report($"thread {survey.Describe(thread)}, {thread->State}, queued: {thread->IsQueued}, is ready");
        }
    }

    private static void CheckEndpoint(Survey survey, Endpoint* endpoint)
    {
        ThreadQueue queue = endpoint->Queue;
        Walk(survey, endpoint, queue);
        if (endpoint->State > EndpointState.Receive || (endpoint->State == EndpointState.Idle) != (queue.Head == null))
            survey.Report($"endpoint {survey.Describe(endpoint)} is {endpoint->State} with {s_members!.Count} threads");
        ThreadState direction = endpoint->State == EndpointState.Send ? ThreadState.BlockedOnSend : ThreadState.BlockedOnReceive;
        CheckMembers(survey, endpoint, direction);
    }

    private static void CheckNotification(Survey survey, Notification* notification)
    {
        ThreadQueue queue = notification->Queue;
        Walk(survey, notification, queue);
        if (notification->State > NotificationState.Active || (notification->State == NotificationState.Waiting) != (queue.Head != null))
            survey.Report($"notification {survey.Describe(notification)} is {notification->State} with {s_members!.Count} threads");
        CheckMembers(survey, notification, ThreadState.BlockedOnNotification);
        if (notification->Word != 0 && (notification->State != NotificationState.Active || notification->Receiver != null))
            survey.Report($"notification {survey.Describe(notification)} is {notification->State} with word 0x{notification->Word:x}");

        Tcb* bound = notification->BoundThread;
        if (bound != null && (!survey.IsThread(bound) || bound->BoundNotification != notification))
            survey.Report(
                $"notification {survey.Describe(notification)} is bound to thread {survey.Describe(bound)}, which is not bound to it");
        foreach (nint member in s_members!)
        {
            var thread = (Tcb*)member;
            if ((bound != null && bound != thread) || (notification->Receiver != null && notification->Receiver != thread))
                survey.Report($"thread {survey.Describe(thread)} waits for notification {survey.Describe(notification)} of another thread");
        }
    }

    private static void CheckMembers(Survey survey, void* owner, ThreadState state)
    {
        foreach (nint member in s_members!)
        {
            var thread = (Tcb*)member;
            if (thread->State != state || thread->BlockedOn != owner)
            {
                survey.Report(
                    $"thread {survey.Describe(thread)}, {thread->State} on {survey.Describe(thread->BlockedOn)}, "
                    + $"is queued as {state} in {survey.Describe(owner)}");
            }
        }
    }

    /// <summary>Collects the threads of a queue.</summary>
    private static void Walk(Survey survey, void* owner, ThreadQueue queue)
    {
        List<nint> members = s_members!;
        members.Clear();
        Tcb* previous = null;
        for (Tcb* thread = queue.Head; thread != null; previous = thread, thread = thread->QueueNext)
        {
            if (!survey.IsThread(thread))
            {
                survey.Report($"the queue of {survey.Describe(owner)} holds {survey.Describe(thread)}, which is no thread that lives");
                return;
            }

            if (thread->QueuePrevious != previous)
            {
                survey.Report($"thread {survey.Describe(thread)} in the queue of {survey.Describe(owner)} does not point back");
                return;
            }

            if (!s_queueOf!.TryAdd((nint)thread, (nint)owner))
            {
                survey.Report(
                    $"thread {survey.Describe(thread)} is in the queues of "
                    + $"{survey.Describe((void*)s_queueOf[(nint)thread])} and {survey.Describe(owner)}");
                return;
            }

            members.Add((nint)thread);
        }

        if (queue.Tail != previous)
            survey.Report($"the queue of {survey.Describe(owner)} does not end at its tail");
    }

    private static void CheckMembership(Survey survey, Tcb* thread)
    {
        bool isQueued = s_queueOf!.ContainsKey((nint)thread);
        bool waits = thread->State is ThreadState.BlockedOnSend or ThreadState.BlockedOnReceive or ThreadState.BlockedOnNotification;
        bool isReady = survey.Subject.ReadyRule == ReadyRule.AllButCurrent
            ? thread->IsRunnable && thread != survey.State->Current
            : thread->IsRunnable && thread->IsQueued;
        if (thread->IsQueued != isReady)
            survey.Report($"thread {survey.Describe(thread)} is {thread->State}, queued: {thread->IsQueued}");
        if (isQueued != (waits || isReady))
            survey.Report($"thread {survey.Describe(thread)} is {thread->State} and in {(isQueued ? "a" : "no")} queue");
        if (!isQueued && (thread->QueueNext != null || thread->QueuePrevious != null))
            survey.Report($"thread {survey.Describe(thread)} is in no queue but linked");
    }
}
