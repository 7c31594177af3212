namespace Rel4.Ipc.Bench;

/// <summary>Tells that a benchmark came to no result, and what its tasks said.</summary>
public sealed class BenchmarkException(string message) : Exception(message);
