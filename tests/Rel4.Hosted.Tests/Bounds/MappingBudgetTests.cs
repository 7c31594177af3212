using Rel4.Hosted.Kernel;
using Rel4.Hosted.Tests.UserInterrupts;

namespace Rel4.Hosted.Tests.Bounds;

/// <summary>Can what a task shares use up the mappings of the kernel's process?</summary>
public sealed class MappingBudgetTests : IDisposable
{
    private const int Limit = 800;

    private readonly MappingBudget _budget = new(Limit);
    private readonly FakeProcess _root = new(1), _other;
    private readonly FakeProcess[] _tasks;

    public MappingBudgetTests()
    {
        _tasks = [.. Enumerable.Range(2, 4).Select(number => new FakeProcess(number, _root))];
        _other = new FakeProcess(6, _tasks[0]);
    }

    public void Dispose()
    {
        _root.Dispose();
        _other.Dispose();
        foreach (FakeProcess task in _tasks)
            task.Dispose();
    }

    [Fact]
    public void TryTake_OfAProcessThatHasItsShare_IsRefusedWithThoseItHadAttachedAndOthersAreServed()
    {
        int taken = 0;
        while (Take(taken % 2 == 0 ? _tasks[0] : _other))
            taken++;

        Assert.Equal(Limit / 2 / 4 * 3 / 4, taken);
        Assert.False(Take(_tasks[0]));
        Assert.True(Take(_tasks[1]));
        Assert.True(Take(_root));
    }

    [Fact]
    public void TryTake_WhenExtrasHaveAllThatTheyMay_LeavesStartsTheirsAndLinuxHalf()
    {
        while (_tasks.Any(Take))
        {
        }

        int starts = 0;
        Assert.False(Take(_root));
        while (_budget.TryTake(_root.Process, DescriptorUse.Start))
            starts++;
        Assert.Equal(Limit / 2 / 4, starts);
    }

    [Fact]
    public void TryTake_AfterARelease_GetsWhatWasReleased()
    {
        while (Take(_tasks[0]))
        {
        }

        _budget.Release(_tasks[0].Process);

        Assert.True(Take(_tasks[0]));
        Assert.False(Take(_tasks[0]));
    }

    private bool Take(FakeProcess process) => _budget.TryTake(process.Process, DescriptorUse.Extra);
}
