namespace Rel4.Runtime;

/// <summary>Is a slot of an executor's coroutines, used by one coroutine after another.</summary>
/// <remarks>
/// Invariants: 1. <c>Generation</c> grows when a coroutine ends, so that its id is stale from then on; 2. the slot is free only when its
/// coroutine has ended and none of its awaits is outstanding (a method that it started and did not await may outlive it).
/// </remarks>
internal sealed partial class Coroutine
{
    private readonly Executor _executor;

    public Coroutine(Executor executor, int slot, int priority)
    {
        _executor = executor;
        Slot = slot;
        Priority = priority;
        OnMade();
    }

    /// <summary>Gets the place in the executor's table; −1 for the eight that stand for code outside of any coroutine.</summary>
    public int Slot { get; }

    /// <summary>Gets the priority, 0 first.</summary>
    public int Priority { get; set; }

    public uint Generation { get; private set; } = 1;

    public CoroutineId Id => Slot < 0 ? default : new CoroutineId(Slot, Generation);

    /// <summary>Whether it has ended, and its slot is free or will be.</summary>
    public bool HasEnded { get; set; }

    /// <summary>Whether its slot is in the list of free ones.</summary>
    public bool IsFree { get; set; }

    /// <summary>How many of its continuations are registered or ready.</summary>
    public int Outstanding { get; set; }

    /// <summary>What <see cref="Executor.Wake"/> completes, while <see cref="SuspensionVersion"/> is its version.</summary>
    public Completion<Nothing>? Suspension { get; set; }

    public int SuspensionVersion { get; set; }

    /// <summary>Gets whether it waits to be woken.</summary>
    public bool IsSuspended => Suspension is { IsCompleted: false } wait && wait.Version == SuspensionVersion;

    /// <summary>Those who wait for its end.</summary>
    public Joiner? Joiners { get; set; }

    /// <summary>The next free slot.</summary>
    public Coroutine? NextFree { get; set; }

    /// <summary>Makes the id stale.</summary>
    public void Retire()
    {
        // Generation 0 is nobody's.
        if (++Generation == 0)
            Generation = 1;
    }

    partial void OnMade();
}
