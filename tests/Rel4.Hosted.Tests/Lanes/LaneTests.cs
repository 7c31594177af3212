using Rel4.Abi;
using Rel4.Hosted.TaskSide;
using Rel4.Hosted.Tests.UserInterrupts;
using Rel4.Runtime;
using static Rel4.Hosted.Kernel.Lanes;

namespace Rel4.Hosted.Tests.Lanes;

/// <summary>Is all the same with lanes as without?</summary>
[Collection(nameof(OneKernel))]
public sealed unsafe class LaneTests(ITestOutputHelper output)
{
    private const int Steps = 150;

    [Fact]
    public void Call_AfterManyInARow_GoesPastTheKernel()
    {
        using var threads = new TalkingThreads(hasLanes: true);

        for (ulong i = 0; i < 200; i++)
            threads.Call(Deed.Echo, i);
        threads.End();

        Assert.True(threads.CallsInLane > 200 - CallsForPage - (2 * CallsToOpen) - 10, $"{threads.CallsInLane} calls went past the kernel");
        Assert.Contains("client: badge 0 label 3 caps 0 unwrapped 0 [200]", threads.Log);
        Assert.Contains("server: badge 7 label 0 caps 0 unwrapped 0 [199]", threads.Log);
    }

    [Fact]
    public void Call_WithoutLanes_GoesThroughTheKernel()
    {
        using var threads = new TalkingThreads(hasLanes: false);

        for (ulong i = 0; i < 200; i++)
            threads.Call(Deed.Echo, i);
        threads.End();

        Assert.Equal(0, threads.CallsInLane);
    }

    [Theory]
    [InlineData((ulong)Deed.Signal)]
    [InlineData((ulong)Deed.ReplyThenReceive)]
    [InlineData((ulong)Deed.ReplySaved)]
    [InlineData((ulong)Deed.Drop)]
    [InlineData((ulong)Deed.ReplyWithCapability)]
    [InlineData((ulong)Deed.Revoke)]
    [InlineData((ulong)Deed.RestartCaller)]
    [InlineData((ulong)Deed.SendPast)]
    [InlineData((ulong)Deed.QueueAnother)]
    [InlineData((ulong)Deed.Look)]
    public void Deed_InACallPastTheKernel_IsTheSameAsWithoutLanes(ulong deed)
    {
        IReadOnlyList<string> with = Tell(hasLanes: true), without = Tell(hasLanes: false);

        Assert.Equal(without, with);

        IReadOnlyList<string> Tell(bool hasLanes)
        {
            using var threads = new TalkingThreads(hasLanes);
            WarmUp(threads);
            int before = threads.CallsInLane;
            threads.Call(Deed.Echo, 5);
            Assert.Equal(hasLanes ? before + 1 : before, threads.CallsInLane);
            threads.Call((Deed)deed, 1, 2, 3, 4, 5, 6);
            for (ulong i = 0; i < 30; i++)
                threads.Call(Deed.Echo, i, i, i, i, i);
            Assert.Equal(hasLanes, threads.CallsInLane > before + 10);
            threads.End();
            return threads.Log;
        }
    }

    [Fact]
    public void Story_AtRandom_IsTheSameAsWithoutLanes()
    {
        int seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");

        IReadOnlyList<string> with = Tell(hasLanes: true), without = Tell(hasLanes: false);

        Assert.Equal(without, with);

        IReadOnlyList<string> Tell(bool hasLanes)
        {
            var random = new Random(seed);
            using var threads = new TalkingThreads(hasLanes);
            WarmUp(threads);
            for (int i = 0; i < Steps; i++)
            {
                Step(threads, random);
                for (int calls = random.Next(10); calls > 0; calls--)
                    threads.Call(Deed.Echo, Words(random));
            }

            threads.End();
            output.WriteLine($"{threads.CallsInLane} calls past the kernel, {threads.Log.Count} notes");
            Assert.Equal(hasLanes, threads.CallsInLane > 0);
            return threads.Log;
        }
    }

    [Fact]
    public void Call_WhileOthersCallAndTheKernelLooks_IsAnsweredOnceAndInOrder()
    {
        const ulong Calls = 20_000;
        using var threads = new TalkingThreads(hasLanes: true) { IsCareful = true };
        Task<ulong> calling = threads.Client.Begin(() =>
        {
            ulong inLane = 0;
            for (ulong i = 0; i < Calls; i++)
            {
                bool wasOpen = new LaneWord(TaskThread.Current!.Page->Lane).State == LaneState.Idle;
                SeL4.SetMR(0, i);
                SeL4.SetMR(5, i);
                MessageInfo answer = SeL4.Call(threads.Capability, new MessageInfo(0, 0, 0, 6));
                Assert.Equal((i + 1, i + 1, 6u), (SeL4.GetMR(0), SeL4.GetMR(5), answer.Length));
                inLane += wasOpen ? 1ul : 0;
            }

            return inLane;
        });

        ulong others = 0;
        for (; !calling.IsCompleted; others++)
        {
            if (others % 3 == 0)
                threads.CallFromOther(others);
            else if (others % 3 == 1)
                threads.Kernel.Inspect(_ => { });
            else
                Thread.Sleep(1);
        }

        ulong begunInLane = Eventually.Ends(calling);
        threads.End();
        output.WriteLine($"{begunInLane} of {Calls} calls begun with an open lane, {others} times looked");
        Assert.NotEqual(0ul, begunInLane);
        Assert.All(threads.Log.Where(line => line.StartsWith("other", StringComparison.Ordinal)).Select((line, i) => (line, i)), other =>
            Assert.Equal($"other: badge 0 label 3 caps 0 unwrapped 0 [{(3 * other.i) + 1}]", other.line));
    }

    [Fact]
    public void Call_PastTheKernel_AllocatesNothing()
    {
        using var kernel = new InProcessKernel();
        ulong endpoint = kernel.Make(ObjectType.Endpoint);
        TaskOnThread server = kernel.StartThread(), client = kernel.StartThread();
        Task<long> serving = server.Begin(() =>
        {
            MessageInfo message = SeL4.Recv(endpoint, out _);
            for (int i = 0; i < 1000; i++)
                message = SeL4.ReplyRecv(endpoint, message, out _);
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 1000; i++)
                message = SeL4.ReplyRecv(endpoint, message, out _);
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            SeL4.Reply(message);
            return allocated;
        });

        long allocatedByClient = client.Do(() =>
        {
            for (int i = 0; i < 1000; i++)
                SeL4.Call(endpoint, new MessageInfo(0, 0, 0, 20));
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 1001; i++)
                SeL4.Call(endpoint, new MessageInfo(0, 0, 0, 20));
            return GC.GetAllocatedBytesForCurrentThread() - before;
        });

        Assert.Equal(0, allocatedByClient);
        Assert.Equal(0, Eventually.Ends(serving));
    }

    private static void WarmUp(TalkingThreads threads)
    {
        for (ulong i = 0; i < 100; i++)
            threads.Call(Deed.Echo, i);
    }

    private static void Step(TalkingThreads threads, Random random)
    {
        switch (random.Next(8))
        {
            case 0:
                threads.CallFromOther(Words(random));
                break;
            case 1:
                threads.ChangeBadge((ulong)random.Next(100, 200));
                break;
            case 2:
                InProcessKernel.Check(SeL4.TCB_Suspend(threads.Server.Tcb));
                InProcessKernel.Check(SeL4.TCB_Resume(threads.Server.Tcb));
                break;
            case 3:
                InProcessKernel.Check(SeL4.TCB_Suspend(threads.Client.Tcb));
                Task<string> call = threads.BeginCall(Deed.Echo, Words(random));
                InProcessKernel.Check(SeL4.TCB_Resume(threads.Client.Tcb));
                threads.Note(Eventually.Ends(call));
                break;
            default:
                threads.Call((Deed)random.Next((int)Deed.Signal, (int)Deed.Look + 1), Words(random));
                break;
        }
    }

    private static ulong[] Words(Random random)
    {
        var words = new ulong[random.Next(4) == 0 ? random.Next(Limits.MessageWords + 1) : random.Next(6)];
        for (int i = 0; i < words.Length; i++)
            words[i] = (ulong)random.NextInt64();
        return words;
    }
}
