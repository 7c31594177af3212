using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Rel4.Bench.Channels;

/// <summary>Runs two pieces of work at the same time, each on a processor of its own.</summary>
internal static unsafe partial class TwoThreads
{
    /// <summary>Runs both to their ends.</summary>
    /// <returns>How long the first took, from when both were ready.</returns>
    public static TimeSpan Run(Action first, Action second)
    {
        using var ready = new Barrier(2);
        long start = 0;
        long end = 0;
        var other = new Thread(() =>
        {
            Pin(1);
            ready.SignalAndWait();
            second();
        });
        var one = new Thread(() =>
        {
            Pin(0);
            ready.SignalAndWait();
            start = Stopwatch.GetTimestamp();
            first();
            end = Stopwatch.GetTimestamp();
        });
        other.Start();
        one.Start();
        one.Join();
        other.Join();
        return Stopwatch.GetElapsedTime(start, end);
    }

    private static void Pin(int processor)
    {
        ulong set = 1UL << (processor % Environment.ProcessorCount);
        if (SchedSetAffinity(0, sizeof(ulong), &set) != 0)
            throw new Win32Exception();
    }

    [LibraryImport("libc", EntryPoint = "sched_setaffinity", SetLastError = true)]
    private static partial int SchedSetAffinity(int thread, nuint size, ulong* set);
}
