using System.Diagnostics;

namespace Rel4.Ipc.Bench;

/// <summary>Says how much is measured.</summary>
/// <remarks>
/// Many short rounds rather than a few long ones: what else the machine does disturbs some of them, and medians leave those out.
/// </remarks>
/// <param name="Rounds">How often all that is compared is measured in turn; results are medians of the rounds.</param>
/// <param name="Window">How long one measurement takes in a round.</param>
/// <param name="WarmUp">How long each runs before the first round, so that it is compiled with optimisations.</param>
/// <param name="Limit">How long the rounds of one comparison may take; on a busy machine there are fewer of them.</param>
public sealed record Pace(int Rounds, TimeSpan Window, TimeSpan WarmUp, TimeSpan Limit)
{
    private const int LeastRounds = 3;

    /// <summary>Gets the pace for results to keep: a benchmark ends within four minutes.</summary>
    public static Pace Full { get; } =
        new(101, TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(1500), TimeSpan.FromSeconds(40));

    /// <summary>Gets the pace for a first impression: a benchmark ends within a minute.</summary>
    public static Pace Quick { get; } =
        new(15, TimeSpan.FromMilliseconds(4), TimeSpan.FromMilliseconds(400), TimeSpan.FromSeconds(4));

    /// <summary>Counts rounds from 1 on, as many as there is time for.</summary>
    public IEnumerable<int> CountRounds()
    {
        long start = Stopwatch.GetTimestamp();
        for (int round = 1; round <= Rounds && (round <= LeastRounds || Stopwatch.GetElapsedTime(start) < Limit); round++)
            yield return round;
    }
}
