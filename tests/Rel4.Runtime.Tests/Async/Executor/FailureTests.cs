namespace Rel4.Runtime.Tests;

/// <summary>Who hears of an exception, and does the executor go on?</summary>
public sealed class FailureTests
{
    [Fact]
    public void Exception_WithoutJoiner_GoesToTheEventAndTheExecutorGoesOn()
    {
        using var executor = EventParking.NewExecutor();
        var failures = new List<CoroutineFailedEventArgs>();
        executor.CoroutineFailed += (_, failed) => failures.Add(failed);
        CoroutineId thrower = executor.Spawn(static () => throw new FormatException("at once"));
        CoroutineId later = executor.Spawn(async () =>
        {
            await executor.Yield();
            throw new FormatException("later");
        });
        bool ran = false;
        executor.Spawn(async () =>
        {
            await executor.Delay(TimeSpan.FromMilliseconds(1));
            ran = true;
        });
        executor.RunUntilComplete();

        Assert.True(ran);
        Assert.Equal([(thrower, "at once"), (later, "later")], failures.Select(failed => (failed.Id, failed.Exception.Message)));
    }

    [Fact]
    public void Exception_WithJoiner_GoesToTheJoinerOnly()
    {
        using var executor = EventParking.NewExecutor();
        executor.CoroutineFailed += (_, failed) => Assert.Fail($"reported: {failed.Exception}");
        executor.RunUntilComplete(async () =>
        {
            CoroutineId child = executor.Spawn(async () =>
            {
                await executor.Yield();
                throw new FormatException("child");
            });
            FormatException thrown = await Assert.ThrowsAsync<FormatException>(async () => await executor.Join(child));
            Assert.Equal("child", thrown.Message);
        });
    }

    [Fact]
    public void Exception_JoinerGaveUp_GoesToTheEvent()
    {
        using var executor = EventParking.NewExecutor();
        using var giveUp = new CancellationTokenSource();
        Exception? reported = null;
        executor.CoroutineFailed += (_, failed) => reported = failed.Exception;
        CoroutineId child = executor.Spawn(async () =>
        {
            await executor.Suspend();
            throw new FormatException();
        });
        executor.Spawn(async () => await executor.Join(child, giveUp.Token));
        executor.RunUntilBlocked();
        giveUp.Cancel();
        executor.RunUntilBlocked();
        executor.Wake(child);
        executor.RunUntilBlocked();
        Assert.IsType<FormatException>(reported);
    }

    [Fact]
    public void Exception_OfTheMainMethod_ComesOutOfTheRun()
    {
        using var executor = EventParking.NewExecutor();
        Assert.Throws<FormatException>(() => executor.RunUntilComplete(async () =>
        {
            await executor.Yield();
            throw new FormatException();
        }));
    }

    [Fact]
    public void Exception_OfPostedWorkAndAsyncVoid_GoesToTheEvent()
    {
        using var executor = EventParking.NewExecutor();
        var failures = new List<string>();
        executor.CoroutineFailed += (_, failed) => failures.Add(failed.Exception.Message);
        executor.Post(_ => throw new FormatException("posted"));
        executor.Spawn(() =>
        {
            AsyncVoid(executor);
            return ValueTask.CompletedTask;
        });
        executor.RunUntilBlocked();
        Assert.Equal(["async void", "posted"], failures.Order());
    }

    [Fact]
    public void Exception_OfAListener_IsDropped()
    {
        using var executor = EventParking.NewExecutor();
        int reported = 0;
        executor.CoroutineFailed += (_, _) =>
        {
            reported++;
            throw new InvalidOperationException();
        };
        executor.Spawn(static () => throw new FormatException());
        executor.Spawn(static () => throw new FormatException());
        executor.RunUntilComplete();
        Assert.Equal(2, reported);
    }

    [Fact]
    public void Cancellation_Unhandled_IsNoFailure()
    {
        using var executor = EventParking.NewExecutor();
        executor.CoroutineFailed += (_, failed) => Assert.Fail($"reported: {failed.Exception}");
        using var cancel = new CancellationTokenSource();
        CoroutineId id = executor.Spawn(async () => await executor.Suspend(cancel.Token));
        executor.RunUntilBlocked();
        cancel.Cancel();
        executor.RunUntilBlocked();
        Assert.False(executor.IsAlive(id));
    }

    private static async void AsyncVoid(Executor executor)
    {
        await executor.Yield();
        throw new FormatException("async void");
    }
}
