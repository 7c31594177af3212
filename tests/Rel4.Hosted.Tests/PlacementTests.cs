using Rel4.Hosted.Linux;
using Rel4.Hosted.TaskSide;
using Rel4.Hosted.Tests.UserInterrupts;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests;

/// <summary>Does the kernel give back where threads may run, when it ends?</summary>
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
}
