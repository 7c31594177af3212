using Rel4.Abi;
using Rel4.Hosted.Tests.UserInterrupts;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Lanes;

/// <summary>Does a thread that writes what it likes into its lane and its trap page harm anybody but itself?</summary>
[Collection(nameof(OneKernel))]
public sealed class HostileLaneTests(ITestOutputHelper output)
{
    private const int Rounds = 10;

    [Fact]
    public void Scribbling_OfTheClient_LeavesTheServerToOthers()
    {
        for (int round = 0; round < Rounds; round++)
        {
            int seed = NewSeed();
            using var threads = new TalkingThreads(hasLanes: true) { IsCareful = true };
            WarmUp(threads);
            Task<bool> scribbling = threads.Client.Begin(() =>
            {
                Scribbler.Scribble(new Random(seed), times: 20_000);
                return true;
            });

            ulong calls = 0;
            for (; !scribbling.IsCompleted || calls < 100; calls++)
                threads.CallFromOther(calls, calls);
            threads.End();

            for (ulong i = 0; i < calls; i++)
            {
                Assert.Contains($"server: badge 8 label 0 caps 0 unwrapped 0 [{i} {i}]", threads.Log);
                Assert.Contains($"other: badge 0 label 3 caps 0 unwrapped 0 [{i + 1} {i + 1}]", threads.Log);
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
            WarmUp(threads);
            Task<string> call = threads.BeginCall(Deed.Scribble, (ulong)seed);
            Eventually.Holds(() => threads.HasScribbled, "the server has the call");

            threads.Kernel.Kill(threads.Server);

            Eventually.Ends(call);
            AssertCalls(threads, (ulong)seed);
        }
    }

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

    private static void WarmUp(TalkingThreads threads)
    {
        for (ulong i = 0; i < 100; i++)
            threads.Call(Deed.Echo, i);
        Assert.NotEqual(0, threads.CallsInLane);
    }

    private int NewSeed()
    {
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        return seed;
    }
}
