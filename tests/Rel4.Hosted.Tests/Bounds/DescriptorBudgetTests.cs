using Rel4.Hosted.Kernel;

namespace Rel4.Hosted.Tests.Bounds;

/// <summary>Can what a task maps, attaches and registers keep others from being started?</summary>
public sealed class DescriptorBudgetTests
{
    [Fact]
    public void TryTake_WhenExtrasHaveAllThatTheyMay_LeavesStartsTheirs()
    {
        var budget = new DescriptorBudget();
        while (budget.TryTake(DescriptorUse.Extra, 2))
        {
        }

        Assert.False(budget.TryTake(DescriptorUse.Extra, 2));
        Assert.True(budget.TryTake(DescriptorUse.Start, 2));
    }

    [Fact]
    public void TryTake_AfterARelease_GetsWhatWasReleased()
    {
        var budget = new DescriptorBudget();
        while (budget.TryTake(DescriptorUse.Start))
        {
        }

        budget.Release(2);

        Assert.True(budget.TryTake(DescriptorUse.Start, 2));
        Assert.False(budget.TryTake(DescriptorUse.Start));
    }
}
