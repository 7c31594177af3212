using System.Collections.Immutable;

namespace Rel4.Spec.Rules;

/// <summary>
/// The rules that choose the current thread (manual, "Scheduling"): the highest priority first, first come first served within one.
/// </summary>
public static class Scheduler
{
    /// <summary>Lets a thread run that was stopped: it joins the queue of its priority.</summary>
    public static SpecState MakeReady(this SpecState s, ulong thread) => thread == s.Current ? s : s.Append(thread);

    /// <summary>Lets a thread run that a message, reply or signal woke. The first such thread may get the processor directly.</summary>
    public static SpecState Wake(this SpecState s, ulong thread) =>
        thread == s.Current ? s : s.Handoff is null ? s with { Handoff = thread } : s.Append(thread);

    /// <summary>Takes a thread that may no longer run out of the scheduler.</summary>
    public static SpecState Withdraw(this SpecState s, ulong thread)
    {
        if (s.Handoff == thread)
            s = s with { Handoff = null };
        int priority = s.Thread(thread).Priority;
        return s.ReadyQueues.TryGetValue(priority, out ImmutableList<ulong>? queue) ? s.SetQueue(priority, queue.Remove(thread)) : s;
    }

    /// <summary>Changes a thread's priority; one in a ready queue joins that of its new priority.</summary>
    public static SpecState SetPriority(this SpecState s, ulong thread, int priority)
    {
        bool isQueued = s.ReadyQueues.GetValueOrDefault(s.Thread(thread).Priority)?.Contains(thread) ?? false;
        if (isQueued)
            s = s.Withdraw(thread);
        s = s.Put(s.Thread(thread) with { Priority = priority });
        return isQueued ? s.Append(thread) : s;
    }

    /// <summary>Ends the current thread's turn: it gets a fresh slice and joins the end of its queue.</summary>
    public static SpecState EndTurn(this SpecState s)
    {
        ulong current = s.Current!.Value;
        return (s.Put(s.Thread(current) with { Slice = Thread.FreshSlice }) with { Current = null }).Append(current);
    }

    /// <summary>Counts a tick of the timer against the current thread's slice.</summary>
    public static SpecState Tick(this SpecState s)
    {
        if (s.Current is not { } current)
            return s;
        Thread thread = s.Thread(current);
        return thread.Slice > 1 ? s.Put(thread with { Slice = thread.Slice - 1 }) : s.EndTurn();
    }

    /// <summary>Gives a runnable thread the processor, whatever its priority.</summary>
    public static SpecState Dispatch(this SpecState s, ulong thread)
    {
        if (s.Current == thread)
            return s;
        if (s.Current is { } current)
            s = s.Prepend(current);
        return (s.Withdraw(thread) with { Current = thread }).Activate();
    }

    /// <summary>Leaves the kernel: decides who runs, and lets that thread begin.</summary>
    public static SpecState Exit(this SpecState s)
    {
        bool currentGoesOn = s.Current is { } thread && s.FindThread(thread) is { IsRunnable: true };
        s = currentGoesOn ? s.Preempt(s.Current!.Value) : s.ChooseNext();
        return (s with { Handoff = null }).Activate();
    }

    /// <summary>
    /// Takes the processor from a current thread that could go on, for one of higher priority: it will go on where it was, before its
    /// equals.
    /// </summary>
    private static SpecState Preempt(this SpecState s, ulong current)
    {
        int priority = s.Thread(current).Priority;
        if (s.Handoff is { } woken)
        {
            if (s.Thread(woken).Priority > priority && s.IsHighest(woken))
                return s.Prepend(current) with { Current = woken };
            s = s.Append(woken);
        }
        return s.HighestReady() > priority ? s.Prepend(current).TakeHighest() : s;
    }

    /// <summary>Finds a thread for a processor that none has: the one woken, unless another has a higher priority.</summary>
    private static SpecState ChooseNext(this SpecState s)
    {
        if (s.Handoff is { } woken)
        {
            if (s.IsHighest(woken))
                return s with { Current = woken };
            s = s.Append(woken);
        }
        return s.TakeHighest();
    }

    /// <summary>Lets the current thread begin: one that is to restart does so at the instruction that trapped.</summary>
    private static SpecState Activate(this SpecState s) =>
        s.Current is { } current && s.Thread(current) is { State: Restart } thread
            ? s.Put(thread.With(Register.Rip, thread.FaultIP) with { State = new Running() })
            : s;

    /// <summary>Tells whether no thread that is ready has a higher priority than one that was woken; an equal one may wait.</summary>
    private static bool IsHighest(this SpecState s, ulong woken) =>
        s.HighestReady() is not { } highest || highest <= s.Thread(woken).Priority;

    private static int? HighestReady(this SpecState s) => s.ReadyQueues.IsEmpty ? null : s.ReadyQueues.Keys.Max();

    private static SpecState TakeHighest(this SpecState s)
    {
        if (s.HighestReady() is not { } priority)
            return s with { Current = null };
        ImmutableList<ulong> queue = s.ReadyQueues[priority];
        return s.SetQueue(priority, queue.RemoveAt(0)) with { Current = queue[0] };
    }

    private static SpecState Append(this SpecState s, ulong thread) =>
        s.SetQueue(s.Thread(thread).Priority, s.QueueOf(thread).Add(thread));

    private static SpecState Prepend(this SpecState s, ulong thread) =>
        s.SetQueue(s.Thread(thread).Priority, s.QueueOf(thread).Insert(0, thread));

    private static ImmutableList<ulong> QueueOf(this SpecState s, ulong thread) =>
        s.ReadyQueues.GetValueOrDefault(s.Thread(thread).Priority) ?? [];

    private static SpecState SetQueue(this SpecState s, int priority, ImmutableList<ulong> queue) => s with
    {
        ReadyQueues = queue.IsEmpty ? s.ReadyQueues.Remove(priority) : s.ReadyQueues.SetItem(priority, queue),
    };
}
