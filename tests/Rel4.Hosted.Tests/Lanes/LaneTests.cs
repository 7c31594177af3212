using Rel4.Abi;
using Rel4.Hosted.Tests.UserInterrupts;
using Rel4.Runtime;
using static Rel4.Hosted.Kernel.Lanes;

namespace Rel4.Hosted.Tests.Lanes;

/// <summary>Is all the same with lanes as without?</summary>
[Collection(nameof(OneKernel))]
public sealed class LaneTests(ITestOutputHelper output)
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
