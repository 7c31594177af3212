using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Rel4.Ipc.Bench.Reports;

/// <summary>Is what a benchmark has to tell: to people as tables and charts, to programs as JSON.</summary>
/// <param name="Title">What was measured.</param>
/// <param name="Machine">Where.</param>
/// <param name="Notes">What a reader must know to read the figures right.</param>
/// <param name="Tables">The figures.</param>
/// <param name="Charts">The figures as pictures.</param>
/// <param name="Budgets">What was wanted.</param>
/// <param name="Json">All figures, for programs.</param>
public sealed record Report(
    string Title,
    MachineDescription Machine,
    IReadOnlyList<string> Notes,
    IReadOnlyList<Table> Tables,
    IReadOnlyList<Chart> Charts,
    IReadOnlyList<Budget> Budgets,
    string Json)
{
    /// <summary>Writes figures as JSON.</summary>
    public static string Serialize<T>(T figures, JsonTypeInfo<T> type) => JsonSerializer.Serialize(figures, type) + "\n";
}

/// <summary>Is a table whose first column names its rows.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="Columns">What the columns are.</param>
/// <param name="Rows">The cells.</param>
public sealed record Table(string Title, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows);

/// <summary>Is a picture of how a figure depends on another; both axes are logarithmic, unless it says otherwise.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="HorizontalAxis">What the horizontal axis means, with its unit.</param>
/// <param name="VerticalAxis">What the vertical axis means, with its unit.</param>
/// <param name="Lines">What is shown.</param>
public sealed record Chart(string Title, string HorizontalAxis, string VerticalAxis, IReadOnlyList<Line> Lines)
{
    /// <summary>Gets whether both axes are linear, and begin at 0.</summary>
    public bool IsLinear { get; init; }
}

/// <summary>Is a line of a chart.</summary>
/// <param name="Name">What it stands for.</param>
/// <param name="Points">Its points. Those of 0 or less have no place on logarithmic axes and are left out.</param>
public sealed record Line(string Name, IReadOnlyList<(double X, double Y)> Points)
{
    /// <summary>Gets whether it is something to compare with rather than what was measured.</summary>
    public bool IsBaseline { get; init; }
}
