namespace Rel4.Runtime.Tests;

/// <summary>Does code on other threads get its result once, and off the executor's thread?</summary>
public sealed class CrossThreadCompletionTests(ITestOutputHelper output)
{
    private const int Rounds = 20_000;

    [Fact]
    public async Task Await_OnThePool_GoesOnOffTheCompletingThread()
    {
        var pool = new CrossThreadCompletionPool<int>();
        CrossThreadCompletion<int> completion = pool.Rent();
        long use = completion.Use;
        var completer = new Thread(() => completion.TrySetResult(use, 7));
        ValueTask<int> task = completion.Task;
        completer.Start();
        Assert.Equal(7, await task);
        Assert.NotEqual(completer.ManagedThreadId, Environment.CurrentManagedThreadId);
    }

    [Fact]
    public async Task TrySetResult_StaleUse_CompletesNobody()
    {
        var pool = new CrossThreadCompletionPool<int>();
        CrossThreadCompletion<int> completion = pool.Rent();
        long old = completion.Use;
        Assert.True(completion.TrySetResult(old, 1));
        Assert.False(completion.TrySetResult(old, 2));
        Assert.Equal(1, await completion.Task);

        Assert.Same(completion, pool.Rent());
        ValueTask<int> next = completion.Task;
        Assert.False(completion.TrySetResult(old, 3));
        Assert.False(completion.TrySetException(old, new FormatException()));
        Assert.False(next.IsCompleted);
        Assert.True(completion.TrySetException(completion.Use, new FormatException()));
        await Assert.ThrowsAsync<FormatException>(async () => await next);
    }

    [Fact]
    public async Task Cancel_Pending_EndsTheWait()
    {
        var pool = new CrossThreadCompletionPool<int>();
        using var cancel = new CancellationTokenSource();
        CrossThreadCompletion<int> completion = pool.Rent();
        completion.CancelBy(cancel.Token);
        ValueTask<int> task = completion.Task;
        cancel.Cancel();
        OperationCanceledException thrown = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await task);
        Assert.Equal(cancel.Token, thrown.CancellationToken);
    }

    [Fact]
    public void Cancel_RacingWithResults_EndsEachUseOnce()
    {
        int seed = Seeds.FromEnvironment(output);
        using var executor = new Executor();
        using var stop = new CancellationTokenSource();
        var pool = new CrossThreadCompletionPool<int>();
        int[] results = new int[4], cancelled = new int[4];
        Task callers = Task.WhenAll(Enumerable.Range(0, 4).Select(number => Task.Run(() => Call(number))));
        _ = callers.ContinueWith(_ => stop.Cancel(), TaskScheduler.Default);
        executor.Run(stop.Token);
        Assert.True(callers.IsCompletedSuccessfully, callers.Exception?.ToString());
        for (int number = 0; number < 4; number++)
            Assert.Equal(Rounds, results[number] + cancelled[number]);
        output.WriteLine($"{results.Sum()} results, {cancelled.Sum()} cancelled");

        async Task Call(int number)
        {
            var random = new Random(seed + number);
            for (int i = 0; i < Rounds; i++)
            {
                var cancel = new CancellationTokenSource();
                CrossThreadCompletion<int> completion = pool.Rent();
                int expected = random.Next();
                executor.Post(static state => ((Request)state!).Answer(), new Request(completion, completion.Use, expected));
                completion.CancelBy(cancel.Token);
                if (random.Next(2) == 0)
                    ThreadPool.UnsafeQueueUserWorkItem(static source => source.Cancel(), cancel, preferLocal: false);
                try
                {
                    Assert.Equal(expected, await completion.Task);
                    results[number]++;
                }
                catch (OperationCanceledException exception)
                {
                    Assert.Equal(cancel.Token, exception.CancellationToken);
                    cancelled[number]++;
                }
            }
        }
    }

    private sealed record Request(CrossThreadCompletion<int> Completion, long Use, int Result)
    {
        public void Answer() => Completion.TrySetResult(Use, Result);
    }
}
