using System.Collections.Immutable;

namespace Rel4.Spec;

/// <summary>The state of the whole system that the kernel's behaviour depends on. Every rule maps one to the next.</summary>
/// <remarks>
/// <list type="number">
/// <item>A thread is in at most one queue, and in the one its state names; the current thread is in none.</item>
/// <item><see cref="Derivation"/> lists exactly the full slots, each once, in pre-order: descendants directly behind their ancestor.</item>
/// <item>A reply capability exists only for a thread that is blocked on its reply, and at most one for each, apart from the master.</item>
/// </list>
/// </remarks>
public sealed record SpecState
{
    /// <summary>Gets the objects by address.</summary>
    public ImmutableSortedDictionary<ulong, KernelObject> Objects { get; init; } = ImmutableSortedDictionary<ulong, KernelObject>.Empty;

    /// <summary>Gets the full slots.</summary>
    public ImmutableDictionary<SlotId, Slot> Slots { get; init; } = ImmutableDictionary<SlotId, Slot>.Empty;

    /// <summary>Gets the full slots in the order of derivation.</summary>
    public ImmutableList<SlotId> Derivation { get; init; } = [];

    /// <summary>Gets the words of frames by address; those not named are 0.</summary>
    public ImmutableDictionary<ulong, ulong> Memory { get; init; } = ImmutableDictionary<ulong, ulong>.Empty;

    /// <summary>Gets the threads that may run, by priority, the head first. Empty queues are left out.</summary>
    public ImmutableSortedDictionary<int, ImmutableList<ulong>> ReadyQueues { get; init; } =
        ImmutableSortedDictionary<int, ImmutableList<ulong>>.Empty;

    /// <summary>Gets the thread that has the processor; none when idle.</summary>
    public ulong? Current { get; init; }

    /// <summary>Gets the first thread woken by a message, reply or signal since the kernel was entered.</summary>
    public ulong? Handoff { get; init; }

    /// <summary>Gets the user-interrupt receivers by their threads.</summary>
    public ImmutableSortedDictionary<ulong, Receiver> Receivers { get; init; } = ImmutableSortedDictionary<ulong, Receiver>.Empty;

    /// <summary>Gets the user-interrupt senders.</summary>
    public ImmutableList<Sender> Senders { get; init; } = [];

    /// <summary>Gets the generation that the next sender gets.</summary>
    public ulong NextGeneration { get; init; } = 1;

    /// <summary>Gets the sender indices that are free, the next to be used first.</summary>
    public ImmutableList<int> FreeSenders { get; init; } = [];

    /// <summary>Gets whether the last post from user mode named a sender index of its thread.</summary>
    public bool PostAccepted { get; init; }

    /// <summary>Gets a thread.</summary>
    public Thread Thread(ulong address) => (Thread)Objects[address];

    /// <summary>Finds a thread unless it has been destroyed.</summary>
    public Thread? FindThread(ulong address) => Objects.GetValueOrDefault(address) as Thread;

    /// <summary>Gets an endpoint.</summary>
    public Endpoint Endpoint(ulong address) => (Endpoint)Objects[address];

    /// <summary>Gets a notification.</summary>
    public Notification Notification(ulong address) => (Notification)Objects[address];

    /// <summary>Gets an address space.</summary>
    public VSpace VSpace(ulong address) => (VSpace)Objects[address];

    /// <summary>Puts an object in place of the one at its address.</summary>
    public SpecState Put(KernelObject changed) => this with { Objects = Objects.SetItem(changed.Address, changed) };

    /// <summary>Gets what a slot holds.</summary>
    public Capability? Cap(SlotId slot) => Slots.GetValueOrDefault(slot)?.Cap;

    /// <summary>Puts a capability in place of the one in a full slot, which keeps its place in the derivation.</summary>
    public SpecState PutCap(SlotId slot, Capability cap) => this with { Slots = Slots.SetItem(slot, Slots[slot] with { Cap = cap }) };
}
