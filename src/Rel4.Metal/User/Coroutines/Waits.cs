using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Coroutines that wait for each other and for the time.</summary>
internal static unsafe class Waits
{
    private const int Pairs = 16;

    /// <summary>Runs the rows.</summary>
    public static void Run(Executor executor, ref Report report)
    {
        var log = new Log();
        executor.Spawn(&Step.AddAsync, new Step(executor, log, 2, ticks: 0), priority: 5);
        executor.Spawn(&Step.AddAsync, new Step(executor, log, 1, ticks: 0), priority: 1);
        executor.RunUntilComplete();
        report.Row("coroutines"u8, "2 ready"u8, "priorities"u8, "0 runs before 7, whoever came first"u8, log.Take() == 12);

        executor.Spawn(&Step.AddAsync, new Step(executor, log, 3, ticks: 2_000_000));
        executor.Spawn(&Step.AddAsync, new Step(executor, log, 1, ticks: 1_000_000));
        executor.Spawn(&Step.AddAsync, new Step(executor, log, 2, ticks: 1_500_000));
        executor.RunUntilComplete();
        report.Row("coroutines"u8, "3 asleep"u8, "Delay"u8, "the first due goes on first"u8, log.Take() == 123);

        executor.Spawn(&Step.JoinAsync, new Step(executor, log, 4, ticks: 1000));
        executor.RunUntilComplete();
        report.Row("coroutines"u8, "another alive"u8, "Join"u8, "goes on when that has ended"u8, log.Take() == 45);

        executor.Spawn(&Step.WakeAsync, new Step(executor, log, 6, ticks: 0));
        executor.RunUntilComplete();
        report.Row("coroutines"u8, "suspended"u8, "Wake"u8, "goes on; a second wake is refused"u8, log.Take() == 678);

        // The first time is for what is allocated then.
        bool isRight = TakesTurns(executor, Pairs, out _) & TakesTurns(executor, 1, out ulong one) & TakesTurns(executor, Pairs, out ulong many);
        report.Row("coroutines"u8, "in pairs"u8, "Wake"u8, "each wakes the other, each time"u8, isRight);
        Terminal.PrintCount("wake2"u8, one);
        Terminal.PrintCount("wake32"u8, many);
        Terminal.PrintCount("suspendResume1"u8, Yields(executor, 1));
        Terminal.PrintCount("suspendResume32"u8, Yields(executor, 2 * Pairs));
    }

    /// <summary>Has pairs wake each other, and tells what one takes: to wake the other by its id, to suspend, and to be resumed.</summary>
    private static bool TakesTurns(Executor executor, int pairs, out ulong count)
    {
        var partners = new Partner[2 * pairs];
        for (int i = 0; i < partners.Length; i++)
            partners[i] = new Partner(executor);
        for (int i = 0; i < partners.Length; i++)
            partners[i ^ 1].Meet(executor.Spawn(&Partner.TakeTurnsAsync, partners[i]));
        ulong start = TaskCode.Timestamp();
        executor.RunUntilComplete();
        count = (TaskCode.Timestamp() - start) / (ulong)(partners.Length * Partner.Turns);
        int woken = 0;
        for (int i = 0; i < partners.Length; i++)
            woken += partners[i].Woken;
        return woken == partners.Length * Partner.Turns;
    }

    /// <summary>Has coroutines yield, and tells what a suspension and its resumption take.</summary>
    private static ulong Yields(Executor executor, int count)
    {
        for (int i = 0; i < count; i++)
            executor.Spawn(&Partner.YieldAsync, new Partner(executor));
        ulong start = TaskCode.Timestamp();
        executor.RunUntilComplete();
        return (TaskCode.Timestamp() - start) / (ulong)(count * Partner.Turns);
    }
}
