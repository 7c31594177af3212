using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Linux;
using Rel4.Hosted.TaskSide;
using Rel4.Runtime;

namespace Rel4.Hosted.Probe.Isolation;

/// <summary>Tries what can be done by writing into trap pages.</summary>
internal static unsafe class ThreadTrespasses
{
    private const int Streaks = 30, CallsInStreak = 64;
    private const int Scribbles = 20_000;

    /// <summary>Claims a thread, and makes the calls after which the kernel moves the caller to its own processor.</summary>
    public static Finding Move(Victim.Answer victim)
    {
        var page = (TrapPage*)SeL4.GetIPCBuffer();
        int own = page->Thread;
        page->Thread = Held.IsOwner ? Sleeper.Start() : victim.Sleeper;
        Finding finding = MakeStreaks(page->Thread, SeL4.Yield);
        page->Thread = own;
        return finding;
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
        return MakeStreaks(victim.Sleeper, () => Trap(thread, new TrapFrame { Number = Syscall.Yield }));
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
        new Tcb(tcb).Resume();
        Span<int> descriptors = stackalloc int[TaskMessage.Descriptors];
        if (!DescriptorSocket.Receive(socket, out TaskMessage _, descriptors))
            throw new InvalidOperationException("The kernel has started no thread.");
        var page = (TrapPage*)Memory.MapWritable(descriptors[0], TrapPage.Size);
        return (new TaskThread(CurrentTask.Connection, page, descriptors[1], spins: 0), descriptors[1]);
    }

    private static Finding MakeStreaks(int thread, Action call)
    {
        ulong before = Processors(thread);
        for (int streak = 0; streak < Streaks; streak++)
        {
            // So long that the kernel takes the calls that follow for a new streak.
            Thread.Sleep(2);
            for (int i = 0; i < CallsInStreak; i++)
                call();
            if (Processors(thread) != before)
                return Finding.Success("moved");
        }

        return Finding.Refused("the thread was not moved");
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
