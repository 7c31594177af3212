namespace Rel4.Runtime;

/// <summary>Is what an executor has counted since it was made.</summary>
/// <param name="Turns">Rounds through ready coroutines, channels, other threads' work and timers.</param>
/// <param name="Continuations">Steps of coroutines that ran.</param>
/// <param name="SpinsPaid">Spins that found work and spared a park.</param>
/// <param name="SpinsMissed">Spins in vain.</param>
/// <param name="Parks">Times the thread went to sleep.</param>
public readonly record struct ExecutorCounters(long Turns, long Continuations, long SpinsPaid, long SpinsMissed, long Parks);
