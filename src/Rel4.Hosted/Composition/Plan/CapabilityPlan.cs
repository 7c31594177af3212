using System.Collections.Immutable;

namespace Rel4.Hosted.Composition;

/// <summary>Is a system as operations on capabilities, made by a root task that holds all memory at first.</summary>
/// <param name="Shared">Makes the objects between tasks, and for each task the untyped that it is made from.</param>
/// <param name="Tasks">The tasks, in the order in which they start.</param>
/// <param name="Rest">What is left for tasks that are added later.</param>
/// <remarks>
/// <list type="number">
/// <item>What a task holds is in <see cref="TaskPlan.Create"/>, and nowhere else.</item>
/// <item>All that a task is made of comes from its own untyped, so revoking that destroys the task and nothing else.</item>
/// <item>Shared objects come from other memory, so they outlive the tasks.</item>
/// </list>
/// </remarks>
internal sealed record CapabilityPlan(ImmutableArray<CapabilityOperation> Shared, ImmutableArray<TaskPlan> Tasks, RootPool Rest)
{
    /// <summary>Gets what is done for the composing process; null if there are too few slots for it to take part.</summary>
    public HostPlan? Host { get; private init; }

    /// <summary>Compiles a definition.</summary>
    /// <param name="system">The definition.</param>
    /// <param name="root">What the root task holds.</param>
    /// <exception cref="SystemDefinitionException">The root task has too little memory or too few slots.</exception>
    public static CapabilityPlan Compile(SystemDefinition system, RootHoldings root)
    {
        ulong firstTask = root.FirstFree + (ulong)system.Objects.Length;
        ulong firstFree = SlotOf(system.Tasks.Length);
        if (firstFree > root.EndFree)
            throw TooFewSlots();

        Dictionary<string, ulong> objects = system.Objects.Select((definition, index) => (definition.Name, Slot: root.FirstFree + (ulong)index))
            .ToDictionary(item => item.Name, item => item.Slot);
        // It may be granted something later, so its slots are kept for it where there are so many.
        HostPlan? host = firstFree <= HostPlan.FirstSlot(root) ? HostPlan.Compile(system.Host ?? new HostDefinition(), root, objects) : null;
        if (host is null && system.Host is not null)
            throw TooFewSlots();
        (ulong Slot, ObjectSize Size)[] needed =
        [
            .. system.Objects.Select(definition => (objects[definition.Name], ObjectSize.Of(definition))),
            .. system.Tasks.Select((task, index) => (SlotOf(index), ObjectSize.Untyped(TaskPlan.MemoryBits(task)))),
            .. system.Host is null ? [] : new[] { (host!.Manifest.RuntimeMemory, host.Memory) },
        ];
        var memory = new MemoryBudget(root.Memory);
        return new CapabilityPlan(
            [.. Place(needed, memory), .. host?.Give ?? []],
            [.. system.Tasks.Select((task, index) => TaskPlan.Compile(task, SlotOf(index), objects))],
            new RootPool(memory, firstFree, host is null ? root.EndFree : HostPlan.FirstSlot(root)))
        {
            Host = host,
        };

        ulong SlotOf(int task) => firstTask + (ulong)(task * TaskPlan.RootSlots);
    }

    public static SystemDefinitionException TooFewSlots() =>
        Refuse("the root task's CNode has too few slots", $"Raise {nameof(HostedKernelOptions.RootCNodeBits)}");

    public static SystemDefinitionException TooLittleMemory(int sizeBits) => Refuse(
        $"it needs more object memory than the kernel has: 2^{sizeBits} bytes find no place", $"Raise {nameof(HostedKernelOptions.MemoryBits)}");

    /// <summary>Finds memory for objects. The largest come first, which leaves the least room between.</summary>
    private static IEnumerable<CapabilityOperation> Place(IEnumerable<(ulong Slot, ObjectSize Size)> needed, MemoryBudget budget)
    {
        foreach ((ulong slot, ObjectSize size) in needed.OrderByDescending(item => item.Size.ByteBits))
        {
            if (!budget.TryTake(size.ByteBits, out ulong untyped))
                throw TooLittleMemory(size.ByteBits);
            yield return new CapabilityOperation.Retype(untyped, size.Type, size.SizeBits, TaskPlan.Root(slot));
        }
    }

    private static SystemDefinitionException Refuse(string what, string fix) => new([new SystemProblem("the system", what, fix)]);
}
