using Rel4.Hosted.Kernel;
using Rel4.Hosted.Tests.UserInterrupts;

namespace Rel4.Hosted.Tests.Bounds;

/// <summary>Can what a task maps, starts, attaches or registers use up what others need?</summary>
public sealed class BudgetTests : IDisposable
{
    private const int ForExtras = 80, ForStarts = 40;

    private readonly Budget _budget = new(
        forExtras: new Cost(ForExtras, ForExtras, ForExtras, ForExtras),
        forAll: new Cost(ForExtras + ForStarts, ForExtras + ForStarts, ForExtras, ForExtras));

    private readonly FakeProcess _root = new(1), _other;
    private readonly FakeProcess[] _tasks;

    public BudgetTests()
    {
        _tasks = [.. Enumerable.Range(2, 4).Select(number => new FakeProcess(number, _root))];
        _other = new FakeProcess(6, _tasks[0]);
    }

    /// <summary>Gets one of each thing.</summary>
    public static TheoryData<int> Things => [0, 1, 2, 3];

    public void Dispose()
    {
        _root.Dispose();
        _other.Dispose();
        foreach (FakeProcess task in _tasks)
            task.Dispose();
    }

    [Theory]
    [MemberData(nameof(Things))]
    public void TryTake_OfAProcessThatHasItsShare_IsRefusedWithThoseItHadAttachedAndOthersAreServed(int thing)
    {
        int taken = 0;
        while (Take(taken % 2 == 0 ? _tasks[0] : _other, thing))
            taken++;

        Assert.Equal(ForExtras / 4, taken);
        Assert.False(Take(_tasks[0], thing));
        Assert.False(_budget.TryTake(_tasks[0].Process, BudgetUse.Start, One(thing)));
        Assert.True(Take(_tasks[1], thing));
        Assert.True(Take(_root, thing));
    }

    [Theory]
    [MemberData(nameof(Things))]
    public void TryTake_WhenExtrasHaveAllThatTheyMay_LeavesStartsTheirs(int thing)
    {
        while (_tasks.Any(task => Take(task, thing)))
        {
        }

        int starts = 0;
        Assert.False(Take(_root, thing));
        while (_budget.TryTake(_root.Process, BudgetUse.Start, One(thing)))
            starts++;
        Assert.Equal(thing < 2 ? ForStarts : 0, starts);
    }

    [Theory]
    [MemberData(nameof(Things))]
    public void TryTake_AfterARelease_GetsWhatWasReleased(int thing)
    {
        while (Take(_tasks[0], thing))
        {
        }

        _budget.Release(_tasks[0].Process, One(thing));

        Assert.True(Take(_tasks[0], thing));
        Assert.False(Take(_tasks[0], thing));
    }

    [Fact]
    public void TryTake_OfSeveralOfWhichOneHasRunOut_TakesNone()
    {
        while (Take(_tasks[0], thing: 1))
        {
        }

        Assert.False(_budget.TryTake(_tasks[0].Process, BudgetUse.Extra, One(0) + One(1)));

        int taken = 0;
        while (Take(_tasks[0], thing: 0))
            taken++;
        Assert.Equal(ForExtras / 4, taken);
    }

    [Fact]
    public void OfThisProcess_ForOne_IsWhatLeavesDotNetAndOthersTheirs()
    {
        Budget budget = Budget.OfThisProcess(receivers: 64, senders: 64);

        foreach (FakeProcess task in _tasks.Append(_root))
        {
            for (int thing = 0; thing < 2; thing++)
            {
                while (budget.TryTake(task.Process, BudgetUse.Extra, One(thing)))
                {
                }
            }
        }

        Assert.True(budget.TryTake(_root.Process, BudgetUse.Start, One(0) + One(1)));
    }

    private static Cost One(int thing) => new(thing == 0 ? 1 : 0, thing == 1 ? 1 : 0, thing == 2 ? 1 : 0, thing == 3 ? 1 : 0);

    private bool Take(FakeProcess process, int thing) => _budget.TryTake(process.Process, BudgetUse.Extra, One(thing));
}
