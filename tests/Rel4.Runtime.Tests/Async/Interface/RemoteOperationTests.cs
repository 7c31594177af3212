using Rel4.Runtime.Tests.Async.Channels;

namespace Rel4.Runtime.Tests;

/// <summary>Does each operation for another thread end once, with its own result, where its awaiter is at home?</summary>
[Collection(TwoProcessors.Name)]
public sealed class RemoteOperationTests(ITestOutputHelper output) : IDisposable
{
    private const int Threads = 4, OperationsOfEach = 5_000;

    private readonly ExecutorThread _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Await_ManyThatEndInEveryWay_EndOnceEachWithTheirOwn()
    {
        int seed = Seeds.FromEnvironment(output);
        await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Run(() => BeginManyAsync(new Random(seed + thread), thread * OperationsOfEach))));
    }

    [Fact]
    public async Task Await_FromThePool_GoesOnOutsideOfTheExecutor()
    {
        for (int i = 0; i < 100; i++)
        {
            await Task.Run(async () =>
            {
                Assert.Equal(1, await _home.Begin(FakeEnd.Later, 1));
                Assert.NotEqual(_home.ThreadId, Environment.CurrentManagedThreadId);
                Assert.True(Thread.CurrentThread.IsThreadPoolThread);
                Assert.Equal(2, await _home.Begin(FakeEnd.Later, 2).AsTask());
                Assert.NotEqual(_home.ThreadId, Environment.CurrentManagedThreadId);
            });
        }
    }

    [Fact]
    public async Task Await_UnderAContext_GoesOnInIt()
    {
        var context = new RecordingContext();
        var flowing = new AsyncLocal<int> { Value = 5 };
        await Task.Run(async () =>
        {
            SynchronizationContext.SetSynchronizationContext(context);
            await _home.Begin(FakeEnd.Later);
            Assert.Equal(5, flowing.Value);
        });
        Assert.Equal(1, context.Posts);

        var scheduler = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
        await Task.Factory.StartNew(
            async () =>
            {
                await _home.Begin(FakeEnd.Later);
                Assert.Same(scheduler, TaskScheduler.Current);
            },
            CancellationToken.None,
            TaskCreationOptions.None,
            scheduler).Unwrap();
    }

    [Fact]
    public void Await_OnAnotherExecutor_GoesOnThere()
    {
        using var executor = EventParking.NewExecutor();
        executor.RunUntilComplete(async () =>
        {
            Assert.Equal(3, await _home.Begin(FakeEnd.Later, 3));
            Assert.True(executor.IsOwner);
            Assert.Equal(4, await LeanAsync());
            Assert.True(executor.IsOwner);
        });

        async CoTask<int> LeanAsync()
        {
            int result = await _home.Begin(FakeEnd.Later, 4);
            Assert.True(executor.IsOwner);
            return result;
        }
    }

    [Fact]
    public async Task Await_ASecondTime_Throws()
    {
        CoTask<int> once = _home.Begin(FakeEnd.AtOnce, 1);
        Assert.Equal(1, await once);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await once);
        Assert.Throws<InvalidOperationException>(() => once.IsCompleted);
        Assert.Throws<InvalidOperationException>(() => { _ = once.AsTask(); });

        using var cancel = new CancellationTokenSource();
        CoTask<int> twice = _home.Begin(FakeEnd.Never, cancellationToken: cancel.Token);
        Task task = twice.AsTask();
        Assert.Throws<InvalidOperationException>(() => { _ = twice.AsTask(); });
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task);
    }

    private async Task BeginManyAsync(Random random, int first)
    {
        var ends = Enum.GetValues<FakeEnd>();
        for (int number = first; number < first + OperationsOfEach; number++)
        {
            FakeEnd end = ends[random.Next(ends.Length)];
            using var cancel = new CancellationTokenSource();
            bool isCancelled = end == FakeEnd.Never || random.Next(4) == 0;
            CoTask<int> operation = _home.Begin(end, number, isCancelled ? cancel.Token : default);
            Task cancelling = isCancelled ? Task.Run(cancel.Cancel) : Task.CompletedTask;
            try
            {
                Assert.Equal(number, await EndAsync(operation, random.Next(4)));
                Assert.True(end is FakeEnd.AtOnce or FakeEnd.Later);
            }
            catch (OperationCanceledException cancelled)
            {
                Assert.True(isCancelled);
                Assert.Equal(cancel.Token, cancelled.CancellationToken);
            }
            catch (FormatException failure)
            {
                Assert.Equal($"{number}", failure.Message);
                Assert.Equal(FakeEnd.Failing, end);
            }

            await cancelling;
        }
    }

    private static async Task<int> EndAsync(CoTask<int> operation, int how) => how switch
    {
        0 => await operation,
        1 => await operation.AsValueTask(),
        2 => operation.AsTask().GetAwaiter().GetResult(),
        _ => operation.GetAwaiter().GetResult(),
    };

    private sealed class RecordingContext : SynchronizationContext
    {
        private int _posts;

        public int Posts => _posts;

        public override void Post(SendOrPostCallback d, object? state)
        {
            Interlocked.Increment(ref _posts);
            base.Post(d, state);
        }
    }
}
