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
            var content = new CNode(node, NodeBits);
            content.Copy(new CapSlot(RootSlot.CNode, silence), Silence);
            content.Copy(new CapSlot(RootSlot.CNode, service), Service);
            new Tcb(thread).Configure(
                new CNode(node), new VSpace(space), TrapPage.Size, new Frame(page), guard: new CNodeCapData(0, Limits.WordBits - NodeBits));
            using var socket = new SafeFileHandle(FirstDescriptor + (2 * i), ownsHandle: true);
            using var process = new SafeFileHandle(FirstDescriptor + (2 * i) + 1, ownsHandle: true);
            CurrentTask.AttachProcess(space, socket, process);
            new Tcb(thread).Resume();
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

    /// <summary>Runs a task that shares frames until the kernel has no descriptors left, twice, beside a pair that goes on.</summary>
    public static int RunOutOfDescriptors()
    {
        var builder = new SystemBuilder();
        EndpointDefinition service = builder.AddEndpoint("service");
        NotificationDefinition calls = builder.AddNotification("calls");
        builder.AddTask("server", Answer).Grant("requests", service, CapRights.Read);
        builder.AddTask("client", CallForEver)
            .Grant("service", service, CapRights.Write | CapRights.GrantReply).Grant("calls", calls, CapRights.Write, badge: 1);
        builder.AddTask("greedy", ShareAll).Grant("calls", calls, CapRights.Read).GrantMemory("heap", sizeBits: 22).CNodeBits(12)
            .Restart(RestartPolicy.OnFailure with { Limit = 1, FirstDelay = TimeSpan.FromMilliseconds(1) });
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
                new Endpoint(Silence).Receive();
                break;
            case "wait-for-reply":
                new Endpoint(Service).Call(0);
                break;
            case "serve":
                new Endpoint(Service).Receive();
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

    private static int ShareAll()
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

        // Holds what it has until others have made their calls meanwhile; the first signal may have come before.
        for (int signals = 0; signals < 2; signals++)
            TaskContext.Notification("calls").Wait();
        Console.WriteLine("others go on");
        return 1;
    }
}
