using System.Diagnostics;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Kernel;
using Rel4.Hosted.Linux;
using Rel4.Hosted.TaskSide;
using Rel4.Runtime;

namespace Rel4.Hosted.Probe.Isolation;

/// <summary>Tries what can be done by writing into trap pages.</summary>
internal static unsafe class ThreadTrespasses
{
    private const int CallsInStreak = 64;
    private const int Scribbles = 20_000;

    private static readonly TimeSpan s_streakLimit = TimeSpan.FromSeconds(30);

    /// <summary>Claims a thread, and makes the calls after which the kernel moves the caller to its own processor.</summary>
    public static Finding Move(Victim.Answer victim)
    {
        var page = (TrapPage*)SeL4.GetIPCBuffer();
        int own = page->Thread;
        page->Thread = Held.IsOwner ? StartOwnSleeper() : victim.Sleeper;
        Finding finding = MakeStreak(page->Thread, SeL4.Yield);
        page->Thread = own;
        return finding;
    }

    private static int StartOwnSleeper()
    {
        // A new thread may run where the one that makes it may, so the kernel has to let go of that first.
        Thread.Sleep(2 * IsolationSystem.ShortPause);
        SeL4.Yield();
        return Sleeper.Start();
    }

    /// <summary>Does the same with a thread of an address space that the victim's process is said to be.</summary>
    public static Finding MoveThroughOwnSpace(Victim.Answer victim)
    {
        ulong space = Held.Make(ObjectType.Pml4);
        (int kernelEnd, int end) = DescriptorSocket.CreatePair();
        SpaceTrespasses.SendProcess(kernelEnd, SpaceTrespasses.OpenProcess(victim.Process));
        SeL4Error attached = SpaceTrespasses.Attach(space);
        if (attached != SeL4Error.NoError)
            return Finding.Of(attached);
        (TaskThread thread, _) = StartThread(Held.CNode, space, end);
        thread.Page->Thread = victim.Sleeper;
        return MakeStreak(victim.Sleeper, () => Trap(thread, new TrapFrame { Number = Syscall.Yield }));
    }

    /// <summary>Lets a thread that holds nothing make calls out of random bits, and changes them while the kernel looks at them.</summary>
    public static Finding Scribble()
    {
        ulong space = Held.Make(ObjectType.Pml4);
        (int kernelEnd, int end) = DescriptorSocket.CreatePair();
        SpaceTrespasses.SendProcess(kernelEnd, SpaceTrespasses.OpenProcess(Environment.ProcessId));
        SeL4Exception.ThrowIfFailed(SpaceTrespasses.Attach(space), HostedLabel.VSpaceAttach, space);
        (TaskThread thread, int doorbell) = StartThread(Held.Make(ObjectType.CapTable, TaskDefinition.DefaultCNodeBits), space, end);
        var words = new Span<uint>(thread.Page, TrapPage.Size / sizeof(uint));
        var random = new Random(3);
        for (int i = 0; i < Scribbles; i++)
        {
            words[random.Next(words.Length)] = (uint)random.NextInt64();
            if (i % 16 == 0)
                thread.Page->Call.Number = (Syscall)(-random.Next(1, 10));
            thread.Page->Request++;
            if (i % 64 == 0)
                Descriptors.Ring(doorbell);
        }

        return Held.LookForHarm();
    }

    private static (TaskThread Thread, int Doorbell) StartThread(ulong cnode, ulong space, int socket)
    {
        ulong tcb = Held.MakeThread(cnode, space, Held.Make(ObjectType.Page4K));
        new TcbCap(tcb).Resume();
        Span<int> descriptors = stackalloc int[TaskMessage.Descriptors];
        if (!DescriptorSocket.Receive(socket, out TaskMessage _, descriptors))
            throw new InvalidOperationException("The kernel has started no thread.");
        var page = (TrapPage*)Memory.MapWritable(descriptors[0], TrapPage.Size);
        return (new TaskThread(CurrentTask.Connection, page, descriptors[1], spins: 0), descriptors[1]);
    }

    /// <summary>Makes calls until so many came one soon after another that the kernel moves the thread that the caller claims to be.</summary>
    /// <remarks>
    /// The kernel looks at the time from its answer to the next call; from the beginning of the one call to the end of the next is longer. So
    /// what the kernel did is known and not only likely, however busy the machine is: it has had its streak, and no reason yet to let go again.
    /// </remarks>
    private static Finding MakeStreak(int thread, Action call)
    {
        ulong before = Processors(thread);
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < s_streakLimit)
        {
            // So long that the kernel takes the next call, which it does not count, for the beginning of a new streak.
            Thread.Sleep(2 * IsolationSystem.ShortPause);
            long last = Stopwatch.GetTimestamp();
            call();
            for (int i = 0, streak = 0; i < CallsInStreak; i++)
            {
                long start = Stopwatch.GetTimestamp();
                call();
                streak = Stopwatch.GetElapsedTime(last) < IsolationSystem.ShortPause ? streak + 1 : 0;
                last = start;
                if (streak < Placement.Streak)
                    continue;
                bool isMoved = Processors(thread) != before;
                if (isMoved || Stopwatch.GetElapsedTime(start) < IsolationSystem.ShortPause)
                    return isMoved ? Finding.Success("moved") : Finding.Refused("the thread was not moved");
            }
        }

        throw new InvalidOperationException($"{CallsInStreak} calls are never fast enough for the kernel to move a thread.");
    }

    private static void Trap(TaskThread thread, TrapFrame frame) => thread.Trap(&frame);

    /// <summary>Gets the processors, up to 64, that a thread may run on; everybody may ask that.</summary>
    private static ulong Processors(int thread)
    {
        ulong set;
        SystemCall.Invoke(SystemCallNumber.sched_getaffinity, thread, sizeof(ulong), (nint)(&set));
        return set;
    }
}
