using System.Numerics;
using System.Runtime.CompilerServices;
using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>Runs on each processor, of the threads whose home it is, the one with the highest priority, and those of one priority in turn (manual section "Scheduling").</summary>
/// <remarks>
/// 256 queues, oldest first, and a two-level bitmap of those that are not empty, for each processor. The current thread and the handoff are in no queue.
/// <para>
/// A thread of another processor's is put into that one's queues, and taken out; who runs there it decides itself, when it enters the kernel next. That it does in time is the machine's to see to.
/// </para>
/// <para>
/// The <em>handoff</em> is the first thread that a message reached in this kernel entry. If the current thread stops, as in a Call, it goes
/// first among its equals: a client and its server change places without waiting for others of their priority.
/// </para>
/// </remarks>
internal static unsafe class PriorityScheduler
{
    public static void ThreadReady(KernelState* kernel, Tcb* thread)
    {
        KernelState* home = thread->Home;
        if (thread == home->Current || thread == home->Handoff || thread->IsQueued)
            return;
        Mark(home, thread->Priority);
        home->ReadyQueues[thread->Priority].Append(thread);
        thread->IsQueued = true;
    }

    public static void ThreadWoken(KernelState* kernel, Tcb* thread)
    {
        if (!TryHandOff(kernel, thread))
            ThreadReady(kernel, thread);
    }

    /// <summary>Makes a thread that a message reached the handoff, if it can be.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryHandOff(KernelState* kernel, Tcb* thread)
    {
        if (kernel->Handoff != null || thread->Home != kernel)
            return false;
        kernel->Handoff = thread;
        return true;
    }

    public static void ThreadStopped(KernelState* kernel, Tcb* thread)
    {
        if (kernel->Handoff == thread)
            kernel->Handoff = null;
        if (thread->IsQueued)
            Dequeue(thread);
    }

    public static void SetPriority(KernelState* kernel, Tcb* thread, int priority)
    {
        bool queued = thread->IsQueued;
        if (queued)
            Dequeue(thread);
        thread->Priority = priority;
        if (queued)
            ThreadReady(kernel, thread);
    }

    /// <summary>Takes the processor away from another one's current thread, which is its next, unless there is a better one by then.</summary>
    public static void Withdraw(Tcb* thread)
    {
        thread->Home->Current = null;
        Prepend(thread->Home, thread);
    }

    public static void Move(KernelState* kernel, Tcb* thread, KernelState* home)
    {
        if (thread->Home == home)
            return;
        ThreadStopped(kernel, thread);
        if (kernel->Current == thread)
            kernel->Current = null;
        thread->Home = home;
        if (thread->IsRunnable)
            ThreadReady(kernel, thread);
    }

    public static void Yield(KernelState* kernel) => RotateCurrent(kernel);

    /// <summary>Counts a tick of the timer against the current thread's slice.</summary>
    public static void Tick(KernelState* kernel)
    {
        if (kernel->Current != null && --kernel->Current->SliceLeft == 0)
            RotateCurrent(kernel);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool CanSwitchTo(KernelState* kernel, Tcb* thread) => thread->Home == kernel && (kernel->ReadyWords == 0 || thread->Priority >= HighestReady(kernel));

    public static void SwitchTo(KernelState* kernel, Tcb* thread) => kernel->Current = thread;

    public static void Schedule(KernelState* kernel)
    {
        Tcb* current = kernel->Current, handoff = kernel->Handoff;
        bool stays = current != null && current->IsRunnable;
        kernel->Handoff = null;
        if (handoff != null)
        {
            if ((!stays || handoff->Priority > current->Priority) && handoff->Priority >= HighestReady(kernel))
            {
                if (stays)
                    Prepend(kernel, current);
                kernel->Current = handoff;
                return;
            }

            ThreadReady(kernel, handoff);
        }

        int highest = HighestReady(kernel);
        if (stays && current->Priority >= highest)
            return;
        if (stays)
            Prepend(kernel, current);
        kernel->Current = kernel->ReadyQueues[highest].Head;
        if (kernel->Current != null)
            Dequeue(kernel->Current);
    }

    /// <summary>Makes a runnable thread the current one whatever the priorities: for tests that tell whose turn it is.</summary>
    public static void Dispatch(KernelState* kernel, Tcb* thread)
    {
        // The current thread itself is put first and taken out again.
        Tcb* current = kernel->Current;
        if (current != null && current->IsRunnable)
            Prepend(kernel, current);
        Dequeue(thread);
        kernel->Current = thread;
    }

    private static void RotateCurrent(KernelState* kernel)
    {
        Tcb* current = kernel->Current;
        current->SliceLeft = Tcb.FreshSlice;

        // Alone with its priority it would be its own successor.
        if (kernel->ReadyQueues[current->Priority].Head == null)
            return;
        kernel->Current = null;
        ThreadReady(kernel, current);
    }

    private static void Prepend(KernelState* kernel, Tcb* thread)
    {
        Mark(kernel, thread->Priority);
        kernel->ReadyQueues[thread->Priority].Prepend(thread);
        thread->IsQueued = true;
    }

    private static void Dequeue(Tcb* thread)
    {
        KernelState* kernel = thread->Home;
        int priority = thread->Priority;
        kernel->ReadyQueues[priority].Remove(thread);
        thread->IsQueued = false;
        if (kernel->ReadyQueues[priority].Head != null)
            return;
        int word = WordOf(priority);
        kernel->ReadyPriorities[word] &= ~(1UL << priority);
        if (kernel->ReadyPriorities[word] == 0)
            kernel->ReadyWords &= ~(1U << word);
    }

    private static void Mark(KernelState* kernel, int priority)
    {
        int word = WordOf(priority);
        kernel->ReadyPriorities[word] |= 1UL << priority;
        kernel->ReadyWords |= 1U << word;
    }

    /// <summary>Finds the word of the bitmap that has a priority, as its bit of that number modulo 64.</summary>
    private static int WordOf(int priority) => priority >> 6;

    /// <summary>Finds the highest priority with a ready thread; 0, whose queue is empty then, if there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int HighestReady(KernelState* kernel)
    {
        // The usual case, by a compare instead of two searches.
        if (kernel->ReadyWords == 0)
            return 0;
        int word = BitOperations.Log2(kernel->ReadyWords);
        return (word << 6) + BitOperations.Log2(kernel->ReadyPriorities[word]);
    }
}
