namespace Rel4.Ipc.Bench;

/// <summary>Holds what <c>rel4 bench disturbed</c> found, as its JSON file does.</summary>
/// <param name="Machine">Where.</param>
/// <param name="Runs">Each run, between two new processes.</param>
/// <param name="Budgets">What was wanted.</param>
public sealed record DisturbedFigures(MachineDescription Machine, IReadOnlyList<DisturbedRun> Runs, IReadOnlyList<Budget> Budgets);

/// <summary>Holds the figures of one run.</summary>
/// <param name="Load">How much of a core another process used.</param>
/// <param name="Call">An asynchronous call, one at a time, in nanoseconds.</param>
/// <param name="UnixSocket">The round trip of a blocking Unix socket, in the same rounds.</param>
public sealed record DisturbedRun(double Load, Spread Call, Spread UnixSocket)
{
    /// <summary>Gets the call by the Unix socket's round trip.</summary>
    public double Ratio => Call.Median / UnixSocket.Median;
}
