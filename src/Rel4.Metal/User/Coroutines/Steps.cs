using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>What a coroutine does: waits, and writes a digit.</summary>
internal sealed class Step(Executor executor, Log log, ulong digit, long ticks)
{
    /// <summary>Gets the executor.</summary>
    public Executor Executor => executor;

    /// <summary>Gets where it writes.</summary>
    public Log Log => log;

    /// <summary>Gets what it writes.</summary>
    public ulong Digit => digit;

    /// <summary>Gets how long it waits before.</summary>
    public long Ticks => ticks;
}

/// <summary>The methods of coroutines.</summary>
internal static class Steps
{
    /// <summary>Waits, then writes the digit.</summary>
    public static async CoTask AddAsync(Step step)
    {
        if (step.Ticks != 0)
            await step.Executor.Delay(step.Ticks);
        step.Log.Add(step.Digit);
    }

    /// <summary>Joins a coroutine that writes the digit, then writes the next.</summary>
    public static async CoTask JoinAsync(Step step)
    {
        await step.Executor.Join(Spawn(step));
        step.Log.Add(step.Digit + 1);
    }

    /// <summary>Wakes a coroutine that is suspended, and writes what comes of it.</summary>
    public static async CoTask WakeAsync(Step step)
    {
        CoroutineId sleeper = SpawnSleeper(step);
        await step.Executor.Yield();
        if (step.Executor.Wake(sleeper) && !step.Executor.Wake(sleeper))
            step.Log.Add(step.Digit);
        await step.Executor.Join(sleeper);
        step.Log.Add(step.Digit + 2);
    }

    private static async CoTask SleepAsync(Step step)
    {
        await step.Executor.Suspend();
        step.Log.Add(step.Digit + 1);
    }

    private static unsafe CoroutineId Spawn(Step step) => step.Executor.Spawn(&AddAsync, step);

    private static unsafe CoroutineId SpawnSleeper(Step step) => step.Executor.Spawn(&SleepAsync, step);
}
