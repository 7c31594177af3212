using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Supervision;

/// <summary>Holds what watched tasks do, each in a process of its own.</summary>
internal static class WatchPrograms
{
    /// <summary>Makes turns for a while, then loops in a coroutine and never ends its turn.</summary>
    public static void LoopInACoroutine() => ReL4.Run(async () =>
    {
        await Executor.Current!.Delay(TimeSpan.FromMilliseconds(50));
        Console.WriteLine("loops");
        while (true)
            Thread.SpinWait(1000);
    });

    /// <summary>Waits for a lock in a coroutine that another thread has for ever.</summary>
    public static void DeadlockInACoroutine() => ReL4.Run(async () =>
    {
        var mutex = new object();
        using var taken = new ManualResetEventSlim();
        new Thread(() =>
        {
            Monitor.Enter(mutex);
            taken.Set();
            Thread.Sleep(Timeout.Infinite);
        }) { IsBackground = true }.Start();
        taken.Wait();
        await Executor.Current!.Yield();
        Console.WriteLine("waits for the lock");
        Monitor.Enter(mutex);
    });

    /// <summary>Hangs for two seconds, then goes on.</summary>
    public static void HangForAWhile() => ReL4.Run(async () =>
    {
        Thread.Sleep(TimeSpan.FromSeconds(2));
        await Executor.Current!.Delay(TimeSpan.FromDays(1));
    });

    /// <summary>Sleeps, as there is nothing to do.</summary>
    public static void SleepInACoroutine() => ReL4.Run(async () =>
    {
        Console.WriteLine("sleeps");
        await Executor.Current!.Delay(TimeSpan.FromDays(1));
    });

    /// <summary>Makes turns without end, and never sleeps.</summary>
    public static void TurnForever() => ReL4.Run(async () =>
    {
        Console.WriteLine("turns");
        while (true)
            await Executor.Current!.Yield();
    });

    /// <summary>Computes in a thread of its own, and awaits that.</summary>
    public static void ComputeInAChildThread() => ReL4.Run(async () =>
    {
        Console.WriteLine("computes");
        await Task.Run(() =>
        {
            while (true)
                Thread.SpinWait(1000);
        });
    });

    /// <summary>Runs coroutines to their end, then has no executor and computes.</summary>
    public static void ComputeBehindARun()
    {
        ReL4.Run(async () => await Executor.Current!.Delay(TimeSpan.FromMilliseconds(20)));
        Console.WriteLine("computes");
        while (true)
            Thread.SpinWait(1000);
    }
}
