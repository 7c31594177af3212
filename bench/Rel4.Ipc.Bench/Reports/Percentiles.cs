using HdrHistogram;

namespace Rel4.Ipc.Bench;

/// <summary>Tells how long calls took: half of them, 99 of 100, 999 of 1000, and all were as fast or faster.</summary>
public sealed record Percentiles(double P50Ns, double P99Ns, double P999Ns, double MaxNs)
{
    /// <summary>Reads them off a histogram of nanoseconds.</summary>
    internal static Percentiles Of(HistogramBase histogram) => new(
        histogram.GetValueAtPercentile(50),
        histogram.GetValueAtPercentile(99),
        histogram.GetValueAtPercentile(99.9),
        histogram.GetMaxValue());
}
