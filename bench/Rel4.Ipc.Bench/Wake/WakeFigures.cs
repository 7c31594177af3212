namespace Rel4.Ipc.Bench;

/// <summary>
/// Holds what <c>rel4 bench wake</c> found, as its JSON file does: round trips between two tasks that both sleep before each.
/// </summary>
/// <param name="Machine">Where.</param>
/// <param name="Wake">For each placement of the tasks and each way.</param>
/// <param name="Budgets">What was wanted.</param>
public sealed record WakeReportFigures(MachineDescription Machine, IReadOnlyList<WakePoint> Wake, IReadOnlyList<Budget> Budgets);

/// <summary>Holds the figures of one placement.</summary>
/// <param name="Placement">Where the tasks run.</param>
/// <param name="Call">An asynchronous call.</param>
/// <param name="Signal">A U-notification each way.</param>
/// <param name="UnixSocket">A blocking Unix socket.</param>
/// <param name="EventDescriptor">An eventfd each way.</param>
public sealed record WakePoint(string Placement, WakeFigures Call, WakeFigures Signal, WakeFigures UnixSocket, WakeFigures EventDescriptor);

/// <summary>Tells how long round trips took: a quarter of them, half, three quarters, nine of ten, and 99 of 100 were as short or shorter.</summary>
public sealed record WakeFigures(double P25Ns, double MedianNs, double P75Ns, double P90Ns, double P99Ns);
