using System.Collections.Immutable;
using System.Numerics;
using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Hosted.Composition;

/// <summary>Holds what the root task does for one task. All that the task is made of comes from one untyped of its own.</summary>
/// <param name="Task">The task.</param>
/// <param name="CNode">The slot of its CNode.</param>
/// <param name="Create">Makes its objects and gives it its capabilities.</param>
/// <param name="Start">Lets its process, which was started meanwhile, run.</param>
/// <param name="Clear">Destroys all of it, so that it can be made again.</param>
/// <param name="Manifest">What the task is told.</param>
internal sealed record TaskPlan(
    TaskDefinition Task,
    ulong CNode,
    ImmutableArray<CapabilityOperation> Create,
    ImmutableArray<CapabilityOperation> Start,
    ImmutableArray<CapabilityOperation> Clear,
    TaskManifest Manifest)
{
    /// <summary>How many slots of the root task's CNode a task needs.</summary>
    public const int RootSlots = 5;

    /// <summary>Gets the slot of the untyped that it is made from, the first of its <see cref="RootSlots"/>.</summary>
    public ulong Untyped => CNode - 1;

    /// <summary>Gets the slot of its address space.</summary>
    public ulong VSpace => CNode + 1;

    /// <summary>Gets the slot of the page that its first thread traps through.</summary>
    public ulong Frame => CNode + 2;

    /// <summary>Gets log2 of the memory that a task is made of.</summary>
    public static int MemoryBits(TaskDefinition task)
    {
        ulong end = 0;
        foreach (ObjectSize size in OwnObjects(task).Concat(Memory(task).Select(memory => ObjectSize.Untyped(memory.SizeBits))))
            end = MemoryBudget.Align(end, size.ByteBits) + (1UL << size.ByteBits);
        return BitOperations.Log2(BitOperations.RoundUpToPowerOf2(end));
    }

    /// <summary>Plans a task.</summary>
    /// <param name="task">The task.</param>
    /// <param name="firstSlot">The first of its <see cref="RootSlots"/>; the first holds its untyped.</param>
    /// <param name="objects">The slots of the shared objects.</param>
    public static TaskPlan Compile(TaskDefinition task, ulong firstSlot, IReadOnlyDictionary<string, ulong> objects)
    {
        ulong untyped = firstSlot, cNode = firstSlot + 1, vSpace = firstSlot + 2, frame = firstSlot + 3, tcb = firstSlot + 4;
        CNodeCapData guard = TaskSlots.Guard(task.CNodeBits);
        var manifest = new TaskManifest(task.Name, task.CNodeBits, task.AsyncMemoryBits, task.Program.Method, Number(task));
        Dictionary<string, ulong> slots = manifest.Capabilities.ToDictionary(capability => capability.Name, capability => capability.Slot);
        return new TaskPlan(
            task,
            cNode,
            [
                .. OwnObjects(task).Select((size, index) =>
                    new CapabilityOperation.Retype(untyped, size.Type, size.SizeBits, Root(cNode + (ulong)index))),
                Give(tcb, TaskSlots.Tcb, CapRights.All, 0),
                Give(cNode, TaskSlots.CNode, CapRights.All, guard.Raw),
                Give(vSpace, TaskSlots.VSpace, CapRights.All, 0),
                .. task.Grants.Select(grant => Give(objects[grant.Object.Name], slots[grant.Name], grant.Rights, grant.Badge)),
                .. Memory(task).Select(memory =>
                    new CapabilityOperation.Retype(untyped, ObjectType.Untyped, memory.SizeBits, Inside(memory.Slot))),
                new CapabilityOperation.Configure(tcb, cNode, guard, vSpace, frame),
            ],
            [new CapabilityOperation.Attach(vSpace), new CapabilityOperation.Resume(tcb)],
            [new CapabilityOperation.Revoke(Root(untyped))],
            manifest);

        CapabilityOperation Give(ulong source, ulong destination, CapRights rights, ulong data) =>
            new CapabilityOperation.Mint(Root(source), Inside(destination), rights, data);

        // The root task's capability of the CNode has no guard, so as many bits of an index are resolved as the CNode has.
        CapSlot Inside(ulong slot) => new(cNode, slot, (byte)task.CNodeBits);
    }

    /// <summary>Names a slot of the root task's CNode.</summary>
    public static CapSlot Root(ulong slot) => new(RootSlot.CNode, slot);

    /// <summary>Gets what every task is made of, in the order of their slots. The CNode is first, as others lie in it.</summary>
    private static IEnumerable<ObjectSize> OwnObjects(TaskDefinition task) =>
        [ObjectSize.CNode(task.CNodeBits), ObjectSize.VSpace, ObjectSize.TrapPage, ObjectSize.Tcb];

    /// <summary>Gets the task's memory and its runtime's, the smallest first: it fits into the room before a larger one. The runtime's slot is the last.</summary>
    private static IEnumerable<(int SizeBits, ulong Slot)> Memory(TaskDefinition task)
    {
        ulong first = TaskSlots.FirstGrant + (ulong)task.Grants.Length;
        int[] runtime = task.AsyncMemoryBits == 0 ? [] : [task.AsyncMemoryBits];
        return task.Memory.Select(memory => memory.SizeBits).Concat(runtime)
            .Select((sizeBits, index) => (sizeBits, first + (ulong)index))
            .OrderBy(memory => memory.sizeBits);
    }

    /// <summary>Numbers the slots of what a task is granted.</summary>
    public static ImmutableArray<NamedCapability> Number(TaskDefinition task)
    {
        ulong next = TaskSlots.FirstGrant;
        return
        [
            .. task.Grants.Select(grant => new NamedCapability(grant.Name, KindOf(grant.Object), next++, grant.Rights, grant.Badge)),
            .. task.Memory.Select(memory => new NamedCapability(memory.Name, CapabilityKind.Untyped, next++, CapRights.All, 0)),
        ];
    }

    /// <summary>Names the kind of a capability for an object.</summary>
    public static CapabilityKind KindOf(ObjectDefinition definition) => definition switch
    {
        EndpointDefinition => CapabilityKind.Endpoint,
        NotificationDefinition => CapabilityKind.Notification,
        _ => CapabilityKind.Frame,
    };
}
