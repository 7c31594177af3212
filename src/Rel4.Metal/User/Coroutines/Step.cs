using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>What a coroutine does: waits, and writes a digit.</summary>
internal sealed class Step(Executor executor, Log log, ulong digit, long ticks)
{
    /// <summary>Waits for its time, then writes the digit.</summary>
    public static async CoTask AddAsync(Step step)
    {
        if (step.HasTime)
            await step.Delay();
        step.Add(0);
    }

    /// <summary>Joins a coroutine that writes the digit, then writes the next.</summary>
    public static async CoTask JoinAsync(Step step)
    {
        await step.Join(step.SpawnAdder());
        step.Add(1);
    }

    /// <summary>Wakes a coroutine that is suspended, and writes that a second time was refused. That coroutine writes the next digit; then comes the third.</summary>
    public static async CoTask WakeAsync(Step step)
    {
        CoroutineId sleeper = step.SpawnSleeper();
        await step.Yield();
        if (step.Wake(sleeper) && !step.Wake(sleeper))
            step.Add(0);
        await step.Join(sleeper);
        step.Add(2);
    }

    private static async CoTask SleepAsync(Step step)
    {
        await step.Suspend();
        step.Add(1);
    }

    private bool HasTime => ticks != 0;

    private void Add(ulong more) => log.Add(digit + more);

    private CoTask Delay() => executor.Delay(ticks);

    private CoTask Join(CoroutineId id) => executor.Join(id);

    private CoTask Yield() => executor.Yield();

    private CoTask Suspend() => executor.Suspend();

    private bool Wake(CoroutineId id) => executor.Wake(id);

    private unsafe CoroutineId SpawnAdder() => executor.Spawn(&AddAsync, this);

    private unsafe CoroutineId SpawnSleeper() => executor.Spawn(&SleepAsync, this);
}
