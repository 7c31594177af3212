using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;

namespace Rel4.Hosted.Tests.Supervision;

/// <summary>Tests when ended tasks are started again.</summary>
public sealed class BackOffTests
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(1);

    private static readonly RestartPolicy Policy = RestartPolicy.Always with
    {
        FirstDelay = TimeSpan.FromSeconds(1),
        Factor = 3,
        LongestDelay = TimeSpan.FromSeconds(10),
        HealthyAfter = TimeSpan.FromSeconds(60),
    };

    [Fact]
    public void Next_OfRunAfterRun_GrowsUpToTheBound()
    {
        var backOff = new BackOff(Policy);

        Assert.Equal([1.0, 3, 9, 10, 10], Enumerable.Range(0, 5).Select(_ => backOff.Next(isSuccess: false, Short)!.Value.TotalSeconds));
    }

    [Fact]
    public void Next_AfterThousandsOfRestarts_IsTheBound()
    {
        var backOff = new BackOff(Policy);
        for (int i = 0; i < 5000; i++)
            backOff.Next(isSuccess: false, Short);

        Assert.Equal(Policy.LongestDelay, backOff.Next(isSuccess: false, Short));
    }

    [Fact]
    public void Next_AfterAHealthyRun_StartsAnew()
    {
        var backOff = new BackOff(Policy with { Limit = 2 });
        backOff.Next(isSuccess: false, Short);
        backOff.Next(isSuccess: false, Short);

        Assert.Equal(Policy.FirstDelay, backOff.Next(isSuccess: false, Policy.HealthyAfter));
    }

    [Fact]
    public void Next_BeyondTheLimit_IsNone()
    {
        var backOff = new BackOff(Policy with { Limit = 2 });
        backOff.Next(isSuccess: false, Short);
        backOff.Next(isSuccess: false, Short);

        Assert.Null(backOff.Next(isSuccess: false, Short));
    }

    [Theory]
    [InlineData(RestartCondition.Never, true, false)]
    [InlineData(RestartCondition.Never, false, false)]
    [InlineData(RestartCondition.OnFailure, true, false)]
    [InlineData(RestartCondition.OnFailure, false, true)]
    [InlineData(RestartCondition.Always, true, true)]
    [InlineData(RestartCondition.Always, false, true)]
    public void Next_UnderACondition_IsThereIfItHolds(RestartCondition when, bool isSuccess, bool restarts) =>
        Assert.Equal(restarts, new BackOff(Policy with { When = when }).Next(isSuccess, Short) is not null);
}
