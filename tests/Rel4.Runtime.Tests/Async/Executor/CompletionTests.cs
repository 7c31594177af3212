namespace Rel4.Runtime.Tests;

/// <summary>Is a completion that is used again told apart from its earlier uses?</summary>
public sealed class CompletionTests
{
    [Fact]
    public void GetResult_OfAnEarlierUse_IsRefused()
    {
        using var executor = EventParking.NewExecutor();
        var pool = new CompletionPool<int>(executor);
        Completion<int> completion = pool.Rent();
        int earlier = completion.Version;
        completion.TrySetResult(completion.Version, 1);
        executor.RunUntilComplete(async () => Assert.Equal(1, await completion.Task));

        Assert.Same(completion, pool.Rent());
        completion.TrySetResult(completion.Version, 2);
        Assert.Throws<InvalidOperationException>(() => completion.GetResult(earlier));
        Assert.Throws<InvalidOperationException>(() => completion.GetStatus((short)earlier));
        executor.RunUntilComplete(async () => Assert.Equal(2, await completion.Task));
    }

    [Fact]
    public void TrySetResult_OfAnEarlierUse_CompletesNobody()
    {
        using var executor = EventParking.NewExecutor();
        var pool = new CompletionPool<int>(executor);
        Completion<int> completion = pool.Rent();
        int earlier = completion.Version;
        completion.TrySetResult(earlier, 1);
        executor.RunUntilComplete(async () => Assert.Equal(1, await completion.Task));

        Assert.Same(completion, pool.Rent());
        Assert.False(completion.TrySetResult(earlier, 2));
        Assert.False(completion.IsCompleted);
    }
}
