using System.Collections.Concurrent;
using Rel4.Runtime;

namespace Rel4.Hosted.Composition;

/// <summary>What the composing process holds in one of its systems, by name and by address. It changes while the system runs.</summary>
/// <remarks>
/// An address is not the number of a slot, as in a task: it is <c>system number | grant number | slot</c>, of 20, 20 and 24 bits, so that a handle of another system, or one that was
/// taken away, is none of any capability that is there. Any thread reads; one at a time changes.
/// </remarks>
internal sealed class HostHoldings
{
    /// <summary>What the process is called where a task has a name.</summary>
    public const string Name = "host";

    private const int GrantShift = 24;
    private const long MostSystems = 1L << (64 - AsyncMachine.SystemShift), MostGrants = 1L << (AsyncMachine.SystemShift - GrantShift);

    private static long s_systems;

    private readonly ConcurrentDictionary<string, HostCapability> _byName = new();
    private readonly ConcurrentDictionary<ulong, HostCapability> _byAddress = new();
    private long _grants;

    /// <summary>Gets the system's number within this process, which no other has had.</summary>
    /// <exception cref="InvalidOperationException">There were too many.</exception>
    public ulong SystemNumber { get; } = NextSystem();

    /// <summary>Adds a capability that lies in its slot.</summary>
    public HostCapability Add(NamedCapability granted)
    {
        long number = ++_grants;
        if (number >= MostGrants)
            throw new InvalidOperationException($"The composing process was granted {MostGrants - 1} capabilities in this system, as many as it can number: stop the system, and start another.");
        ulong address = (SystemNumber << AsyncMachine.SystemShift) | ((ulong)number << GrantShift) | granted.Slot;
        var held = new HostCapability(granted, address);
        _byAddress[address] = held;
        _byName[granted.Name] = held;
        return held;
    }

    /// <summary>Takes a capability away. Handles of it are refused from now on.</summary>
    public void Remove(HostCapability held)
    {
        _byName.TryRemove(held.Named.Name, out _);
        _byAddress.TryRemove(held.Address, out _);
    }

    /// <summary>Finds a capability by its address; null if there is none.</summary>
    public HostCapability? Find(ulong address) => _byAddress.GetValueOrDefault(address);

    /// <summary>Gets a capability of a kind.</summary>
    /// <exception cref="InvalidOperationException">There is none of that name.</exception>
    public HostCapability Require(string name, CapabilityKind kind)
    {
        if (_byName.TryGetValue(name, out HostCapability? held) && held.Named.Kind == kind)
            return held;
        string all = string.Join(", ", _byAddress.Values.OrderBy(other => other.Address).Select(other => $"'{other.Named.Name}' ({other.Named.Kind.ToString().ToLowerInvariant()})"));
        throw new InvalidOperationException(
            $"This process composes the system, and its '{Name}' was granted no {kind.ToString().ToLowerInvariant()} '{name}'. It has {(all.Length == 0 ? "nothing" : all)}. "
            + "Grant it where the system is composed (SystemBuilder.Host), or while it runs (RunningSystem.Host).");
    }

    /// <summary>Gets an endpoint.</summary>
    /// <exception cref="InvalidOperationException">There is none of that name.</exception>
    public EndpointCap Endpoint(string name)
    {
        HostCapability held = Require(name, CapabilityKind.Endpoint);
        return new EndpointCap(held.Address) { Granted = held.Granted };
    }

    /// <summary>Gets a notification.</summary>
    /// <exception cref="InvalidOperationException">There is none of that name.</exception>
    public NotificationCap Notification(string name)
    {
        HostCapability held = Require(name, CapabilityKind.Notification);
        return new NotificationCap(held.Address) { Granted = held.Granted };
    }

    private static ulong NextSystem()
    {
        long number = Interlocked.Increment(ref s_systems);
        return number < MostSystems ? (ulong)number : throw new InvalidOperationException(
            $"This process has started {MostSystems - 1} systems, as many as it can number: start another process.");
    }
}

/// <summary>A capability that the composing process holds.</summary>
/// <param name="Named">What was granted, and its slot in the root task's CNode.</param>
/// <param name="Address">What handles of it have.</param>
internal sealed record HostCapability(NamedCapability Named, ulong Address)
{
    /// <summary>Gets what handles know of it: made once, so that finding a handle allocates nothing.</summary>
    public HandleGrant Granted { get; } = new(Named.Name, Named.Rights);
}
