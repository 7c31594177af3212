namespace Rel4.Ipc.Bench;

/// <summary>Holds what <c>rel4 bench contracts</c> found: typed calls beside plain ones, between the same processes in the same rounds.</summary>
/// <param name="Machine">Where.</param>
/// <param name="Ways">Each way, at each concurrency.</param>
/// <param name="Budgets">What was wanted.</param>
public sealed record TypedFigures(MachineDescription Machine, IReadOnlyList<WayFigures> Ways, IReadOnlyList<Budget> Budgets);
