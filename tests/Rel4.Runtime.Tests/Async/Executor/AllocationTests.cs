using System.Runtime.CompilerServices;

namespace Rel4.Runtime.Tests;

/// <summary>What does the executor allocate in steady state?</summary>
public sealed class AllocationTests
{
    private const int Rounds = 1_000_000;
    private const int WarmUp = 10_000;

    [Fact]
    public void Suspend_MillionWakes_ZeroBytes()
    {
        using var executor = EventParking.NewExecutor();
        CoroutineId waiter = executor.Spawn(async () =>
        {
            while (true)
                await executor.Suspend();
        });
        AssertNothing(executor, async meter =>
        {
            while (meter.Next())
            {
                await executor.Yield();
                Assert.True(executor.Wake(waiter));
            }
        });
    }

    [Fact]
    public void Completion_MillionResults_ZeroBytes()
    {
        using var executor = EventParking.NewExecutor();
        var pool = new CompletionPool<long>(executor);
        Completion<long>? waiting = null;
        long sum = 0;
        executor.Spawn(async () =>
        {
            while (true)
            {
                waiting = pool.Rent();
                sum += await waiting.Task;
            }
        });
        AssertNothing(executor, async meter =>
        {
            while (meter.Next())
            {
                await executor.Yield();
                Assert.True(waiting!.TrySetResult(waiting.Version, 1));
            }
        });
        Assert.Equal(Rounds + WarmUp, sum);
    }

    [Fact]
    public void Yield_Million_ZeroBytes()
    {
        using var executor = EventParking.NewExecutor();
        AssertNothing(executor, async meter =>
        {
            while (meter.Next())
                await executor.Yield();
        });
    }

    [Fact]
    public void Delay_MillionArmedAndCancelled_ZeroBytes()
    {
        var clock = new ManualClock();
        using var executor = new Executor(new ExecutorOptions { TimeProvider = clock, Parking = new EventParking() });
        CoroutineId waiter = executor.Spawn(async () =>
        {
            while (true)
                await executor.Suspend(TimeSpan.FromSeconds(1));
        });
        AssertNothing(executor, async meter =>
        {
            while (meter.Next())
            {
                await executor.Yield();
                executor.Wake(waiter);
            }
        });
    }

    [Fact]
    public void Delay_MillionThatEnd_ZeroBytes()
    {
        var clock = new ManualClock();
        var parking = new SleepingClockParking(clock);
        using var executor = new Executor(new ExecutorOptions { TimeProvider = clock, Parking = parking });
        AssertNothing(executor, async meter =>
        {
            while (meter.Next())
                await executor.Delay(TimeSpan.FromMilliseconds(1));
        });
    }

    [Fact]
    public void Suspend_MillionWithAToken_ZeroBytes()
    {
        using var executor = EventParking.NewExecutor();
        using var cancel = new CancellationTokenSource();
        CoroutineId waiter = executor.Spawn(async () =>
        {
            while (true)
                await executor.Suspend(cancel.Token);
        });
        AssertNothing(executor, async meter =>
        {
            while (meter.Next())
            {
                await executor.Yield();
                executor.Wake(waiter);
            }
        });
    }

    [Fact]
    public void Post_MillionFromTheOwnThread_ZeroBytes()
    {
        using var executor = EventParking.NewExecutor();
        var done = new StrongBox<int>();
        AssertNothing(executor, async meter =>
        {
            while (meter.Next())
            {
                executor.Post(static state => ((StrongBox<int>)state!).Value++, done);
                await executor.Yield();
            }
        });
        executor.RunUntilBlocked();
        Assert.Equal(Rounds + WarmUp, done.Value);
    }

    private static void AssertNothing(Executor executor, Func<Meter, ValueTask> work)
    {
        var meter = new Meter();
        executor.RunUntilComplete(() => work(meter));
        Assert.Equal(0, meter.Allocated);
    }

    /// <summary>Counts a test's rounds, and what the thread allocates from the end of the warm-up to the last.</summary>
    private sealed class Meter
    {
        private long _before;
        private int _round;

        public long Allocated { get; private set; } = -1;

        public bool Next()
        {
            if (_round == WarmUp)
                _before = GC.GetAllocatedBytesForCurrentThread();
            if (_round++ < WarmUp + Rounds)
                return true;
            Allocated = GC.GetAllocatedBytesForCurrentThread() - _before;
            return false;
        }
    }
}
