using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Coroutines that wait for each other and for the time.</summary>
internal static unsafe class Waits
{
    /// <summary>Runs the rows.</summary>
    public static void Run(Executor executor, ref Report report)
    {
        var log = new Log();
        executor.Spawn(&Steps.AddAsync, new Step(executor, log, 2, ticks: 0), priority: 5);
        executor.Spawn(&Steps.AddAsync, new Step(executor, log, 1, ticks: 0), priority: 1);
        executor.RunUntilComplete();
        report.Row("coroutines"u8, "2 ready"u8, "priorities"u8, "0 runs before 7, whoever came first"u8, log.Take() == 12);

        executor.Spawn(&Steps.AddAsync, new Step(executor, log, 3, ticks: 2_000_000));
        executor.Spawn(&Steps.AddAsync, new Step(executor, log, 1, ticks: 1_000_000));
        executor.Spawn(&Steps.AddAsync, new Step(executor, log, 2, ticks: 1_500_000));
        executor.RunUntilComplete();
        report.Row("coroutines"u8, "3 asleep"u8, "Delay"u8, "the first due goes on first"u8, log.Take() == 123);

        executor.Spawn(&Steps.JoinAsync, new Step(executor, log, 4, ticks: 1000));
        executor.RunUntilComplete();
        report.Row("coroutines"u8, "another alive"u8, "Join"u8, "goes on when that has ended"u8, log.Take() == 45);

        executor.Spawn(&Steps.WakeAsync, new Step(executor, log, 6, ticks: 0));
        executor.RunUntilComplete();
        report.Row("coroutines"u8, "suspended"u8, "Wake"u8, "goes on; a second wake is refused"u8, log.Take() == 678);
    }
}
