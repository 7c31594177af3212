using System.Globalization;

namespace Rel4.Ipc.Bench;

/// <summary>Compares a figure with what was wanted.</summary>
/// <param name="Name">What is limited.</param>
/// <param name="Measured">The figure.</param>
/// <param name="Limit">The limit.</param>
/// <param name="Unit">The unit of both.</param>
/// <param name="IsMet">Whether it keeps the limit.</param>
public sealed record Budget(string Name, double Measured, double Limit, string Unit, bool IsMet)
{
    /// <summary>Gets how the figure was spread over rounds, if it was measured in each.</summary>
    public Spread? Rounds { get; init; }

    /// <summary>Makes one whose limit is the most that is good, of a figure with a spread.</summary>
    public static Budget AtMost(string name, Spread measured, double limit, string unit)
    {
        ArgumentNullException.ThrowIfNull(measured);
        return AtMost(name, measured.Median, limit, unit) with { Rounds = measured };
    }

    /// <summary>Makes one whose limit is the most that is good.</summary>
    public static Budget AtMost(string name, double measured, double limit, string unit) =>
        new(name, measured, limit, unit, measured <= limit);

    /// <summary>Makes one whose limit is the least that is good.</summary>
    public static Budget AtLeast(string name, double measured, double limit, string unit) =>
        new(name, measured, limit, unit, measured >= limit);

    /// <summary>Shows name, figure, limit and verdict.</summary>
    public string[] ToCells() =>
    [
        Name,
        Rounds is null ? Show(Measured) : $"{Show(Measured)} {Rounds.ShowQuartiles()}",
        Show(Limit),
        IsMet ? "met" : "missed",
    ];

    private string Show(double value) => string.Create(CultureInfo.InvariantCulture, $"{value:#,##0.###} {Unit}").TrimEnd();
}
