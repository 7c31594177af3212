namespace Rel4.Runtime.Tests;

/// <summary>When do waits end?</summary>
public sealed class TimerTests
{
    [Fact]
    public void Delay_ManualClock_EndsWhenDueAndNotBefore()
    {
        var clock = new ManualClock();
        using var executor = new Executor(new ExecutorOptions { TimeProvider = clock, Parking = new EventParking() });
        bool ended = false;
        executor.Spawn(async () =>
        {
            await executor.Delay(TimeSpan.FromSeconds(10));
            ended = true;
        });
        executor.RunUntilBlocked();
        clock.Advance(TimeSpan.FromSeconds(10) - TimeSpan.FromTicks(1));
        executor.RunUntilBlocked();
        Assert.False(ended);
        clock.Advance(TimeSpan.FromTicks(1));
        executor.RunUntilBlocked();
        Assert.True(ended);
    }

    [Fact]
    public void Delay_Many_EndInOrderOfTheirTimesAndOfArming()
    {
        var clock = new ManualClock();
        var parking = new SleepingClockParking(clock);
        using var executor = new Executor(new ExecutorOptions { TimeProvider = clock, Parking = parking });
        var random = new Random(4);
        int[] delays = [.. Enumerable.Range(0, 500).Select(_ => random.Next(1, 100))];
        var ended = new List<(int Delay, int Number)>();
        for (int i = 0; i < delays.Length; i++)
        {
            executor.Spawn(
                async number =>
                {
                    await executor.Delay(TimeSpan.FromMinutes(delays[number]));
                    Assert.True(clock.Elapsed >= TimeSpan.FromMinutes(delays[number]));
                    ended.Add((delays[number], number));
                },
                i);
        }

        executor.RunUntilComplete();
        Assert.Equal(delays.Select((delay, number) => (delay, number)).Order(), ended);
        Assert.Equal(TimeSpan.FromMinutes(delays.Max()), clock.Elapsed);
        Assert.Equal(delays.Distinct().Count(), parking.Sleeps);
    }

    [Fact]
    public void Delay_CancelledInRandomOrder_HeapStaysInOrder()
    {
        var clock = new ManualClock();
        using var executor = new Executor(new ExecutorOptions { TimeProvider = clock, Parking = new SleepingClockParking(clock) });
        var random = new Random(4);
        CancellationTokenSource[] tokens = [.. Enumerable.Range(0, 300).Select(_ => new CancellationTokenSource())];
        var ended = new List<int>();
        int cancelled = 0;
        for (int i = 0; i < tokens.Length; i++)
        {
            executor.Spawn(
                async number =>
                {
                    int seconds = random.Next(1, 1_000);
                    try
                    {
                        await executor.Delay(TimeSpan.FromSeconds(seconds), tokens[number].Token);
                        ended.Add(seconds);
                    }
                    catch (OperationCanceledException)
                    {
                        cancelled++;
                    }
                },
                i);
        }

        executor.RunUntilBlocked();
        int[] order = [.. Enumerable.Range(0, tokens.Length)];
        random.Shuffle(order);
        foreach (int number in order.Take(150))
            tokens[number].Cancel();
        executor.RunUntilComplete();
        Assert.Equal(150, cancelled);
        Assert.Equal(ended.Order(), ended);
        Assert.Equal(150, ended.Count);
        foreach (CancellationTokenSource token in tokens)
            token.Dispose();
    }

    [Fact]
    public void Delay_Negative_Refused()
    {
        using var executor = EventParking.NewExecutor();
        Assert.Throws<ArgumentOutOfRangeException>(() => { _ = executor.Delay(TimeSpan.FromSeconds(-2)); });
    }

    [Fact]
    public void Delay_LongestTime_IsNeverDue()
    {
        var clock = new ManualClock();
        using var executor = new Executor(new ExecutorOptions { TimeProvider = clock, Parking = new EventParking() });
        CoroutineId id = executor.Spawn(async () => await executor.Delay(TimeSpan.MaxValue));
        executor.RunUntilBlocked();
        clock.Advance(TimeSpan.FromDays(100_000));
        executor.RunUntilBlocked();
        Assert.True(executor.IsAlive(id));
    }

    [Fact]
    public void Delay_RealClock_IsNotEarly()
    {
        using var executor = EventParking.NewExecutor();
        TimeSpan delay = TimeSpan.FromMilliseconds(30);
        long start = TimeProvider.System.GetTimestamp();
        executor.RunUntilComplete(async () => await executor.Delay(delay));
        Assert.True(TimeProvider.System.GetElapsedTime(start) >= delay);
    }

    [Fact]
    public void Suspend_TimeOver_Throws()
    {
        var clock = new ManualClock();
        using var executor = new Executor(new ExecutorOptions { TimeProvider = clock, Parking = new SleepingClockParking(clock) });
        executor.RunUntilComplete(async () =>
        {
            CoroutineId self = executor.CurrentCoroutine;
            await Assert.ThrowsAsync<TimeoutException>(async () => await executor.Suspend(TimeSpan.FromSeconds(5)));
            Assert.Equal(TimeSpan.FromSeconds(5), clock.Elapsed);
            Assert.False(executor.Wake(self));
        });
    }

    [Fact]
    public void Suspend_WokenInTime_ForgetsTheTimer()
    {
        var clock = new ManualClock();
        using var executor = new Executor(new ExecutorOptions { TimeProvider = clock, Parking = new EventParking() });
        int wakes = 0;
        CoroutineId id = executor.Spawn(async () =>
        {
            await executor.Suspend(TimeSpan.FromSeconds(5));
            wakes++;
            await executor.Suspend();
            wakes++;
        });
        executor.RunUntilBlocked();
        executor.Wake(id);
        executor.RunUntilBlocked();
        clock.Advance(TimeSpan.FromHours(1));
        executor.RunUntilBlocked();
        Assert.Equal(1, wakes);
        Assert.True(executor.IsAlive(id));
    }
}
