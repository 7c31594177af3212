using Rel4.Runtime;

namespace Rel4.Contracts.Wire;

/// <summary>Is the clock that deadlines travel by: the machine's, which all of its processes share; or that of the executor's, where it has another, as in a test without processes.</summary>
internal static class DeadlineClock
{
    /// <summary>Gets the clock of timers for deadlines.</summary>
    public static TimeProvider Current => Executor.Current?.TimeProvider ?? TimeProvider.System;

    /// <summary>Gets the time in milliseconds.</summary>
    public static long Now => Current is var clock && clock == TimeProvider.System
        ? Environment.TickCount64
        : (long)((Int128)clock.GetTimestamp() * 1000 / clock.TimestampFrequency);
}
