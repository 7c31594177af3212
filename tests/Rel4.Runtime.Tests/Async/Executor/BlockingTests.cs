namespace Rel4.Runtime.Tests;

/// <summary>Does code that blocks an executor's thread learn that it waits for itself, and only that?</summary>
public sealed class BlockingTests
{
    [Fact]
    public void Block_OnWhatThisThreadCompletes_Throws()
    {
        using var executor = EventParking.NewExecutor();
        string? refusal = null;
        executor.RunUntilComplete(() =>
        {
            Task own = executor.Delay(TimeSpan.FromMilliseconds(1)).AsTask();
            refusal = Assert.Throws<InvalidOperationException>(own.Wait).Message;
            return ValueTask.CompletedTask;
        });

        Assert.Contains("Use await", refusal);
    }

    [Fact]
    public void Block_OnAnAsyncMethodThatAwaitsHere_Throws()
    {
        using var executor = EventParking.NewExecutor();
        executor.RunUntilComplete(() =>
        {
            Assert.Throws<InvalidOperationException>(() => YieldAsync().GetAwaiter().GetResult());
            return ValueTask.CompletedTask;
        });

        async Task<int> YieldAsync()
        {
            await executor.Yield();
            return 1;
        }
    }

    [Fact]
    public void Block_OnAnotherThread_Returns()
    {
        using var executor = EventParking.NewExecutor();
        executor.RunUntilComplete(async () =>
        {
            // Awaited before, so what is waited for now is somebody else's.
            await executor.Yield();
            Assert.Equal(7, Task.Run(static () => 7).Result);
            ValueTask begun = executor.Yield();
            var thread = new Thread(static () => Thread.Sleep(10));
            thread.Start();
            thread.Join();
            await begun;
        });
    }

    [Theory]
    [InlineData(nameof(Executor.Spawn))]
    [InlineData(nameof(Executor.Join))]
    [InlineData(nameof(Executor.Delay))]
    [InlineData(nameof(Executor.Suspend))]
    [InlineData(nameof(Executor.Wake))]
    [InlineData("await")]
    [InlineData("await Yield")]
    public void Use_OnAnotherThread_Throws(string member)
    {
        using var executor = EventParking.NewExecutor();
        CoroutineId sleeper = executor.Spawn(async () => await executor.Suspend());
        ValueTask pending = executor.Delay(TimeSpan.FromHours(1));
        Exception? refusal = null;
        var other = new Thread(() => refusal = Record.Exception(() => Use(executor, member, sleeper, pending)));
        other.Start();
        other.Join();

        Assert.Contains("Executor.Post", Assert.IsType<InvalidOperationException>(refusal).Message);
    }

    private static void Use(Executor executor, string member, CoroutineId sleeper, ValueTask pending)
    {
        switch (member)
        {
            case nameof(Executor.Spawn):
                executor.Spawn(static () => ValueTask.CompletedTask);
                break;
            case nameof(Executor.Join):
                _ = executor.Join(sleeper);
                break;
            case nameof(Executor.Delay):
                _ = executor.Delay(TimeSpan.FromHours(1));
                break;
            case nameof(Executor.Suspend):
                _ = executor.Suspend();
                break;
            case nameof(Executor.Wake):
                executor.Wake(sleeper);
                break;
            default:
                (member == "await" ? pending : executor.Yield()).GetAwaiter().OnCompleted(static () => { });
                break;
        }
    }
}
