using System.Collections.Immutable;

namespace Rel4.Spec;

/// <summary>Something with an address that capabilities refer to. Untyped memory is no object, only capabilities to it exist.</summary>
public abstract record KernelObject(ulong Address);

/// <summary>A table of 2^<paramref name="Radix"/> slots.</summary>
public sealed record CNode(ulong Address, int Radix) : KernelObject(Address);

/// <summary>A frame; its words lie in <see cref="SpecState.Memory"/>.</summary>
public sealed record Frame(ulong Address, int SizeBits) : KernelObject(Address);

/// <summary>The root of an address space, of which the core knows no more than its identity.</summary>
public sealed record VSpace(ulong Address) : KernelObject(Address)
{
    /// <summary>Gets whether it has an identifier (manual, "ASID Pool"), without which it is of no use to a thread.</summary>
    public bool IsAssigned { get; init; } = true;
}

/// <summary>A meeting place (manual, "Endpoints").</summary>
/// <remarks>All queued threads wait for the same thing: their states say whether to send or to receive.</remarks>
public sealed record Endpoint(ulong Address) : KernelObject(Address)
{
    /// <summary>Gets the queued threads, the head first.</summary>
    public ImmutableList<ulong> Queue { get; init; } = [];
}

/// <summary>A word of badge bits (manual, "Notification Objects"). Never both active and waited for.</summary>
public sealed record Notification(ulong Address) : KernelObject(Address)
{
    /// <summary>Gets whether a signal has not been taken yet; an unbadged one leaves the word 0.</summary>
    public bool IsActive { get; init; }

    /// <summary>Gets the badges signalled; 0 unless active.</summary>
    public ulong Word { get; init; }

    /// <summary>Gets the waiting threads, the head first.</summary>
    public ImmutableList<ulong> Queue { get; init; } = [];

    /// <summary>Gets the bound thread.</summary>
    public ulong? BoundThread { get; init; }
}
