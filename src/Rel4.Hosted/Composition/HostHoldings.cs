using System.Collections.Concurrent;
using System.Collections.Immutable;
using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Hosted.Composition;

/// <summary>Is what the composing process holds in one of its systems, by name and by address. It changes while the system runs.</summary>
/// <remarks>
/// An address is not the number of a slot, as in a task: it is <c>system number | grant number | slot</c>, of 20, 20 and 24 bits, so that a handle of another system, or one that was
/// taken away, is none of any capability that is there. Any thread reads; one at a time changes.
/// </remarks>
internal sealed class HostHoldings
{
    private const int GrantShift = 24;
    private const long MostSystems = 1L << (64 - AsyncMachine.SystemShift), MostGrants = 1L << (AsyncMachine.SystemShift - GrantShift);

    private static long s_systems;

    private readonly ConcurrentDictionary<string, HostCapability> _byName = new();
    private readonly ConcurrentDictionary<ulong, HostCapability> _byAddress = new();
    private long _grants;

    /// <summary>Gets the system's number within this process, which no other has had.</summary>
    /// <exception cref="InvalidOperationException">There were too many.</exception>
    public ulong SystemNumber { get; } = NextSystem();

    /// <summary>Gets what is held now, the oldest first.</summary>
    public ImmutableArray<HostCapability> All => [.. _byAddress.Values.OrderBy(held => held.Address)];

    /// <summary>Adds a capability that lies in its slot.</summary>
    /// <param name="grant">What was granted.</param>
    /// <param name="slot">Where it lies.</param>
    /// <param name="owner">The task that it goes with; null if it stays.</param>
    public void Add(GrantDefinition grant, ulong slot, string? owner)
    {
        long number = ++_grants;
        if (number >= MostGrants)
            throw new InvalidOperationException($"The composing process was granted {MostGrants - 1} capabilities in this system, as many as it can number: stop the system, and start another.");
        ulong address = (SystemNumber << AsyncMachine.SystemShift) | ((ulong)number << GrantShift) | slot;
        var held = new HostCapability(grant, slot, address, owner);
        _byAddress[address] = held;
        _byName[grant.Name] = held;
    }

    /// <summary>Takes a capability away. Handles of it are refused from now on.</summary>
    public void Remove(HostCapability held)
    {
        _byName.TryRemove(held.Grant.Name, out _);
        _byAddress.TryRemove(held.Address, out _);
    }

    /// <summary>Finds a capability by the name of its grant; null if there is none.</summary>
    public HostCapability? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>Finds a capability by its address; null if there is none.</summary>
    public HostCapability? Find(ulong address) => _byAddress.GetValueOrDefault(address);

    /// <summary>Gets a capability of a kind.</summary>
    /// <exception cref="InvalidOperationException">There is none of that name.</exception>
    public HostCapability Require(string name, CapabilityKind kind)
    {
        if (Find(name) is { } held && held.Kind == kind)
            return held;
        string all = string.Join(", ", All.Select(other => $"'{other.Grant.Name}' ({other.Kind.ToString().ToLowerInvariant()})"));
        throw new InvalidOperationException(
            $"This process composes the system, and its '{HostPlan.Name}' was granted no {kind.ToString().ToLowerInvariant()} '{name}'. It has {(all.Length == 0 ? "nothing" : all)}. "
            + "Grant it where the system is composed (SystemBuilder.Host), or while it runs (RunningSystem.Host).");
    }

    private static ulong NextSystem()
    {
        long number = Interlocked.Increment(ref s_systems);
        return number < MostSystems ? (ulong)number : throw new InvalidOperationException(
            $"This process has started {MostSystems - 1} systems, as many as it can number: start another process.");
    }
}

/// <summary>Is a capability that the composing process holds.</summary>
/// <param name="Grant">What was granted.</param>
/// <param name="Slot">Its slot in the root task's CNode.</param>
/// <param name="Address">What handles of it have.</param>
/// <param name="Owner">The task that it goes with; null if it stays until it is revoked.</param>
internal sealed record HostCapability(GrantDefinition Grant, ulong Slot, ulong Address, string? Owner)
{
    /// <summary>Gets its kind.</summary>
    public CapabilityKind Kind { get; } = TaskPlan.KindOf(Grant.Object);

    /// <summary>Gets what handles know of it: made once, so that finding a handle allocates nothing.</summary>
    public HandleGrant Granted { get; } = new(Grant.Name, Grant.Rights);
}
