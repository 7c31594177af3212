namespace Rel4.Runtime;

/// <summary>Says how an executor is made; tests take others than the defaults.</summary>
internal sealed record ExecutorOptions
{
    /// <summary>Gets how the thread sleeps and is woken.</summary>
    public required ExecutorParking Parking { get; init; }

    /// <summary>Gets the clock of delays and deadlines.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Gets how many continuations run at most before the executor looks at its channels again; at other threads and timers it looks every sixteenth
    /// time.</summary>
    public int ContinuationsPerTurn { get; init; } = 128;

    /// <summary>Gets after how many turns without work a channel is no longer polled and rings its doorbell instead.</summary>
    public int TurnsUntilCold { get; init; } = 256;
}
