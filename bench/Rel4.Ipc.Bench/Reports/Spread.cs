using System.Globalization;

namespace Rel4.Ipc.Bench;

/// <summary>Tells how a figure was spread over the rounds of a run: half of them lie between the quartiles.</summary>
/// <param name="Median">The figure.</param>
/// <param name="LowerQuartile">A quarter of the rounds are below.</param>
/// <param name="UpperQuartile">A quarter of the rounds are above.</param>
public sealed record Spread(double Median, double LowerQuartile, double UpperQuartile)
{
    /// <summary>Finds the spread of a figure that was measured in each round.</summary>
    public static Spread Of(IEnumerable<double> rounds)
    {
        double[] sorted = [.. rounds.Order()];
        return new Spread(Interleaved.Quantile(sorted, 0.5), Interleaved.Quantile(sorted, 0.25), Interleaved.Quantile(sorted, 0.75));
    }

    /// <summary>Finds the spread of the ratio of two figures that were measured in the same rounds.</summary>
    public static Spread OfRatios(IEnumerable<double> rounds, IEnumerable<double> baseline) =>
        Of(rounds.Zip(baseline, (figure, other) => figure / other));

    /// <summary>Shows the figure and its quartiles.</summary>
    /// <param name="unit">By what to divide them.</param>
    public string Show(double unit = 1) => $"{Number(Median / unit)} {ShowQuartiles(unit)}";

    /// <summary>Shows the quartiles.</summary>
    /// <param name="unit">By what to divide them.</param>
    public string ShowQuartiles(double unit = 1) => $"({Number(LowerQuartile / unit)}–{Number(UpperQuartile / unit)})";

    private static string Number(double value) => value.ToString(value < 100 ? "0.##" : "#,##0", CultureInfo.InvariantCulture);
}
