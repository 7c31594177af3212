using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Kernel;
using Rel4.Hosted.TaskSide;
using Rel4.Hosted.Tests.Async;
using Rel4.Hosted.Tests.Survival;
using Rel4.Hosted.Tests.UserInterrupts;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Lanes;

/// <summary>Does a thread that writes what it likes into its lane and its trap page harm anybody but itself?</summary>
[Collection(nameof(OneKernel))]
public sealed class HostileLaneTests(ITestOutputHelper output)
{
    private const int Rounds = 10, ProcessRounds = 2;

    [Fact]
    public async Task Lanes_OfProcessesThatATaskMakes_AreThatTasks()
    {
        var builder = new SystemBuilder { Kernel = new HostedKernelOptions(Placement: KernelPlacement.Spread) };
        builder.AddTask("client", LanePrograms.OpenByManyProcesses).CNodeBits(12);

        Assert.Equal([$"{Kernel.Lanes.MostOfProcess} lanes are open"], await AsyncSystem.RunAsync(builder));
    }

    [Fact]
    public void Scribbling_OfTheClient_LeavesTheServerToOthers()
    {
        for (int round = 0; round < Rounds; round++)
        {
            int seed = NewSeed();
            using var threads = new TalkingThreads(hasLanes: true) { IsCareful = true };
            threads.WarmUp();
            Task<bool> scribbling = threads.Client.Begin(() =>
            {
                Scribbler.Scribble(TaskThread.Current!, new Random(seed), times: 20_000);
                return true;
            });

            ulong calls = 0;
            for (; !scribbling.IsCompleted || calls < 100; calls++)
                threads.CallFromOther(calls, calls);
            threads.End();

            for (ulong i = 0; i < calls; i++)
            {
                AssertNoted(threads, $"server: badge 8 label 0 caps 0 unwrapped 0 [{i} {i}]");
                AssertNoted(threads, $"other: badge 0 label 3 caps 0 unwrapped 0 [{i + 1} {i + 1}]");
            }
        }
    }

    [Fact]
    public void Scribbling_OfTheServer_KeepsItsClientNoLongerThanItLives()
    {
        for (int round = 0; round < Rounds; round++)
        {
            int seed = NewSeed();
            using var threads = new TalkingThreads(hasLanes: true);
            threads.WarmUp();
            Task<string> call = threads.BeginCall(Deed.Scribble, (ulong)seed);
            Eventually.Holds(() => threads.HasScribbled, "the server has the call");

            threads.Kernel.Kill(threads.Server);

            Eventually.Ends(call);
            AssertCalls(threads, (ulong)seed);
        }
    }

    [Theory]
    [InlineData(LaneParty.Client)]
    [InlineData(LaneParty.Server)]
    public async Task Scribbling_OfAProcess_HarmsAndShowsNobodyElse(LaneParty hostile)
    {
        for (int round = 0; round < ProcessRounds; round++)
        {
            int seed = NewSeed();
            var random = new Random(seed);
            await using HostilePartySystem system = await HostilePartySystem.StartAsync(hostile, seed, TestContext.Current.CancellationToken);
            await HoldsAsync(() => system.Scribbles > 2000, "it scribbles in its lane's page");
            await HoldsAsync(() => system.Scribbles > 4000 || system.HasDied, "it scribbles in its trap page");
            await CallsGoOnAsync(system);

            for (int stops = 0; stops < 5; stops++)
            {
                await Task.Delay(random.Next(30), TestContext.Current.CancellationToken);
                system.Stop();
                await CallsGoOnAsync(system);
                system.GoOn();
            }

            system.Leave();
            await Task.Delay(random.Next(30), TestContext.Current.CancellationToken);
            system.Kill();
            await CallsGoOnAsync(system);
            ulong before = system.HonestCalls;
            if (hostile == LaneParty.Server)
                await HoldsAsync(() => system.HonestCalls > before + 3 || system.IsQueued(), "its client is told of its death");
            Assert.Equal((0ul, 0ul), (system.Wrong, system.Seen));
            Assert.Empty(HostedInvariants.Find(system.Kernel));
            output.WriteLine($"{system.Scribbles} times scribbled, {system.BystandersCalls} calls of the bystander, {system.HonestCalls} of the client");
        }

        static Task CallsGoOnAsync(HostilePartySystem system)
        {
            ulong before = system.BystandersCalls;
            return HoldsAsync(() => system.BystandersCalls > before + 5, $"the bystander's calls go on; {system.Wrong} were answered wrongly");
        }

        static Task HoldsAsync(Func<bool> condition, string what) =>
            Supervision.Eventually.HoldsAsync(condition, () => what, TimeSpan.FromMinutes(1));
    }

    private static void AssertNoted(TalkingThreads threads, string note) =>
        Assert.Contains(threads.Log, line => line.StartsWith(note, StringComparison.Ordinal));

    /// <summary>Checks that the client can call somebody else.</summary>
    private static void AssertCalls(TalkingThreads threads, ulong word)
    {
        ulong endpoint = threads.Kernel.Make(ObjectType.Endpoint);
        threads.Other.Begin(() =>
        {
            SeL4.Recv(endpoint, out _);
            SeL4.SetMR(0, SeL4.GetMR(0) + 1);
            SeL4.Reply(new MessageInfo(0, 0, 0, 1));
            return true;
        });
        ulong answer = threads.Client.Do(() =>
        {
            SeL4.SetMR(0, word);
            SeL4.Call(endpoint, new MessageInfo(0, 0, 0, 1));
            return SeL4.GetMR(0);
        });
        Assert.Equal(word + 1, answer);
    }

    private int NewSeed()
    {
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        return seed;
    }
}
