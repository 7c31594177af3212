using System.Diagnostics;
using Rel4.Abi;
using Rel4.Hosted.Kernel;
using Rel4.Hosted.Linux;
using Rel4.Hosted.TaskSide;
using Rel4.Hosted.Tests.UserInterrupts;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests;

/// <summary>Does the kernel respect where threads may run, and give it back when it ends?</summary>
[Collection(nameof(OneKernel))]
public sealed class PlacementTests
{
    // Longer than a busy machine makes a thread wait between two of its calls.
    private static readonly TimeSpan s_shortPause = TimeSpan.FromSeconds(1);

    [Fact]
    public void Dispose_OfAKernelThatGatheredTheCallersThread_LetsItRunWhereItMightBefore()
    {
        int before = Affinity.Get(0).Count;
        using (HostedKernel.Start(new HostedKernelOptions(MemoryBits: 26, Placement: KernelPlacement.Together) { ShortPause = s_shortPause }))
        {
            Eventually.Holds(
                () =>
                {
                    SeL4.Yield();
                    return Affinity.Get(0).Count == 1;
                },
                "the thread is gathered");
        }

        CurrentTask.DetachThread();
        Assert.Equal(before, Affinity.Get(0).Count);
    }

    [Fact]
    public void Calls_OfAThreadThatStaysOnAProcessor_LeaveItThere()
    {
        Affinity.ProcessorSet before = Affinity.Get(0);
        try
        {
            foreach (int processor in Enumerable.Range(0, Environment.ProcessorCount).Where(processor => before.Contains(processor)))
            {
                using (HostedKernel.Start(new HostedKernelOptions(MemoryBits: 26, Placement: KernelPlacement.Together) { ShortPause = s_shortPause }))
                {
                    Affinity.TrySet(0, Affinity.ProcessorSet.Of(processor));
                    for (int i = 0; i < 100; i++)
                        SeL4.Yield();
                    Assert.True(Affinity.Get(0).Contains(processor));
                }

                CurrentTask.DetachThread();
                Assert.True(Affinity.Get(0) is { Count: 1 } after && after.Contains(processor));
                Affinity.TrySet(0, before);
            }
        }
        finally
        {
            CurrentTask.DetachThread();
            Affinity.TrySet(0, before);
        }
    }

    [Fact]
    public void Call_ThroughTheKernelAfterManyInALane_LeavesTheThreadGathered()
    {
        // Calls in a lane go on for longer than a thread's pause may be, and not so long that the kernel looks at them by itself.
        TimeSpan pause = TimeSpan.FromMilliseconds(50), talk = 3 * pause;
        using InProcessKernel kernel = StartPair(pause, out TaskOnThread client, out ulong endpoint);

        // The first time it comes upon the kernel's look at all gathered threads.
        for (int round = 0; round < 3; round++)
        {
            client.Do(() =>
            {
                CallUntilGathered(endpoint);
                for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < talk;)
                    SeL4.Call(endpoint, default);
                SeL4.Yield();
                Assert.Equal(1, Affinity.Get(0).Count);
            });
        }
    }

    [Fact]
    public void Call_AfterALongPauseOfAThreadWithALane_GathersItAgain()
    {
        var pause = TimeSpan.FromMilliseconds(20);
        using InProcessKernel kernel = StartPair(pause, out TaskOnThread client, out ulong endpoint);

        for (int round = 0; round < 3; round++)
        {
            client.Do(() =>
            {
                Eventually.Holds(() => Affinity.Get(0).Count > 1, "the thread is released");
                CallUntilGathered(endpoint);
            });
        }
    }

    [Fact]
    public void Lane_OfAThreadWhoseCallsAreNotAllShort_StaysClosedUntilItIsGathered()
    {
        // Enough calls in a row for a lane, and not enough short ones.
        const int calls = 8 * Placement.Streak, inRow = Placement.Streak / 2;
        var pause = TimeSpan.FromMilliseconds(10);
        using InProcessKernel kernel = StartPair(pause, out TaskOnThread client, out ulong endpoint);

        client.Do(() =>
        {
            CallUntilGathered(endpoint);
            Eventually.Holds(() => Affinity.Get(0).Count > 1, "the thread is released");
            for (int i = 0; i < calls; i++)
            {
                if (i % inRow == 0)
                    Thread.Sleep(2 * pause);
                SeL4.Call(endpoint, default);
                Assert.False(HasOpenLane && Affinity.Get(0).Count > 1);
            }
        });
    }

    private static bool HasOpenLane => TaskThread.Current!.Lane is { Word.State: LaneState.Idle };

    /// <summary>Starts a client's thread and a server's that answers it.</summary>
    private static InProcessKernel StartPair(TimeSpan pause, out TaskOnThread client, out ulong endpoint)
    {
        var kernel = new InProcessKernel(new HostedKernelOptions(Placement: KernelPlacement.Together) { ShortPause = pause });
        ulong requests = endpoint = kernel.Make(ObjectType.Endpoint);
        client = kernel.StartThread();
        kernel.StartThread().Begin<bool>(() =>
        {
            SeL4.Recv(requests, out _);
            while (true)
                SeL4.ReplyRecv(requests, default, out _);
        });
        return kernel;
    }

    private static void CallUntilGathered(ulong endpoint) => Eventually.Holds(
        () =>
        {
            SeL4.Call(endpoint, default);
            return Affinity.Get(0).Count == 1 && HasOpenLane;
        },
        "the thread is gathered and has a lane");
}
