namespace Rel4.Ipc.Bench;

/// <summary>Holds what <c>rel4 bench payload</c> found, as its JSON file does.</summary>
/// <param name="Machine">Where.</param>
/// <param name="Payload">For each size.</param>
/// <param name="Budgets">What was wanted.</param>
public sealed record PayloadFigures(MachineDescription Machine, IReadOnlyList<PayloadPoint> Payload, IReadOnlyList<Budget> Budgets);

/// <summary>Holds how fast payloads of one size go to another process and back, each way counted once.</summary>
/// <param name="Bytes">The size.</param>
/// <param name="CallBytesPerSecond">Asynchronous calls, up to 16 and up to 1 MiB on their way at once, but two at least.</param>
/// <param name="UnixSocketBytesPerSecond">A Unix socket that one thread fills and another one empties.</param>
/// <param name="MemoryCopyBytesPerSecond">A plain copy of as much memory within one process.</param>
public sealed record PayloadPoint(
    int Bytes, Spread CallBytesPerSecond, Spread UnixSocketBytesPerSecond, Spread MemoryCopyBytesPerSecond);
