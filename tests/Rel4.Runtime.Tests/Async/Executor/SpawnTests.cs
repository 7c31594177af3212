namespace Rel4.Runtime.Tests;

/// <summary>When and in which order do coroutines run?</summary>
public sealed class SpawnTests
{
    [Fact]
    public void Spawn_FromOutside_RunsOnlyWhenTheExecutorRuns()
    {
        using var executor = EventParking.NewExecutor();
        bool ran = false;
        CoroutineId id = executor.Spawn(() =>
        {
            ran = true;
            return ValueTask.CompletedTask;
        });

        Assert.False(ran);
        Assert.True(executor.IsAlive(id));
        executor.RunUntilBlocked();
        Assert.True(ran);
        Assert.False(executor.IsAlive(id));
        Assert.Equal(0, executor.CoroutineCount);
    }

    [Fact]
    public void Spawn_WithState_PassesIt()
    {
        using var executor = EventParking.NewExecutor();
        int sum = 0;
        for (int i = 1; i <= 3; i++)
        {
            executor.Spawn(
                state =>
                {
                    sum += state;
                    return ValueTask.CompletedTask;
                },
                i);
        }

        executor.RunUntilBlocked();
        Assert.Equal(6, sum);
    }

    [Fact]
    public void Spawn_SeveralPriorities_RunLowestNumberFirstAndInOrder()
    {
        using var executor = EventParking.NewExecutor();
        var order = new List<string>();
        foreach (int priority in (int[])[7, 3, 0, 3, 7, 0])
            Log(executor, order, $"{priority}.{order.Capacity}.{executor.CoroutineCount}", priority);
        executor.RunUntilBlocked();

        Assert.Equal([0, 0, 3, 3, 7, 7], order.Select(name => name[0] - '0'));
        Assert.Equal(["2", "5", "1", "3", "0", "4"], order.Select(name => name[^1..]));
    }

    [Fact]
    public void Spawn_ManyOfOnePriority_RunInOrderWhileTheRingGrows()
    {
        using var executor = EventParking.NewExecutor();
        var order = new List<int>();
        for (int i = 0; i < 1_000; i++)
        {
            executor.Spawn(
                async number =>
                {
                    order.Add(number);
                    await executor.Yield();
                    order.Add(1_000 + number);
                },
                i);
        }

        executor.RunUntilBlocked();
        Assert.Equal(Enumerable.Range(0, 2_000), order);
    }

    [Fact]
    public void Spawn_FromACoroutine_RunsAfterTheParentSuspends()
    {
        using var executor = EventParking.NewExecutor();
        var order = new List<string>();
        executor.Spawn(async () =>
        {
            executor.Spawn(
                async () =>
                {
                    order.Add("child");
                    executor.Spawn(() => Add(order, "grandchild"), Executor.HighestPriority);
                    await executor.Yield();
                    order.Add("child again");
                },
                Executor.HighestPriority);
            order.Add("parent");
            await executor.Yield();
            order.Add("parent again");
        });

        executor.RunUntilBlocked();
        Assert.Equal(["parent", "child", "grandchild", "child again", "parent again"], order);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(8)]
    public void Spawn_PriorityOutOfRange_Refused(int priority)
    {
        using var executor = EventParking.NewExecutor();
        Assert.Throws<ArgumentOutOfRangeException>(() => executor.Spawn(() => ValueTask.CompletedTask, priority));
        Assert.Throws<ArgumentOutOfRangeException>(() => executor.Post(_ => { }, null, priority));
    }

    [Fact]
    public void Yield_StrictPriorities_StarveLaterOnesUntilTheFirstWaits()
    {
        using var executor = EventParking.NewExecutor();
        var order = new List<string>();
        executor.Spawn(
            async () =>
            {
                for (int i = 0; i < 1_000; i++)
                    await executor.Yield();
                order.Add("first");
            },
            1);
        executor.Spawn(() => Add(order, "later"), 2);
        executor.RunUntilBlocked();
        Assert.Equal(["first", "later"], order);
    }

    [Fact]
    public void Yield_ForEver_LeavesRoomForOtherThreadsAndTimers()
    {
        var clock = new ManualClock();
        using var executor = new Executor(new ExecutorOptions { TimeProvider = clock, Parking = new EventParking() });
        using var armed = new ManualResetEventSlim();
        bool posted = false, due = false;
        executor.Spawn(
            async () =>
            {
                while (!posted || !due)
                    await executor.Yield();
            },
            Executor.HighestPriority);
        executor.Spawn(
            async () =>
            {
                ValueTask delay = executor.Delay(TimeSpan.FromSeconds(1));
                armed.Set();
                await delay;
                due = true;
            },
            Executor.HighestPriority);
        var poster = new Thread(() =>
        {
            armed.Wait();
            clock.Advance(TimeSpan.FromSeconds(1));
            executor.Post(_ => posted = true, null, Executor.HighestPriority);
        });
        poster.Start();
        executor.RunUntilComplete();
        poster.Join();
        Assert.True(posted && due);
    }

    [Fact]
    public void Executor_SecondOnOneThread_Refused()
    {
        using var executor = EventParking.NewExecutor();
        Assert.Same(executor, Executor.Current);
        Assert.Throws<InvalidOperationException>(() => EventParking.NewExecutor());
    }

    [Fact]
    public void Run_FromInside_Refused()
    {
        using var executor = EventParking.NewExecutor();
        Assert.Throws<InvalidOperationException>(() => executor.RunUntilComplete(() =>
        {
            executor.RunUntilBlocked();
            return ValueTask.CompletedTask;
        }));
    }

    [Fact]
    public void Run_OnAnotherThread_Refused()
    {
        using var executor = EventParking.NewExecutor();
        Exception? thrown = null;
        var other = new Thread(() => thrown = Record.Exception(executor.RunUntilBlocked));
        other.Start();
        other.Join();
        Assert.IsType<InvalidOperationException>(thrown);
    }

    [Fact]
    public void RunUntilComplete_All_WaitsForEveryCoroutine()
    {
        using var executor = EventParking.NewExecutor();
        int ended = 0;
        for (int i = 0; i < 10; i++)
        {
            executor.Spawn(
                async number =>
                {
                    await executor.Delay(TimeSpan.FromMilliseconds(number));
                    ended++;
                },
                i);
        }

        executor.RunUntilComplete();
        Assert.Equal(10, ended);
    }

    [Fact]
    public void Run_StopCancelledElsewhere_EndsAParkedExecutor()
    {
        using var executor = EventParking.NewExecutor();
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        executor.Run(stop.Token);
        Assert.True(stop.IsCancellationRequested);
    }

    [Fact]
    public void Context_InsideACoroutine_IsRestoredOutside()
    {
        using var executor = EventParking.NewExecutor();
        SynchronizationContext? before = SynchronizationContext.Current;
        SynchronizationContext? inside = null;
        executor.RunUntilComplete(() =>
        {
            inside = SynchronizationContext.Current;
            return ValueTask.CompletedTask;
        });
        Assert.NotNull(inside);
        Assert.NotSame(before, inside);
        Assert.Same(before, SynchronizationContext.Current);
    }

    [Fact]
    public void Await_OrdinaryTask_ComesBackToTheExecutorAndItsCoroutine()
    {
        using var executor = EventParking.NewExecutor();
        int thread = Environment.CurrentManagedThreadId;
        executor.RunUntilComplete(async () =>
        {
            CoroutineId id = executor.CurrentCoroutine;
            await Task.Run(() => Thread.Sleep(5));
            Assert.Equal(thread, Environment.CurrentManagedThreadId);
            Assert.Equal(id, executor.CurrentCoroutine);
            await Task.Delay(5);
            Assert.Equal(thread, Environment.CurrentManagedThreadId);
            await Task.Yield();
            Assert.Equal(thread, Environment.CurrentManagedThreadId);
            Assert.Equal(id, executor.CurrentCoroutine);
        });
    }

    [Fact]
    public void Await_AsyncLocal_FlowsThroughEveryKindOfWait()
    {
        using var executor = EventParking.NewExecutor();
        var local = new AsyncLocal<int>();
        for (int i = 1; i <= 3; i++)
        {
            executor.Spawn(
                async number =>
                {
                    local.Value = number;
                    await executor.Yield();
                    Assert.Equal(number, local.Value);
                    await executor.Delay(TimeSpan.FromMilliseconds(1));
                    Assert.Equal(number, local.Value);
                    await Task.Yield();
                    Assert.Equal(number, local.Value);
                },
                i);
        }

        Exception? failure = null;
        executor.CoroutineFailed += (_, failed) => failure = failed.Exception;
        executor.RunUntilComplete();
        Assert.Null(failure);
        Assert.Equal(0, local.Value);
    }

    private static void Log(Executor executor, List<string> order, string name, int priority) =>
        executor.Spawn(() => Add(order, name), priority);

    private static ValueTask Add(List<string> order, string name)
    {
        order.Add(name);
        return ValueTask.CompletedTask;
    }
}
