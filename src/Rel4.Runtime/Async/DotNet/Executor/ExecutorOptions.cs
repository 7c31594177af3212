namespace Rel4.Runtime;

/// <summary>Says how an executor is made; tests take others than the defaults.</summary>
internal sealed record ExecutorOptions
{
    /// <summary>Gets how the thread sleeps and is woken.</summary>
    public required ExecutorParking Parking { get; init; }

    /// <summary>Gets the clock of delays and deadlines.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
