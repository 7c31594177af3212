using System.Diagnostics;

namespace Rel4.Ipc.Bench;

/// <summary>Measures several things in turn, many times over, so that whatever else the machine does meets all of them.</summary>
internal static class Interleaved
{
    /// <summary>Measures all.</summary>
    /// <param name="pace">How much.</param>
    /// <param name="repetitions">Each does its thing so many times in a row.</param>
    /// <returns>What a time of each cost in every round, in nanoseconds.</returns>
    public static IReadOnlyList<double>[] Run(Pace pace, params ReadOnlySpan<Action<int>> repetitions)
    {
        int[] counts = new int[repetitions.Length];
        var samples = new List<double>[repetitions.Length];
        for (int i = 0; i < repetitions.Length; i++)
        {
            counts[i] = WarmUp(repetitions[i], pace);
            samples[i] = [];
        }

        foreach (int _ in pace.CountRounds())
        {
            for (int i = 0; i < repetitions.Length; i++)
                samples[i].Add(Time(repetitions[i], counts[i]).TotalNanoseconds / counts[i]);
        }

        return samples;
    }

    /// <summary>Gets the median, which a few disturbed samples do not move.</summary>
    public static double Median(IEnumerable<double> samples) => Quantile(samples, 0.5);

    /// <summary>Gets the sample that a share of all are below.</summary>
    public static double Quantile(IEnumerable<double> samples, double share)
    {
        double[] sorted = [.. samples.Order()];
        return sorted[(int)(share * (sorted.Length - 1))];
    }

    /// <summary>Runs until the code is compiled well.</summary>
    /// <returns>How many repetitions fill a window.</returns>
    private static int WarmUp(Action<int> repeat, Pace pace)
    {
        // In many short calls, not one long: methods are compiled anew after 30 calls.
        const int ShortestCalls = 40;
        int count = 1;
        TimeSpan last = TimeSpan.Zero;
        for (TimeSpan spent = TimeSpan.Zero; spent < pace.WarmUp; spent += last)
        {
            last = Time(repeat, count);
            if (last < pace.WarmUp / ShortestCalls)
                count *= 2;
        }

        return Math.Max(1, (int)(count * (pace.Window / last)));
    }

    private static TimeSpan Time(Action<int> repeat, int count)
    {
        long start = Stopwatch.GetTimestamp();
        repeat(count);
        return Stopwatch.GetElapsedTime(start);
    }
}
