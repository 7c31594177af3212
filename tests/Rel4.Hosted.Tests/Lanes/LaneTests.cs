using Microsoft.Win32.SafeHandles;
using Rel4.Abi;
using Rel4.Hosted.Kernel;
using Rel4.Hosted.Linux;
using Rel4.Hosted.TaskSide;
using Rel4.Hosted.Tests.UserInterrupts;
using Rel4.Kernel;
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

        threads.WarmUp();
        int before = threads.CallsInLane;
        for (ulong i = 0; i < 100; i++)
            threads.Call(Deed.Echo, i);
        threads.End();

        Assert.Equal(before + 100, threads.CallsInLane);
        Assert.Contains(threads.Log, line => line.StartsWith("client: badge 0 label 3 caps 0 unwrapped 0 [100]", StringComparison.Ordinal));
        Assert.Contains(threads.Log, line => line.StartsWith("server: badge 7 label 0 caps 0 unwrapped 0 [99]", StringComparison.Ordinal));
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
    [InlineData((ulong)Deed.CallElsewhere)]
    [InlineData((ulong)Deed.ReceiveElsewhere)]
    [InlineData((ulong)Deed.Bind)]
    [InlineData((ulong)Deed.Look)]
    public void Deed_InACallPastTheKernel_IsTheSameAsWithoutLanes(ulong deed)
    {
        IReadOnlyList<string> with = Tell(hasLanes: true), without = Tell(hasLanes: false);

        Assert.Equal(without, with);

        IReadOnlyList<string> Tell(bool hasLanes)
        {
            using var threads = new TalkingThreads(hasLanes);
            threads.WarmUp();
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
    public void Look_BetweenCallsPastTheKernel_IsTheSameAsWithoutLanes()
    {
        Assert.Equal(Tell(hasLanes: false), Tell(hasLanes: true));

        static IReadOnlyList<string> Tell(bool hasLanes)
        {
            using var threads = new TalkingThreads(hasLanes);
            foreach (Action step in (Action[])[() => threads.CallWithCapability(), () => threads.CallBySecond(Deed.Echo, 1), threads.ReadServer, () => threads.CallElsewhere(1)])
            {
                threads.WarmUp();
                threads.Call(Deed.Echo, 1, 2, 3, 4, 5, 6);
                step();
            }

            threads.End();
            return threads.Log;
        }
    }

    [Fact]
    public void Registers_OfAServerThatHandlesACall_AreTheSameAsWithoutLanes()
    {
        Assert.Equal(Tell(hasLanes: false), Tell(hasLanes: true));

        static IReadOnlyList<string> Tell(bool hasLanes)
        {
            using var threads = new TalkingThreads(hasLanes);
            threads.WarmUp();
            Task<string> call = threads.BeginCall(Deed.Hold, 1, 2, 3, 4);
            Eventually.Holds(() => threads.Holds, "the server has the call");
            threads.ReadServer();
            threads.LetReply();
            threads.Note(Eventually.Ends(call));
            threads.End();
            return threads.Log;
        }
    }

    [Fact]
    public void Call_ToAServerWithABoundNotification_GoesThroughTheKernel()
    {
        using var threads = new TalkingThreads(hasLanes: true);
        threads.Bind();

        for (ulong i = 0; i < 200; i++)
            threads.Call(Deed.Echo, i);

        Assert.Equal(0, threads.CallsInLane);
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
            threads.WarmUp();
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
            Assert.StartsWith($"other: badge 0 label 3 caps 0 unwrapped 0 [{(3 * other.i) + 1}]", other.line, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Call_BegunWhileTheCallerIsResumed_IsAnsweredOnce(bool hasLanes)
    {
        const ulong Calls = 3000;
        using var threads = new TalkingThreads(hasLanes);

        for (ulong i = 0; i < Calls; i++)
        {
            InProcessKernel.Check(SeL4.TCB_Suspend(threads.Client.Tcb));
            Task<string> call = threads.BeginCall(Deed.Echo, i);
            InProcessKernel.Check(SeL4.TCB_Resume(threads.Client.Tcb));
            Assert.StartsWith($"badge 0 label 3 caps 0 unwrapped 0 [{i + 1}]", Eventually.Ends(call), StringComparison.Ordinal);
        }

        threads.End();
        Assert.Equal(Calls + 1, (ulong)threads.Log.Count(line => line.StartsWith("server: ", StringComparison.Ordinal)));
    }

    [Fact]
    public void Call_PastTheKernel_AllocatesNothing()
    {
        const ulong Begin = 1, End = 2;
        using var kernel = new InProcessKernel(new HostedKernelOptions(Placement: KernelPlacement.Spread));
        ulong endpoint = kernel.Make(ObjectType.Endpoint);
        TaskOnThread server = kernel.StartThread(), client = kernel.StartThread();
        Task<long> serving = server.Begin(() =>
        {
            long before = 0;
            MessageInfo message = SeL4.Recv(endpoint, out _);
            while (message.Label != End)
            {
                if (message.Label == Begin)
                    before = GC.GetAllocatedBytesForCurrentThread();
                message = SeL4.ReplyRecv(endpoint, message, out _);
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            SeL4.Reply(message);
            return allocated;
        });

        (long allocatedByClient, LaneState state) = client.Do(() =>
        {
            for (int i = 0; i < 1000 || TaskThread.Current!.Lane is not { Word.State: LaneState.Idle }; i++)
                Call(0);
            Call(Begin);
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 1000; i++)
                Call(0);
            return (GC.GetAllocatedBytesForCurrentThread() - before, TaskThread.Current.Lane.Word.State);
        });
        client.Do(() => Call(End));

        Assert.Equal((0, LaneState.Idle), (allocatedByClient, state));
        Assert.Equal(0, Eventually.Ends(serving));

        void Call(ulong label) => SeL4.Call(endpoint, new MessageInfo(label, 0, 0, 20));
    }

    [Fact]
    public void Receive_OfAClientElsewhere_TakesNoCallFromItsLane()
    {
        using var threads = new TalkingThreads(hasLanes: true);
        threads.WarmUp();

        Task<(ulong Word, ulong Badge)> receiving = threads.Client.Begin(() =>
        {
            // What its server can write there at any moment.
            LanePage* page = TaskThread.Current!.Lane!.Page;
            Assert.Equal(LaneState.Idle, TaskThread.Current.Lane.Word.State);
            page->Calls.Info = new MessageInfo(1, 0, 0, 1).Raw;
            page->Calls.Words[0] = 13;
            Volatile.Write(ref page->Calls.Number, TaskThread.Current.Lane.Word.Number + 1);
            SeL4.ReplyRecv(threads.Elsewhere, default, out ulong badge);
            return (SeL4.GetMR(0), badge);
        });
        threads.Other.Do(() =>
        {
            SeL4.SetMR(0, 42);
            SeL4.Send(threads.Elsewhere, new MessageInfo(0, 0, 0, 1));
        });

        Assert.Equal((42ul, 0ul), Eventually.Ends(receiving));
    }

    [Fact]
    public void Reply_ForgedOnceTheKernelHasTheCall_IsNotTaken()
    {
        using var threads = new TalkingThreads(hasLanes: true);
        threads.WarmUp();
        Task<string> call = threads.BeginCall(Deed.Hold, 5);
        Eventually.Holds(() => threads.Holds, "the server has the call");
        LaneEnd lane = threads.ServersSide.Lane!;
        uint number = lane.Word.Number;
        threads.Kernel.Inspect(_ => { });

        lane.Page->Replies.Info = new MessageInfo(13, 0, 0, 0).Raw;
        Volatile.Write(ref lane.Page->Replies.Number, number);
        Futex.Wake(&lane.Page->Replies.Number);

        Assert.False(SpinWait.SpinUntil(() => call.IsCompleted, TimeSpan.FromMilliseconds(50)));
        threads.LetReply();
        Assert.StartsWith("badge 0 label 3 caps 0 unwrapped 0 [6]", Eventually.Ends(call), StringComparison.Ordinal);
    }

    [Fact]
    public void Page_OfALane_HoldsNothingThatLiesBehindAMessage()
    {
        const ulong Clients = 0xC11E_0000_0000_0001, Others = 0x07E2_0000_0000_0001;
        using var threads = new TalkingThreads(hasLanes: true);
        threads.WarmUp();
        threads.CallFromOther(Others, Others, Others, Others, Others, Others);
        threads.Client.Do(() => Enumerable.Range(0, 6).ToList().ForEach(i => SeL4.SetMR(i, Clients)));
        threads.WarmUp();

        ulong[] words = threads.Client.Do(() => new ReadOnlySpan<ulong>(TaskThread.Current!.Lane!.Page, LanePage.Size / sizeof(ulong)).ToArray());

        Assert.NotEqual(0ul, words[0]);
        Assert.DoesNotContain(Clients, words);
        Assert.DoesNotContain(Others, words);
        Assert.DoesNotContain(Others + 1, words);
    }

    [Fact]
    public void Answer_ToAClientWithAnOldStreak_LeavesTheLaneOfAnother()
    {
        using var threads = new TalkingThreads(hasLanes: true);
        Look((client, server, other) => (other.Partner, other.MayGetLane) = (server, true));
        threads.WarmUp();

        // A system call that closes no lane, through whose capability there could be one.
        threads.Other.Do(() =>
        {
            var frame = new TrapFrame { Number = Syscall.Yield, Capability = threads.OthersCapability };
            TaskThread.Current!.Trap(&frame);
        });

        int before = threads.CallsInLane;
        threads.Call(Deed.Echo, 1);
        Assert.Equal(before + 1, threads.CallsInLane);
        Look((client, server, other) =>
        {
            Assert.Same(client, server.Lane!.Client);
            Assert.Same(client.Lane, server.Lane);
            Assert.Null(other.Lane);
        });
        threads.CallFromOther(1);

        void Look(Action<HostedThread, HostedThread, HostedThread> what) => threads.Kernel.Inspect(kernel =>
            what(Find(kernel, threads.Client), Find(kernel, threads.Server), Find(kernel, threads.Other)));

        static HostedThread Find(KernelState* kernel, TaskOnThread thread) => KernelLoop.Of(kernel).Population.ThreadOf(
            CSpace.LookupSlot(kernel->Shared->RootThread, thread.Tcb)->Cap.Thread)!;
    }

    [Fact]
    public void Call_BesideASecondReceiver_ReachesThemInTurn()
    {
        List<ulong> with = Tell(hasLanes: true), without = Tell(hasLanes: false);

        Assert.Equal(without, with);
        Assert.NotEqual(with[0], with[1]);

        static List<ulong> Tell(bool hasLanes)
        {
            using var kernel = new InProcessKernel(new HostedKernelOptions { HasLanes = hasLanes });
            ulong endpoint = kernel.Make(ObjectType.Endpoint);
            TaskOnThread client = kernel.StartThread(), first = kernel.StartThread(), second = kernel.StartThread();
            Serve(1, first);
            client.Do(() =>
            {
                for (int i = 0; i < 100; i++)
                    SeL4.Call(endpoint, new MessageInfo(0, 0, 0, 1));
            });
            Serve(2, second);
            var names = new List<ulong>();
            Eventually.Holds(() => client.Do(Call) == 2, "the second receives");
            for (int i = 0; i < 50; i++)
                names.Add(client.Do(Call));
            return names;

            ulong Call()
            {
                SeL4.Call(endpoint, new MessageInfo(0, 0, 0, 1));
                return SeL4.GetMR(0);
            }

            void Serve(ulong name, TaskOnThread thread) => thread.Begin<bool>(() =>
            {
                SeL4.Recv(endpoint, out _);
                while (true)
                {
                    SeL4.SetMR(0, name);
                    SeL4.ReplyRecv(endpoint, new MessageInfo(0, 0, 0, 1), out _);
                }
            });
        }
    }

    [Fact]
    public void Lane_OfAProcessThatHasMany_OpensInThePlaceOfTheEldest()
    {
        const int Pairs = MostOfProcess + 4;
        using var kernel = new InProcessKernel(new HostedKernelOptions(Placement: KernelPlacement.Spread));
        (TaskOnThread Client, ulong Endpoint)[] pairs = [.. Enumerable.Range(0, Pairs).Select(_ =>
        {
            ulong endpoint = kernel.Make(ObjectType.Endpoint);
            Serve(kernel.StartThread(), endpoint);
            return (kernel.StartThread(), endpoint);
        })];

        foreach ((TaskOnThread client, ulong endpoint) in pairs)
        {
            client.Do(() => Eventually.Holds(
                () =>
                {
                    SeL4.Call(endpoint, default);
                    return TaskThread.Current!.Lane is { Word.State: LaneState.Idle };
                },
                "the lane opens"));
        }

        Assert.Equal(
            Enumerable.Range(0, Pairs).Select(pair => pair >= Pairs - MostOfProcess),
            pairs.Select(pair => pair.Client.Do(() => TaskThread.Current!.Lane!.Word.State == LaneState.Idle)));
        Assert.All(pairs, pair => pair.Client.Do(() => SeL4.Call(pair.Endpoint, default)));
    }

    [Fact]
    public void Page_OfALane_TakesNoSeals()
    {
        using var kernel = new InProcessKernel();
        ulong endpoint = kernel.Make(ObjectType.Endpoint);
        Serve(kernel.StartThread(), endpoint);
        CallForPage(kernel.StartThread(), endpoint);
        IReadOnlyList<string> pages = [];
        Eventually.Holds(() => (pages = ProcessResources.Find("rel4-lane")).Count > 0, "the page of the lane comes");

        using SafeFileHandle page = File.OpenHandle(pages[0], FileMode.Open, FileAccess.ReadWrite);

        Assert.False(Memory.TryAddSeals((int)page.DangerousGetHandle(), Memory.Seals.FutureWrite));
    }

    [Fact]
    public void Thread_ThatEndsBeforeItsLaneComes_LeavesNoDescriptorOfIt()
    {
        using var kernel = new InProcessKernel();
        ulong endpoint = kernel.Make(ObjectType.Endpoint);
        Serve(kernel.StartThread(), endpoint);

        for (int round = 0; round < 10; round++)
        {
            TaskOnThread client = kernel.StartThread();
            CallForPage(client, endpoint);
            kernel.Kill(client);
        }

        TaskOnThread last = kernel.StartThread();
        Eventually.Holds(() =>
        {
            last.Do(() => SeL4.Call(endpoint, default));
            return ProcessResources.Find("rel4-lane").Count == 0;
        }, "all pages of lanes are taken or closed");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Thread_ThatEndsWhileItsLaneOpens_LeavesTheOtherToOthers(bool isServer)
    {
        using var kernel = new InProcessKernel(new HostedKernelOptions(Placement: KernelPlacement.Spread));
        ulong endpoint = kernel.Make(ObjectType.Endpoint);
        TaskOnThread server = kernel.StartThread();
        Serve(server, endpoint);

        // From before there is a page until the lane is in use.
        for (int last = CallsForPage - 2; last < CallsForPage + (4 * CallsToOpen); last++)
        {
            TaskOnThread client = kernel.StartThread();
            int calls = 0;
            bool ends = false;
            client.Begin(() =>
            {
                for (; !Volatile.Read(ref ends); calls++)
                    SeL4.Call(endpoint, default);
                return true;
            });
            Eventually.Holds(() => Volatile.Read(ref calls) >= last, "the server answers");

            kernel.Kill(isServer ? server : client);
            Volatile.Write(ref ends, true);
            if (isServer)
            {
                server = kernel.StartThread();
                Serve(server, endpoint);
            }

            TaskOnThread other = kernel.StartThread();
            other.Do(() => SeL4.Call(endpoint, default));
            kernel.Kill(other);
            if (isServer)
                kernel.Kill(client);
            Assert.Empty(kernel.FindViolations());
        }
    }

    [Fact]
    public void Call_FarFromTheLastOneThroughTheKernel_GoesThroughIt()
    {
        using var threads = new TalkingThreads(hasLanes: true);
        threads.WarmUp();
        int before = threads.CallsInLane;

        threads.Client.Do(() => TaskThread.Current!.Page->Completion -= LaneEnd.CallsInRow);
        threads.Call(Deed.Echo, 1);

        Assert.Equal(before, threads.CallsInLane);
        Assert.StartsWith("client: badge 0 label 3 caps 0 unwrapped 0 [2]", threads.Log[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void End_OfTheKernel_EndsWhoeverIsInALane(bool isHeld)
    {
        using var threads = new TalkingThreads(hasLanes: true);
        threads.WarmUp();
        Task<string> call = isHeld ? threads.BeginCall(Deed.Hold, 1) : threads.Client.Begin<string>(() =>
        {
            while (true)
                SeL4.Call(threads.Capability, new MessageInfo((ulong)Deed.Rehearse, 0, 0, 0));
        });
        if (isHeld)
            Eventually.Holds(() => threads.Holds, "the server has the call");

        threads.Kernel.End();

        Assert.Throws<KernelEndedException>(() => Eventually.Ends(call));
        threads.LetReply();
        Assert.Throws<KernelEndedException>(() => Eventually.Ends(threads.Serving));
    }

    private static void Serve(TaskOnThread server, ulong endpoint) => server.Begin<bool>(() =>
    {
        MessageInfo message = SeL4.Recv(endpoint, out _);
        while (true)
            message = SeL4.ReplyRecv(endpoint, message, out _);
    });

    /// <summary>Makes as many calls as bring a lane, and no more.</summary>
    private static void CallForPage(TaskOnThread client, ulong endpoint) => client.Do(() =>
    {
        for (int i = 0; i <= CallsForPage; i++)
            SeL4.Call(endpoint, default);
    });

    private static void Step(TalkingThreads threads, Random random)
    {
        switch (random.Next(12))
        {
            case 4:
                threads.CallBySecond(Deed.Echo, Words(random));
                break;
            case 5:
                threads.CallElsewhere(Words(random));
                break;
            case 6:
                threads.ReadServer();
                break;
            case 8:
                threads.CallWithCapability();
                break;
            case 7:
                threads.CallBySecond((Deed)random.Next((int)Deed.Signal, (int)Deed.Look + 1), Words(random));
                break;
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
