namespace Rel4.Runtime.Tests;

/// <summary>Does everything arrive that other threads post, in their order?</summary>
public sealed class PostTests
{
    private const int Threads = 8;
    private const int PostsPerThread = 50_000;

    [Fact]
    public void Post_EightThreads_ArriveOnceAndInOrderPerThread()
    {
        using var executor = EventParking.NewExecutor();
        using var stop = new CancellationTokenSource();
        var next = new long[Threads];
        ulong sum = 0;
        int arrived = 0, misplaced = 0;
        Thread[] posters = [.. Enumerable.Range(0, Threads).Select(thread => new Thread(() => PostAll(thread)))];
        foreach (Thread poster in posters)
            poster.Start();
        executor.Run(stop.Token);
        foreach (Thread poster in posters)
            poster.Join();

        Assert.Equal(0, misplaced);
        Assert.Equal(Threads * PostsPerThread, arrived);
        ulong count = Threads * (ulong)PostsPerThread;
        Assert.Equal(count * (count - 1) / 2, sum);

        void PostAll(int thread)
        {
            for (int i = 0; i < PostsPerThread; i++)
                executor.Post(Take, (thread, (long)i), thread % 8);
        }

        void Take(object? state)
        {
            (int thread, long number) = ((int, long))state!;
            Assert.True(executor.IsOwner);
            if (next[thread]++ != number)
                misplaced++;
            sum += (ulong)(thread * (long)PostsPerThread + number);
            if (++arrived == Threads * PostsPerThread)
                stop.Cancel();
        }
    }

    [Fact]
    public void Post_FromTheOwnThread_RunsInTheNextTurn()
    {
        using var executor = EventParking.NewExecutor();
        bool ran = false;
        executor.Post(_ => ran = true);
        Assert.False(ran);
        executor.RunUntilBlocked();
        Assert.True(ran);
    }

    [Fact]
    public void Send_OnTheContext_RunsAtOnceHereAndIsRefusedElsewhere()
    {
        using var executor = EventParking.NewExecutor();
        executor.RunUntilComplete(async () =>
        {
            SynchronizationContext context = SynchronizationContext.Current!;
            bool ran = false;
            context.Send(_ => ran = true, null);
            Assert.True(ran);
            await Assert.ThrowsAsync<NotSupportedException>(() => Task.Run(() => context.Send(_ => { }, null)));
        });
    }
}
