using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Coroutines that wait for each other and for the time.</summary>
internal static unsafe class Waits
{
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

        // Once for what is allocated the first time.
        report.Row("coroutines"u8, "2 suspended"u8, "Wake"u8, "each wakes the other, each time"u8, TakesTurns(executor, out _) && TakesTurns(executor, out ulong count) && Print(count));
        executor.Spawn(&Partner.YieldAsync, new Partner(executor));
        ulong start = TaskCode.Timestamp();
        executor.RunUntilComplete();
        Terminal.PrintCount("yield"u8, (TaskCode.Timestamp() - start) / Partner.Turns);
    }

    private static bool Print(ulong count)
    {
        Terminal.PrintCount("suspendResume"u8, count);
        return true;
    }

    /// <summary>Has two wake each other, and tells what one turn takes: another's wake, and its own suspension and resumption.</summary>
    private static bool TakesTurns(Executor executor, out ulong count)
    {
        var first = new Partner(executor);
        var second = new Partner(executor);
        first.Meet(executor.Spawn(&Partner.TakeTurnsAsync, second));
        second.Meet(executor.Spawn(&Partner.TakeTurnsAsync, first));
        ulong start = TaskCode.Timestamp();
        executor.RunUntilComplete();
        count = (TaskCode.Timestamp() - start) / (2 * Partner.Turns);
        return first.Woken + second.Woken == 2 * Partner.Turns;
    }
}
