using System.Globalization;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Kernel;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests.Async;
using Rel4.Hosted.Tests.Supervision;

namespace Rel4.Hosted.Tests.Hostile;

/// <summary>Can a task that makes processes and lets them end do harm by their ends?</summary>
[Collection(nameof(OneKernel))]
public sealed class EndingTests
{
    private const int Looks = 40;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    [Fact]
    public async Task Register_BehindAGiverThatHasEnded_CostsNothing()
    {
        // More than one process may have of the kernel's mappings.
        int share = int.Parse(await File.ReadAllTextAsync("/proc/sys/vm/max_map_count", TestContext.Current.CancellationToken), CultureInfo.InvariantCulture) / 8;
        var builder = new SystemBuilder();
        builder.AddTask("client", EndingPrograms.RegisterBehindTheDead).GrantMemory(EndingPrograms.Heap, sizeBits: 14)
            .Environment(EndingPrograms.Registrations, share.ToString(CultureInfo.InvariantCulture));

        Assert.Equal(["NoError"], await AsyncSystem.RunAsync(builder));
    }

    [Fact]
    public async Task Processes_ThatEndFasterThanTheKernelTells_AreNoLongerAttached()
    {
        var builder = new SystemBuilder();
        builder.AddTask("attacker", EndingPrograms.EndProcesses).GrantMemory(EndingPrograms.Heap, sizeBits: 20);
        await using RunningSystem system = await AsyncSystem.StartAsync(builder, new Recorder());

        int most = 0;
        for (int look = 0; look < Looks; look++)
        {
            await Task.Delay(s_pause, TestContext.Current.CancellationToken);
            most = Math.Max(most, EndsToTell(system));
        }

        Assert.InRange(most, 1, Population.MostEnded + EndingPrograms.Threads);
    }

    private static unsafe int EndsToTell(RunningSystem system)
    {
        int count = 0;
        system.Kernel.Inspect(state => count = KernelLoop.Of(state).Population.EndsToTell);
        return count;
    }
}
