namespace Rel4.Runtime.Tests;

/// <summary>Does every wait end when its token is cancelled, once, from whatever thread?</summary>
public sealed class CancellationTests(ITestOutputHelper output)
{
    private const int Rounds = 20_000;

    [Fact]
    public void Cancel_Before_RefusesTheWait()
    {
        using var executor = EventParking.NewExecutor();
        var cancelled = new CancellationToken(canceled: true);
        executor.RunUntilComplete(async () =>
        {
            CoroutineId self = executor.CurrentCoroutine;
            await ThrowsFor(executor.Delay(TimeSpan.FromDays(1), cancelled), cancelled);
            await ThrowsFor(executor.Suspend(cancelled), cancelled);
            await ThrowsFor(executor.Join(self, cancelled), cancelled);
        });
    }

    [Fact]
    public void Cancel_FromACoroutine_EndsEveryKindOfWait()
    {
        using var executor = EventParking.NewExecutor();
        using var cancel = new CancellationTokenSource();
        int ended = 0;
        CoroutineId other = executor.Spawn(() => Wait(executor.Delay(Timeout.InfiniteTimeSpan, cancel.Token)));
        executor.Spawn(() => Wait(executor.Delay(TimeSpan.FromDays(1), cancel.Token)));
        executor.Spawn(() => Wait(executor.Suspend(cancel.Token)));
        executor.Spawn(() => Wait(executor.Suspend(TimeSpan.FromDays(1), cancel.Token)));
        executor.Spawn(() => Wait(executor.Join(other, cancel.Token)));
        executor.Spawn(() =>
        {
            cancel.Cancel();
            return ValueTask.CompletedTask;
        });
        executor.RunUntilComplete();
        Assert.Equal(5, ended);

        async ValueTask Wait(ValueTask wait)
        {
            await ThrowsFor(wait, cancel.Token);
            ended++;
        }
    }

    [Fact]
    public void Cancel_FromAnotherThread_WakesAParkedExecutor()
    {
        using var executor = EventParking.NewExecutor();
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(30));
        executor.RunUntilComplete(async () => await ThrowsFor(executor.Suspend(cancel.Token), cancel.Token));
    }

    [Fact]
    public void Cancel_AfterTheEnd_TouchesNoLaterWait()
    {
        using var executor = EventParking.NewExecutor();
        using var cancel = new CancellationTokenSource();
        bool ended = false;
        CoroutineId id = executor.Spawn(async () =>
        {
            await executor.Suspend(cancel.Token);
            await executor.Suspend();
            ended = true;
        });
        executor.RunUntilBlocked();
        executor.Wake(id);
        executor.RunUntilBlocked();
        cancel.Cancel();
        executor.RunUntilBlocked();
        Assert.False(ended);
        executor.Wake(id);
        executor.RunUntilComplete();
        Assert.True(ended);
    }

    [Fact]
    public void Cancel_RacingWithWakes_EndsEachWaitOnce()
    {
        int seed = Seeds.FromEnvironment(output);
        using var executor = EventParking.NewExecutor();
        CancellationTokenSource? current = null;
        bool stop = false;
        var canceller = new Thread(() =>
        {
            var random = new Random(seed);
            while (!Volatile.Read(ref stop))
            {
                if (Interlocked.Exchange(ref current, null) is not { } source)
                    continue;
                Thread.SpinWait(random.Next(100));
                source.Cancel();
            }
        });
        canceller.Start();
        int woken = 0, cancelled = 0;
        CoroutineId waiter = executor.Spawn(async () =>
        {
            for (int i = 0; i < Rounds; i++)
            {
                var source = new CancellationTokenSource();
                Volatile.Write(ref current, source);
                try
                {
                    await executor.Suspend(source.Token);
                    woken++;
                }
                catch (OperationCanceledException exception)
                {
                    Assert.Equal(source.Token, exception.CancellationToken);
                    cancelled++;
                }

                // The next suspend has no token: a late cancellation must not reach it.
                ValueTask innocent = executor.Suspend();
                executor.Post(id => executor.Wake((CoroutineId)id!), executor.CurrentCoroutine);
                await innocent;
            }
        });
        executor.Spawn(async () =>
        {
            var random = new Random(seed + 1);
            while (executor.IsAlive(waiter))
            {
                // Half of the time not before the canceller has begun, so that both come at once.
                bool race = random.Next(2) == 0;
                while (race && Volatile.Read(ref current) is not null)
                    Thread.Yield();
                Thread.SpinWait(random.Next(200));
                executor.Wake(waiter);
                await executor.Yield();
            }
        });
        executor.RunUntilComplete();
        Volatile.Write(ref stop, true);
        canceller.Join();
        Assert.Equal(Rounds, woken + cancelled);
        output.WriteLine($"{woken} woken, {cancelled} cancelled");
    }

    private static async Task ThrowsFor(ValueTask wait, CancellationToken token)
    {
        OperationCanceledException thrown = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await wait);
        Assert.Equal(token, thrown.CancellationToken);
    }
}
