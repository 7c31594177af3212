using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Tests.Async;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Hostile;

/// <summary>Holds a client whose run ends while it opens a channel, and a server that comes after that; and a server that ends, and whom a client joins after that.</summary>
internal static class OpeningEndPrograms
{
    public const string Begun = "begun", Other = "other";

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    /// <summary>Serves one endpoint from the start, and the other when the client's run has ended.</summary>
    public static void ServeLate() => ReL4.Run(async () =>
    {
        Executor.Current!.Spawn(() => EchoAsync(TaskContext.Endpoint(Other)));
        _ = await TaskContext.Notification(Begun).WaitAsync();
        await EchoAsync(AsyncSystem.Endpoint);
    });

    /// <summary>Ends a run whose opening nobody has heard yet, and looks what is left of it when somebody has.</summary>
    public static void EndWhileOpening()
    {
        MachineUser.MakeWaitingThreads();
        ReL4.Run(async () =>
        {
            using IpcResponse response = await TaskContext.Endpoint(Other).CallAsync(0);
        });
        long before = Slots();
        ReL4.Run(async () =>
        {
            long atStart = Slots();
            _ = AsyncSystem.Endpoint.CallAsync(0).AsTask();
            while (Slots() <= atStart)
                await Executor.Current!.Delay(TimeSpan.FromMilliseconds(1));
        });
        TaskContext.Notification(Begun).Signal();
        long held = Slots();
        for (long end = Environment.TickCount64 + (long)s_limit.TotalMilliseconds; held > before && Environment.TickCount64 < end; held = Slots())
            Thread.Sleep(1);
        Console.WriteLine($"{held - before} slots more");
    }

    /// <summary>Answers a join by its doorbell, whose slot was given back meanwhile and holds something else.</summary>
    public static void AnswerByDoorbellGivenBack()
    {
        KernelThreads threads = AsyncMachine.Current.Threads;
        Doorbells doorbells = threads.Invoke(() => Doorbells.Make(AsyncMachine.Current));
        ulong slot = threads.Invoke(() => doorbells.CapabilityOf(0));
        ReceivedMessage join = AsyncSystem.Endpoint.Receive();
        doorbells.Dispose();

        // What is given back the steward takes in its turn, and so before this.
        threads.Invoke(() =>
        {
            while (threads.Objects.TakeSlot() != slot)
            {
            }

            TaskContext.CNode.Copy(TaskContext.CNode[TaskContext.VSpace.CPtr], slot, CapRights.All);
            return slot;
        });
        if (!doorbells.TryReplyWith(0, join))
            join.Reply((ulong)ChannelRefusal.Ended);
        Thread.Sleep(Timeout.Infinite);
    }

    /// <summary>Joins, and says what it gets.</summary>
    public static void Join()
    {
        TaskContext.CNode.ReceiveInto(MachineUser.TakeSlot());
        ReceivedMessage answer = AsyncSystem.Endpoint.Call((ulong)ChannelOpening.Join, 0);
        Console.WriteLine($"{(ChannelRefusal)answer.Label} and {(answer.HasReceivedCapability ? "a" : "no")} capability");
    }

    private static async ValueTask EchoAsync(EndpointCap endpoint)
    {
        await foreach (IpcRequest request in endpoint.ReceiveAllAsync())
            await request.ReplyAsync(request.Label, request.Payload);
    }

    // What a run gives back the steward takes in its turn, and so before this.
    private static long Slots() => AsyncMachine.Current.Threads.Invoke(() => ProcessHoldings.Measure().Slots);
}
