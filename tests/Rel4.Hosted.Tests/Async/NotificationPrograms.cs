using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Signals and waits.</summary>
internal static class NotificationPrograms
{
    public const string Forth = "forth", Back = "back", Several = "several";

    private const int Rounds = 2000;
    private const int Waiters = 3;

    /// <summary>Waits, answers each signal by one, and writes what else came.</summary>
    public static void Wait() => ReL4.Run(async () =>
    {
        NotificationCap forth = TaskContext.Notification(Forth), back = TaskContext.Notification(Back);
        for (int i = 0; i < Rounds; i++)
        {
            if (await forth.WaitAsync() != 4)
                throw new InvalidOperationException("not the badge");
            back.SignalUser();
        }

        // Each of these comes once its predecessor was taken.
        foreach (string kind in (string[])["kernel", "several bits", "pool"])
        {
            Console.WriteLine($"{kind}: {await forth.WaitAsync()}");
            // Two signals that meet are one, so the other waits for an answer to each. That to the last comes below.
            if (kind != "pool")
                back.SignalUser();
        }

        // Three wait at once, and each takes one signal.
        var words = new List<ulong>();
        for (int i = 0; i < Waiters; i++)
        {
            Executor.Current!.Spawn(async () =>
            {
                words.Add(await forth.WaitAsync());
                back.SignalUser();
            });
        }

        using (var late = new CancellationTokenSource())
        {
            ValueTask<ulong> cancelled = forth.WaitAsync(late.Token);
            late.Cancel();
            try
            {
                _ = await cancelled;
            }
            catch (OperationCanceledException)
            {
                back.SignalUser();
            }
        }

        while (words.Count < Waiters)
            await Executor.Current!.Delay(TimeSpan.FromMilliseconds(1));
        // The other has the last answer.
        await forth.WaitAsync();
        Console.WriteLine($"waiters: {string.Join(' ', words)}");
        Console.WriteLine($"poll: {forth.PollUser()}");
        ulong polled;
        back.SignalUser();
        while ((polled = forth.PollUser()) == 0)
            await Executor.Current!.Yield();
        Console.WriteLine($"polled: {polled}");
        back.SignalUser();
    });

    /// <summary>Signals, also before the other waits.</summary>
    public static void Signal() => ReL4.Run(async () =>
    {
        NotificationCap forth = TaskContext.Notification(Forth), back = TaskContext.Notification(Back);
        for (int i = 0; i < Rounds; i++)
        {
            forth.SignalUser();
            await ExpectAsync(back);
        }

        // A plain signal, of this process' first thread.
        forth.Signal();
        await ExpectAsync(back);
        TaskContext.Notification(Several).SignalUser();
        await ExpectAsync(back);
        await Task.Run(forth.SignalUser);
        await ExpectAsync(back);
        for (int i = 0; i < Waiters; i++)
        {
            forth.SignalUser();
            await ExpectAsync(back);
        }

        forth.SignalUser();
        await ExpectAsync(back);
        forth.SignalUser();
        await ExpectAsync(back);
        Console.WriteLine("signalled");
    });

    private static async ValueTask ExpectAsync(NotificationCap notification)
    {
        if (await notification.WaitAsync() != 1)
            throw new InvalidOperationException("not the badge");
    }
}
