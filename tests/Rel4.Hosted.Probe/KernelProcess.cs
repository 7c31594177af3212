using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Linux;
using Rel4.Hosted.Sandbox;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.TaskSide;
using Rel4.Runtime;

namespace Rel4.Hosted.Probe;

/// <summary>Runs systems whose kernel is this process, for tests that kill it or take away what it needs.</summary>
internal static class KernelProcess
{
    private const CapRights Client = CapRights.Write | CapRights.GrantReply;

    // Names the environment variable with the folder that tasks report in: this process, which reads their output, is killed.
    private const string Folder = "FOLDER";

    /// <summary>Runs tasks that are in the kernel in different ways when it ends.</summary>
    /// <param name="folder">Where they report.</param>
    public static int RunToBeKilled(string folder)
    {
        var builder = new SystemBuilder();
        EndpointDefinition nobody = builder.AddEndpoint("nobody"), service = builder.AddEndpoint("service");
        AddTask("server", Serve).Grant("requests", service, CapRights.Read);
        AddTask("in-call", AwaitReceiver).Grant("nobody", nobody, Client);
        AddTask("in-receive", AwaitMessage).Grant("nobody", builder.AddEndpoint("silence"), CapRights.Read);
        AddTask("among-calls", CallForEver).Grant("service", service, Client);
        AddTask("child", StayAChild);
        builder.RunAsync().GetAwaiter().GetResult();
        return 0;

        TaskBuilder AddTask(string name, Action method) => builder.AddTask(name, method)
            .Environment(Folder, folder)
            .Sandbox(SandboxPolicy.Strict with { WritablePaths = [folder] });
    }

    /// <summary>Runs a task that shares frames until the kernel has no descriptors left, twice, beside a pair that goes on.</summary>
    public static int RunOutOfDescriptors()
    {
        var builder = new SystemBuilder();
        EndpointDefinition service = builder.AddEndpoint("service");
        builder.AddTask("server", Answer).Grant("requests", service, CapRights.Read);
        builder.AddTask("client", CountCalls).Grant("service", service, Client);
        builder.AddTask("greedy", ShareAll).GrantMemory("heap", sizeBits: 22).CNodeBits(12)
            .Restart(RestartPolicy.OnFailure with { Limit = 1, FirstDelay = TimeSpan.FromSeconds(1) });
        return builder.RunAsync().GetAwaiter().GetResult();
    }

    private static void Serve() => Outlive("server", Answer);

    private static void AwaitReceiver() => Outlive("in-call", () => TaskContext.Endpoint("nobody").Call(0));

    private static void AwaitMessage() => Outlive("in-receive", () => TaskContext.Endpoint("nobody").Receive());

    private static void CallForEver() => Outlive("among-calls", () =>
    {
        while (true)
            TaskContext.Endpoint("service").Call(0, 1);
    });

    private static void StayAChild()
    {
        Report("child", "ready");
        Thread.Sleep(Timeout.Infinite);
    }

    private static void Answer()
    {
        ReceivedMessage message = TaskContext.Endpoint("requests").Receive();
        while (true)
            message = TaskContext.Endpoint("requests").ReplyReceive(0, message[0] + 1);
    }

    /// <summary>Makes calls, says so from time to time, and ends when it has said it often enough for both lives of the greedy one.</summary>
    private static void CountCalls()
    {
        for (int seconds = 0; seconds < 8; seconds++)
        {
            int calls = 0;
            for (long end = Environment.TickCount64 + 1000; Environment.TickCount64 < end; calls++)
                TaskContext.Endpoint("service").Call(0, 1);
            Console.WriteLine($"calls {calls}");
        }

        // The end of the system: nobody else ends it.
        Console.WriteLine("done");
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

        // Holds what it has for as long as others take to notice.
        Thread.Sleep(TimeSpan.FromSeconds(1.5));
        return 1;
    }

    /// <summary>Does something in the kernel, and reports how the kernel's end is seen there.</summary>
    private static void Outlive(string name, Action use)
    {
        // A task is killed with the process that started it, unless it asks not to be.
        SystemCall.Invoke(SystemCallNumber.prctl, (nint)ProcessControl.SetParentDeathSignal, 0);
        Report(name, "ready");
        try
        {
            use();
        }
        catch (KernelEndedException)
        {
            Report(name, nameof(KernelEndedException));
        }
    }

    private static void Report(string name, string what) =>
        File.WriteAllText(Path.Combine(Environment.GetEnvironmentVariable(Folder)!, $"{name}.{what}"), $"{Environment.ProcessId}");
}
