using Microsoft.Win32.SafeHandles;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.TaskSide;
using Rel4.Runtime;

namespace Rel4.Hosted.Probe;

/// <summary>Runs systems whose kernel is this process, for tests that kill it or take away what it needs.</summary>
public static class KernelProcess
{
    /// <summary>The first of the descriptors that <see cref="RunForOthers"/> finds: for each task the kernel's end of its socket, and its pidfd.</summary>
    public const int FirstDescriptor = 4;

    private const ulong Silence = RootSlot.FirstFree, Service = Silence + 1;
    private const byte NodeBits = 5;
    private const int CallsBetweenSignals = 1000;

    /// <summary>So many that their shares are more than there is.</summary>
    private const int Hoarders = 4;

    /// <summary>Runs a kernel for processes that somebody else started, who then kills it.</summary>
    /// <param name="tasks">How many there are.</param>
    public static int RunForOthers(int tasks)
    {
        using HostedKernel kernel = HostedKernel.Start(new HostedKernelOptions(MemoryBits: 22, RootCNodeBits: 10));
        ulong next = RootSlot.FirstFree + BootInfo.MaxUntyped;
        ulong silence = Make(ObjectType.Endpoint), service = Make(ObjectType.Endpoint);
        for (int i = 0; i < tasks; i++)
        {
            ulong node = Make(ObjectType.CapTable, NodeBits), space = Make(ObjectType.Pml4), page = Make(ObjectType.Page4K), thread = Make(ObjectType.Tcb);
            var content = new CNodeCap(node, NodeBits);
            content.Copy(new CapSlot(RootSlot.CNode, silence), Silence);
            content.Copy(new CapSlot(RootSlot.CNode, service), Service);
            new TcbCap(thread).Configure(
                new CNodeCap(node), new VSpaceCap(space), TrapPage.Size, new FrameCap(page), guard: new CNodeCapData(0, Limits.WordBits - NodeBits));
            using var socket = new SafeFileHandle(FirstDescriptor + (2 * i), ownsHandle: true);
            using var process = new SafeFileHandle(FirstDescriptor + (2 * i) + 1, ownsHandle: true);
            CurrentTask.AttachProcess(space, socket, process);
            new TcbCap(thread).Resume();
        }

        Thread.Sleep(Timeout.Infinite);
        return 0;

        ulong Make(ObjectType type, byte sizeBits = 0)
        {
            for (ulong untyped = RootSlot.FirstFree; ; untyped++)
            {
                if (SeL4.Untyped_Retype(untyped, type, sizeBits, RootSlot.CNode, 0, 0, next, 1) == SeL4Error.NoError)
                    return next++;
            }
        }
    }

    /// <summary>Deletes frames while another thread takes every mapping that this process may have and that becomes free, then uses their memory again.</summary>
    public static int RunOutOfMappings()
    {
        const ulong Frame = RootSlot.FirstFree + BootInfo.MaxUntyped, Heap = Frame + 1;
        using HostedKernel kernel = HostedKernel.Start(new HostedKernelOptions(MemoryBits: 24, RootCNodeBits: 10));
        for (ulong untyped = RootSlot.FirstFree; Retype(untyped, ObjectType.Untyped, Limits.PageBits, Heap) != SeL4Error.NoError; untyped++)
        {
        }

        // The first time without hunger, so that all that runs is compiled.
        for (int round = 0; round < 4; round++)
        {
            Check(Retype(Heap, ObjectType.Page4K, 0, Frame));
            Span<byte> old = CurrentTask.Map(Frame, RootSlot.VSpace, CapRights.ReadWrite);
            old.Fill(1);
            using (var hunger = new Hunger(isHungry: round > 0))
                Check(SeL4.CNode_Delete(RootSlot.CNode, Frame, Limits.WordBits));
            Check(Retype(Heap, ObjectType.Page4K, 0, Frame));
            Span<byte> fresh = CurrentTask.Map(Frame, RootSlot.VSpace, CapRights.ReadWrite);
            Console.WriteLine(fresh.ContainsAnyExcept((byte)0) ? "used" : "fresh");
            fresh.Fill(2);
            Console.WriteLine(old.ContainsAnyExcept((byte)1) ? "connected" : "disconnected");
            Check(SeL4.CNode_Delete(RootSlot.CNode, Frame, Limits.WordBits));
        }

        return 0;

        static SeL4Error Retype(ulong untyped, ObjectType type, byte sizeBits, ulong slot) =>
            SeL4.Untyped_Retype(untyped, type, sizeBits, RootSlot.CNode, 0, 0, slot, 1);

        static void Check(SeL4Error error)
        {
            if (error != SeL4Error.NoError)
                throw new InvalidOperationException($"{error}");
        }
    }

    /// <summary>Is such a process: does something in the kernel until that ends.</summary>
    public static int RunAsTask(string work)
    {
        CurrentTask.Attach();
        Console.WriteLine("ready");
        try
        {
            while (true)
                Work(work);
        }
        catch (KernelEndedException ended)
        {
            Console.WriteLine(ended.GetType().Name);
            return 0;
        }
    }

    /// <summary>Runs tasks that share frames until the kernel has no descriptors left for them, one of them twice, beside a pair that goes on.</summary>
    public static int RunOutOfDescriptors()
    {
        var builder = new SystemBuilder();
        EndpointDefinition service = builder.AddEndpoint("service");
        NotificationDefinition calls = builder.AddNotification("calls");
        builder.AddTask("server", Answer).Grant("requests", service, CapRights.Read);
        builder.AddTask("client", CallForEver)
            .Grant("service", service, CapRights.Write | CapRights.GrantReply).Grant("calls", calls, CapRights.Write, badge: 1);
        NotificationDefinition hoarded = builder.AddNotification("hoarded");
        for (int i = 0; i < Hoarders; i++)
        {
            builder.AddTask($"hoarder-{i}", Hoard)
                .Grant("hoarded", hoarded, CapRights.Write, badge: 1ul << i).GrantMemory("heap", sizeBits: 22).CNodeBits(12);
        }

        builder.AddTask("greedy", BeGreedy).Grant("calls", calls, CapRights.Read).Grant("hoarded", hoarded, CapRights.Read)
            .GrantMemory("heap", sizeBits: 22).CNodeBits(12).Restart(RestartPolicy.OnFailure with { Limit = 1, FirstDelay = TimeSpan.FromMilliseconds(1) });
        return RunUntilEndOfAsync(builder, "greedy").GetAwaiter().GetResult();
    }

    private static async Task<int> RunUntilEndOfAsync(SystemBuilder builder, string task)
    {
        await using RunningSystem system = await builder.StartAsync();
        await system[task].Completion;
        return 0;
    }

    private static void Work(string work)
    {
        switch (work)
        {
            case "receive":
                new EndpointCap(Silence).Receive();
                break;
            case "wait-for-reply":
                new EndpointCap(Service).Call(0);
                break;
            case "serve":
                new EndpointCap(Service).Receive();
                Thread.Sleep(Timeout.Infinite);
                break;
            default:
                SeL4.Yield();
                break;
        }
    }

    private static void Answer()
    {
        ReceivedMessage message = TaskContext.Endpoint("requests").Receive();
        while (true)
            message = TaskContext.Endpoint("requests").ReplyReceive(0, message[0] + 1);
    }

    /// <summary>Makes calls for ever, and signals after so many.</summary>
    private static void CallForEver()
    {
        for (int calls = 1; ; calls++)
        {
            TaskContext.Endpoint("service").Call(0, 1);
            if (calls % CallsBetweenSignals == 0)
                TaskContext.Notification("calls").Signal();
        }
    }

    /// <summary>Keeps what it has shared, and says so.</summary>
    private static void Hoard()
    {
        ShareAll();
        for (; ; Thread.Sleep(1))
            TaskContext.Notification("hoarded").Signal();
    }

    /// <summary>Shares all that others have left, and lives until these have made their calls meanwhile.</summary>
    private static int BeGreedy()
    {
        for (ulong full = 0; full != (1 << Hoarders) - 1;)
            full |= TaskContext.Notification("hoarded").Wait();
        ShareAll();

        // The first signal may have come before.
        for (int signals = 0; signals < 2; signals++)
            TaskContext.Notification("calls").Wait();
        Console.WriteLine("others go on");
        return 1;
    }

    private static void ShareAll()
    {
        ulong slot = TaskContext.FreeSlots.Start;
        int shared = 0;
        try
        {
            for (; ; shared++, slot++)
            {
                TaskContext.Untyped("heap").Retype(ObjectType.Page4K, new CapSlot(TaskContext.CNode.CPtr, slot));
                CurrentTask.Map(slot, TaskContext.VSpace.CPtr, CapRights.ReadWrite);
            }
        }
        catch (SeL4Exception refusal)
        {
            Console.WriteLine($"shared {shared} then {refusal.Error}");
        }
    }
}
