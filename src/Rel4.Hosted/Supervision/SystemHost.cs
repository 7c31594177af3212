using System.Collections.Immutable;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.TaskSide;
using Rel4.Runtime;

namespace Rel4.Hosted.Supervision;

/// <summary>The composing process' own part in a running system: what it was granted, before the start or while the system runs.</summary>
/// <remarks>
/// Members may be used from any thread. Handles of it are good for this system, and for as long as it holds the capability: used in another system, after the system has stopped or after the
/// capability was taken away, they are refused by an exception.
/// </remarks>
public sealed class SystemHost
{
    private readonly RunningSystem _system;
    private readonly RootTask _root;
    private readonly TaskPool _pool;
    private readonly HostPlan? _plan;
    private readonly HostHoldings _holdings = new();
    private readonly Queue<ulong> _freeSlots = new();
    private ImmutableList<HostGrant> _grants = [];
    private AsyncMachine? _machine;
    private ulong _nextSlot;

    internal SystemHost(RunningSystem system, RootTask root, TaskPool pool, HostPlan? plan)
    {
        _system = system;
        _root = root;
        _pool = pool;
        _plan = plan;
        _nextSlot = plan?.Manifest.FirstFree ?? 0;
    }

    /// <summary>Gets what it holds now, the oldest first.</summary>
    public ImmutableArray<GrantDefinition> Grants => [.. Held.Select(held => held.Grant)];

    /// <summary>Gets what it holds now, with the slots.</summary>
    internal ImmutableList<HostGrant> Held => Volatile.Read(ref _grants);

    /// <summary>Gets where its capabilities lie; null if it can't take part.</summary>
    internal HostPlan? Plan => _plan;

    /// <summary>Gets whether it takes part: it was granted something, now or before.</summary>
    internal bool TakesPart => Volatile.Read(ref _machine) is not null;

    private AsyncMachine Machine => Volatile.Read(ref _machine) ?? throw new InvalidOperationException(
        "This process takes no part in the system: grant it something where the system is composed (SystemBuilder.Host), or while it runs (RunningSystem.Host.GrantAsync).");

    /// <summary>Gets an endpoint.</summary>
    /// <param name="name">The name of the grant.</param>
    /// <exception cref="InvalidOperationException">The process was granted no endpoint of that name, or it was taken away.</exception>
    public EndpointCap Endpoint(string name) => _holdings.Endpoint(name);

    /// <summary>Gets a notification.</summary>
    /// <param name="name">The name of the grant.</param>
    /// <exception cref="InvalidOperationException">The process was granted no notification of that name, or it was taken away.</exception>
    public NotificationCap Notification(string name) => _holdings.Notification(name);

    /// <summary>Maps a frame into this process.</summary>
    /// <param name="name">The name of the grant.</param>
    /// <returns>The frame's memory, writable if Write was granted, until it is disposed of.</returns>
    /// <remarks>Blocks for the system calls of the mapping. What others write there changes while it is read: copy it, then check it.</remarks>
    /// <exception cref="InvalidOperationException">The process was granted no frame of that name, or it was taken away.</exception>
    /// <exception cref="SeL4Exception">The kernel refuses.</exception>
    /// <exception cref="KernelEndedException">The system stops.</exception>
    /// <exception cref="IOException">Linux refuses the mapping.</exception>
    public MappedFrame MapFrame(string name)
    {
        _ = _holdings.Require(name, CapabilityKind.Frame);
        return Machine.Threads.Invoke(() =>
        {
            // Here, where a slot that was found is not another's before this is done.
            NamedCapability held = _holdings.Require(name, CapabilityKind.Frame).Named;
            return MappedFrame.Map(held.Slot, RootSlot.VSpace, held.Rights);
        });
    }

    /// <summary>Makes the calling thread an executor of this system, and runs an async method until it has ended.</summary>
    /// <inheritdoc cref="ReL4.Run(Func{ValueTask})"/>
    public void Run(Func<ValueTask> main)
    {
        ArgumentNullException.ThrowIfNull(main);
        ReL4.Run(Machine, main);
    }

    /// <summary>Gives this process a capability.</summary>
    /// <param name="name">The name by which it finds it.</param>
    /// <param name="definition">The object it is for: one of the system's, or one that a task owns which was added (<see cref="TaskBuilder.Owns"/>).</param>
    /// <param name="rights">What it may do with the object. Calling takes Write and Grant, receiving Read and Grant.</param>
    /// <param name="badge">What receivers see of it; 0 has the system choose, as <see cref="TaskBuilder.Grant"/> does.</param>
    /// <param name="cancellationToken">Ends the wait for others who change the system.</param>
    /// <remarks>What is for an object that a task owns is taken away when that task is removed; the rest, when it is revoked.</remarks>
    /// <exception cref="SystemDefinitionException">It makes no sense, the name is taken, or the kernel is too small for it.</exception>
    /// <exception cref="InvalidOperationException">The system stops.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task GrantAsync(string name, ObjectDefinition definition, CapRights rights, ulong badge = 0, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(definition);
        await _pool.EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            _system.DemandRunning($"'{name}' can't be granted to this process");
            GrantDefinition grant = _pool.CompleteForHost(new GrantDefinition(name, definition, rights, badge), _system.Content);
            await AddAsync([grant], _system.Content.Objects, owner: null).ConfigureAwait(false);
        }
        finally
        {
            _pool.Exit();
        }
    }

    /// <summary>Takes a capability away from this process. What it has under way through it fails, and channels that it opened or received through it close.</summary>
    /// <param name="name">The name of the grant.</param>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    /// <exception cref="InvalidOperationException">The system has stopped.</exception>
    public async Task RevokeAsync(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        await _pool.EnterAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            _system.DemandRunning($"'{name}' can't be revoked");
            HostGrant held = Held.Find(held => held.Grant.Name == name) ?? throw new ArgumentException($"This process was granted no '{name}'.", nameof(name));
            await WithdrawAsync([held]).ConfigureAwait(false);
        }
        finally
        {
            _pool.Exit();
        }
    }

    /// <summary>Has the process take part with what it was given when the system started.</summary>
    internal Task JoinAsync()
    {
        ulong slot = _plan!.Manifest.FirstGrant;
        foreach (GrantDefinition grant in _plan.Grants)
            Note(grant, slot++, owner: null);
        return BeginAsync();
    }

    /// <summary>Finds what is wrong with what the process is to be granted. For who may change the system.</summary>
    internal IEnumerable<SystemProblem> Check(ImmutableArray<GrantDefinition> grants, ImmutableArray<ObjectDefinition> objects, ImmutableArray<string> tasks) =>
        TakesPart || !grants.IsEmpty ? SystemValidation.CheckHost(grants, [.. Held.Select(held => held.Grant.Name)], objects, tasks) : [];

    /// <summary>Gives the process capabilities that were checked. For who may change the system.</summary>
    /// <exception cref="SystemDefinitionException">There are too few slots, or there is too little memory.</exception>
    internal async Task AddAsync(ImmutableArray<GrantDefinition> grants, ImmutableArray<PlacedObject> objects, string? owner)
    {
        if (grants.IsEmpty)
            return;
        HostPlan plan = _plan ?? throw CapabilityPlan.TooFewSlots();
        if (!TakesPart)
        {
            await _root.PerformAsync([_pool.Memory.Take(plan.Memory, plan.Manifest.RuntimeMemory)]).ConfigureAwait(false);
            await BeginAsync().ConfigureAwait(false);
        }

        foreach (GrantDefinition grant in grants)
        {
            ulong source = objects.First(placed => placed.Definition == grant.Object).Slot;
            ulong slot = TakeSlot(plan);
            try
            {
                await _root.PerformAsync([new CapabilityOperation.Mint(TaskPlan.Root(source), TaskPlan.Root(slot), grant.Rights, grant.Badge)]).ConfigureAwait(false);
            }
            catch
            {
                _freeSlots.Enqueue(slot);
                throw;
            }

            Note(grant, slot, owner);
        }
    }

    /// <summary>Takes away what goes with a task: what came with it, and what is for objects that it owns. For who may change the system.</summary>
    internal Task WithdrawAsync(string task, ImmutableArray<PlacedObject> owned) =>
        WithdrawAsync([.. Held.Where(held => held.Owner == task || owned.Any(placed => placed.Definition == held.Grant.Object))]);

    private async Task WithdrawAsync(ImmutableArray<HostGrant> taken)
    {
        foreach (HostGrant held in taken)
        {
            // In this order: handles are refused, then what was opened by them ends, then the slot is another's.
            Volatile.Write(ref _grants, _grants.Remove(held));
            _holdings.Remove(held.Capability);
            await TaskRuntime.DropAllAsync(Machine, held.Capability.Address).ConfigureAwait(false);
            await _root.PerformAsync([new CapabilityOperation.Delete(TaskPlan.Root(held.Slot))]).ConfigureAwait(false);
            if (held.Slot >= _plan!.Manifest.FirstFree)
                _freeSlots.Enqueue(held.Slot);
        }
    }

    private void Note(GrantDefinition grant, ulong slot, string? owner)
    {
        HostCapability held = _holdings.Add(new NamedCapability(grant.Name, TaskPlan.KindOf(grant.Object), slot, grant.Rights, grant.Badge));
        Volatile.Write(ref _grants, _grants.Add(new HostGrant(grant, held, owner)));
    }

    private async Task BeginAsync() => Volatile.Write(ref _machine, await _root.JoinAsync(_plan!, _holdings).ConfigureAwait(false));

    /// <summary>Takes a slot that was never used, or else that which was given back first.</summary>
    private ulong TakeSlot(HostPlan plan)
    {
        if (_nextSlot < plan.Manifest.FirstRuntimeSlot)
            return _nextSlot++;
        return _freeSlots.TryDequeue(out ulong slot) ? slot : throw CapabilityPlan.TooFewSlots();
    }
}

/// <summary>Something that the composing process was granted.</summary>
/// <param name="Grant">What.</param>
/// <param name="Capability">The capability.</param>
/// <param name="Owner">The task that it goes with; null if it stays until it is revoked, or its object goes.</param>
internal sealed record HostGrant(GrantDefinition Grant, HostCapability Capability, string? Owner)
{
    /// <summary>Gets its slot in the root task's CNode.</summary>
    public ulong Slot => Capability.Named.Slot;
}
