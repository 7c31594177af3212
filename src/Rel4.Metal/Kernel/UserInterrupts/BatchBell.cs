using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

/// <summary>Has the kernel look at a thread's batch when the thread says so by a user interrupt, on a processor that has nothing else to do.</summary>
/// <remarks>
/// Threads that have a batch have a sender whose receiver is the kernel: what they post arrives as an ordinary interrupt. Nobody can tell by it who has posted, so whoever serves looks at the threads in
/// turn. It is done in the thread's own time or in nobody's:
/// <list type="number">
/// <item>An idle processor makes itself the one that is interrupted, and looks behind that, before it halts: what was posted before is found, what comes behind interrupts it. It lets go of the last thread,
/// as for another processor (<see cref="Remote"/>), serves one thread's calls at a time, and interrupts itself for the next, so that others get the lock in between.</item>
/// <item>A processor that runs the thread itself, and is interrupted for whatever reason, serves it.</item>
/// <item>One that runs another sends an idle one, if there is one, and leaves the post outstanding if not: it is not interrupted again, however many are posted, and the first that is idle looks.</item>
/// </list>
/// The model is <c>spec/protocols/batch.pml</c>.
/// </remarks>
internal static unsafe class BatchBell
{
    /// <summary>Threads looked at before others get the lock.</summary>
    private const uint LooksAtOnce = 64;

    private static Line s_line;

    // The next to be looked at, of those that have a batch, in a ring.
    private static Tcb* s_next;

    private static uint s_count;

    // How many are still to be looked at since something was posted.
    private static uint s_left;

    /// <summary>Gets whether somebody's calls may wait.</summary>
    public static bool IsRung => s_next != null && (s_left != 0 || Posts->HasRequests);

    private static PostedInterrupts* Posts
    {
        get
        {
            // A line of its own, as the processor wants it.
            fixed (Line* room = &s_line)
                return (PostedInterrupts*)(((ulong)room + Line.Size - 1) & ~(Line.Size - 1));
        }
    }

    /// <summary>Gives a thread the sender.</summary>
    /// <returns>Its index.</returns>
    public static ulong Open(Tcb* thread)
    {
        UserInterruptController.OpenBell(thread, new SenderEntry(Posts, bit: 0));
        InterruptContext* links = LinksOf(thread);
        if (links->NextWithBatch != null)
            return InterruptContext.BellIndex;
        if (s_next == null)
        {
            Posts->Ring(ProcessorState.Own->ApicNumber);
            s_next = links->NextWithBatch = links->PreviousWithBatch = thread;
        }
        else
        {
            links->NextWithBatch = s_next;
            links->PreviousWithBatch = LinksOf(s_next)->PreviousWithBatch;
            LinksOf(links->PreviousWithBatch)->NextWithBatch = LinksOf(s_next)->PreviousWithBatch = thread;
        }

        s_count++;
        return InterruptContext.BellIndex;
    }

    /// <summary>Takes note that a thread dies.</summary>
    public static void Forget(Tcb* thread)
    {
        InterruptContext* links = LinksOf(thread);
        if (links->NextWithBatch == null)
            return;
        LinksOf(links->NextWithBatch)->PreviousWithBatch = links->PreviousWithBatch;
        LinksOf(links->PreviousWithBatch)->NextWithBatch = links->NextWithBatch;
        if (s_next == thread)
            s_next = links->NextWithBatch == thread ? null : links->NextWithBatch;
        links->NextWithBatch = links->PreviousWithBatch = null;
        s_count--;
    }

    /// <summary>Serves the current thread, which was interrupted for a post or while somebody's calls may wait, if it has calls.</summary>
    public static void ServeCurrent(KernelState* kernel)
    {
        Tcb* thread = kernel->Current;
        if (thread != null && Batch<MetalMachine>.HasCalls(thread))
        {
            // Others may have posted, too.
            Posts->Take();
            s_left = s_count;
            Kernel<MetalMachine>.HandleBatch(kernel, thread);
        }

        SendIdle();
    }

    /// <summary>Serves a thread, if one has calls, before the processor halts.</summary>
    public static void ServeIdle(KernelState* kernel)
    {
        if (s_next == null)
            return;
        ProcessorState* own = ProcessorState.Own;

        // First: what is posted behind this interrupts this processor.
        Posts->Ring(own->ApicNumber);
        if (Posts->Take() != 0)
            s_left = s_count;
        Tcb* thread = FindCaller();
        if (thread != null)
        {
            ProcessorState.LetGo();

            // It is the last of the ring now: all are to be looked at until it is reached again.
            if (!Kernel<MetalMachine>.HandleBatch(kernel, thread))
                s_left = s_count;
        }

        if (s_left != 0 && kernel->Current == null)
            LocalApic.Send((byte)LocalApic.BatchVector, own->ApicNumber);
    }

    /// <summary>Looks at the next threads, until one has calls.</summary>
    /// <returns>Null if none of them has.</returns>
    private static Tcb* FindCaller()
    {
        for (uint looks = 0; looks < LooksAtOnce && s_left != 0 && s_next != null; looks++)
        {
            Tcb* thread = s_next;
            s_next = LinksOf(thread)->NextWithBatch;
            s_left--;
            if (Batch<MetalMachine>.HasCalls(thread))
                return thread;
        }

        if (s_next == null)
            s_left = 0;
        return null;
    }

    /// <summary>Has an idle processor look, if there is one.</summary>
    private static void SendIdle()
    {
        // What it was interrupted for may have been taken meanwhile; then the next post has to interrupt, too.
        if (s_next != null && !IsRung)
            Posts->Ring(ProcessorState.Own->ApicNumber);
        if (!IsRung)
            return;
        for (uint i = 0; i < Processors.Count; i++)
        {
            ProcessorState* other = ProcessorState.Of(i);
            if (other->Kernel->Current != null || other == ProcessorState.Own)
                continue;
            Posts->Ring(other->ApicNumber);
            LocalApic.Send((byte)LocalApic.BatchVector, other->ApicNumber);
            return;
        }
    }

    private static InterruptContext* LinksOf(Tcb* thread) => InterruptContext.Of(thread);

    /// <summary>Room for a line somewhere in it.</summary>
    private struct Line
    {
        public const ulong Size = 64;

        public fixed ulong Words[2 * (int)Size / sizeof(ulong)];
    }
}
