using System.Diagnostics;

namespace Rel4.Ipc.Bench.Tasks;

/// <summary>Uses half a core or a whole one, wherever Linux puts it, until it is ended.</summary>
internal static class Disturber
{
    /// <summary>Longer than anybody polls, and shorter than what a scheduler gives one who waits for a core.</summary>
    private static readonly TimeSpan s_slice = TimeSpan.FromMilliseconds(2);

    public static int RunHalf() => Run(s_slice);

    public static int RunWhole() => Run(TimeSpan.Zero);

    private static int Run(TimeSpan pause)
    {
        while (true)
        {
            long start = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(start) < s_slice)
            {
            }

            if (pause > TimeSpan.Zero)
                Thread.Sleep(pause);
        }
    }
}
