namespace Rel4.Runtime.Tests;

/// <summary>Whom does an id wake, and whom does a join tell?</summary>
public sealed class WakeTests
{
    [Fact]
    public void Wake_Suspended_GoesOnOnce()
    {
        using var executor = EventParking.NewExecutor();
        int wakes = 0;
        CoroutineId id = executor.Spawn(async () =>
        {
            await executor.Suspend();
            wakes++;
            await executor.Suspend();
            wakes++;
        });
        executor.RunUntilBlocked();
        Assert.True(executor.Wake(id));
        Assert.False(executor.Wake(id));
        executor.RunUntilBlocked();
        Assert.Equal(1, wakes);
        Assert.True(executor.Wake(id));
        executor.RunUntilBlocked();
        Assert.Equal(2, wakes);
        Assert.False(executor.IsAlive(id));
    }

    [Fact]
    public void Wake_NotSuspended_Refused()
    {
        using var executor = EventParking.NewExecutor();
        CoroutineId id = executor.Spawn(async () => await executor.Delay(Timeout.InfiniteTimeSpan));
        Assert.False(executor.Wake(id));
        executor.RunUntilBlocked();
        Assert.False(executor.Wake(id));
    }

    [Fact]
    public void Wake_StaleId_WakesNobodyInTheSameSlot()
    {
        using var executor = EventParking.NewExecutor();
        CoroutineId old = executor.Spawn(() => ValueTask.CompletedTask);
        executor.RunUntilBlocked();
        CoroutineId next = executor.Spawn(async () => await executor.Suspend());
        executor.RunUntilBlocked();
        Assert.Equal(old.Slot, next.Slot);
        Assert.NotEqual(old.Generation, next.Generation);
        Assert.False(executor.Wake(old));
        Assert.False(executor.IsAlive(old));
        executor.RunUntilBlocked();
        Assert.True(executor.IsAlive(next));
        Assert.True(executor.Wake(next));
        executor.RunUntilBlocked();
        Assert.False(executor.IsAlive(next));
    }

    [Fact]
    public void Wake_IdOfNobody_Refused()
    {
        using var executor = EventParking.NewExecutor();
        Assert.False(executor.Wake(default));
        Assert.False(executor.Wake(new CoroutineId(ulong.MaxValue)));
        Assert.False(executor.Wake(new CoroutineId(1_000_000, 1)));
    }

    [Fact]
    public void Wake_ManyLives_OnlyTheLatestIdWakes()
    {
        using var executor = EventParking.NewExecutor();
        var ids = new List<CoroutineId>();
        int woken = 0;
        for (int life = 0; life < 1_000; life++)
        {
            ids.Add(executor.Spawn(async () =>
            {
                await executor.Suspend();
                woken++;
            }));
            executor.RunUntilBlocked();
            foreach (CoroutineId stale in ids[..^1].TakeLast(5))
                Assert.False(executor.Wake(stale));
            Assert.True(executor.Wake(ids[^1]));
            executor.RunUntilBlocked();
            Assert.Equal(life + 1, woken);
        }

        Assert.Single(ids.Select(id => id.Slot).Distinct());
    }

    [Fact]
    public void Slot_OfACoroutineWithALeftoverMethod_IsNotReusedBeforeThatEnds()
    {
        var clock = new ManualClock();
        using var executor = new Executor(new ExecutorOptions { TimeProvider = clock, Parking = new SleepingClockParking(clock) });
        CoroutineId leftover = default;
        CoroutineId first = executor.Spawn(() =>
        {
            _ = Leftover();
            return ValueTask.CompletedTask;

            async Task Leftover()
            {
                await executor.Delay(TimeSpan.FromMilliseconds(1));
                leftover = executor.CurrentCoroutine;
                await Assert.ThrowsAsync<InvalidOperationException>(async () => await executor.Suspend());
            }
        });
        executor.RunUntilBlocked();
        Assert.False(executor.IsAlive(first));
        CoroutineId second = executor.Spawn(async () => await executor.Delay(TimeSpan.FromMilliseconds(20)));
        Assert.NotEqual(first.Slot, second.Slot);
        executor.RunUntilComplete();
        Assert.False(executor.IsAlive(leftover));
        Assert.Equal(first.Slot, leftover.Slot);
        CoroutineId[] third = [executor.Spawn(() => ValueTask.CompletedTask), executor.Spawn(() => ValueTask.CompletedTask)];
        Assert.Contains(first.Slot, third.Select(id => id.Slot));
    }

    [Fact]
    public void Suspend_TwiceInOneCoroutine_Refused()
    {
        using var executor = EventParking.NewExecutor();
        Exception? thrown = null;
        executor.Spawn(async () =>
        {
            ValueTask first = executor.Suspend();
            thrown = await Record.ExceptionAsync(async () => await executor.Suspend());
            executor.Wake(executor.CurrentCoroutine);
            await first;
        });
        executor.RunUntilComplete();
        Assert.IsType<InvalidOperationException>(thrown);
    }

    [Fact]
    public void Suspend_OutsideOfACoroutine_Refused()
    {
        using var executor = EventParking.NewExecutor();
        Assert.Throws<InvalidOperationException>(() => { _ = executor.Suspend(); });
    }

    [Fact]
    public void Join_SeveralJoiners_AllGoOn()
    {
        using var executor = EventParking.NewExecutor();
        int joined = 0;
        CoroutineId child = executor.Spawn(async () => await executor.Suspend());
        for (int i = 0; i < 3; i++)
        {
            executor.Spawn(async () =>
            {
                await executor.Join(child);
                joined++;
            });
        }

        executor.RunUntilBlocked();
        Assert.Equal(0, joined);
        executor.Wake(child);
        executor.RunUntilComplete();
        Assert.Equal(3, joined);
    }

    [Fact]
    public void Join_Ended_CompletesAtOnce()
    {
        using var executor = EventParking.NewExecutor();
        CoroutineId child = executor.Spawn(() => ValueTask.CompletedTask);
        executor.RunUntilComplete();
        Assert.True(executor.Join(child).IsCompleted);
    }

    [Fact]
    public void Await_TheSameTaskTwice_Refused()
    {
        using var executor = EventParking.NewExecutor();
        executor.RunUntilComplete(async () =>
        {
            ValueTask delay = executor.Delay(TimeSpan.FromMilliseconds(1));
            await delay;
            await Assert.ThrowsAsync<InvalidOperationException>(async () => await delay);
        });
    }
}
