using System.Collections.Immutable;
using Rel4.Hosted.Composition;

namespace Rel4.Hosted.Supervision;

/// <summary>Places tasks in a running system, and frees what they had.</summary>
/// <remarks>Whoever uses it, or changes what is in the system, does so between <see cref="EnterAsync"/> and <see cref="Exit"/>: one at a time.</remarks>
internal sealed class TaskPool(RootPool memory, RootTask root, SystemDefinition system) : IDisposable
{
    /// <summary>An object that a task owns has an untyped of its own, in the slot before it.</summary>
    private const int ObjectSlots = 2;

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Dictionary<string, ulong> _nextBadges =
        SenderBadges.NextBehind([.. system.Tasks.SelectMany(task => task.Grants), .. system.Host?.Grants ?? []]);

    public Task EnterAsync(CancellationToken cancellationToken = default) => _gate.WaitAsync(cancellationToken);

    public void Exit() => _gate.Release();

    /// <summary>Gets the memory and slots that are free.</summary>
    public RootPool Memory => memory;

    /// <summary>Gets or sets the composing process' part in the system.</summary>
    public SystemHost Host { get; set; } = null!;

    /// <summary>Finds memory and slots for a task, and makes the objects that it owns.</summary>
    /// <param name="task">The task.</param>
    /// <param name="content">What is in the system.</param>
    /// <exception cref="SystemDefinitionException">It makes no sense there, or the kernel is too small for it.</exception>
    public async Task<(TaskPlan Plan, ImmutableArray<PlacedObject> Owned)> PlaceAsync(TaskDefinition task, SystemContent content)
    {
        PlacedObject[] certain = [.. CertainOf(content)];
        SystemProblem[] problems =
        [
            .. SystemValidation.CheckAddition(
                task,
                [.. certain.Select(placed => placed.Definition)],
                [.. content.Objects.Select(placed => placed.Definition.Name)],
                [.. content.Tasks.Select(other => other.Name)]),
            .. Host.Check(task.HostGrants, [.. certain.Select(placed => placed.Definition), .. task.OwnObjects], [.. content.Tasks.Select(other => other.Name), task.Name]),
        ];
        if (problems.Length > 0)
            throw new SystemDefinitionException([.. problems]);
        task = SenderBadges.Complete(task, GrantsOf(content), _nextBadges);

        var blocks = new List<(int Slots, int SizeBits, ulong First)>();
        var operations = new List<CapabilityOperation>();
        PlacedObject[] owned;
        ulong first;
        try
        {
            owned = [.. task.OwnObjects.Select(item => new PlacedObject(item, Take(ObjectSlots, ObjectSize.Of(item).ByteBits) + 1))];
            first = Take(TaskPlan.RootSlots, TaskPlan.MemoryBits(task));
        }
        catch (SystemDefinitionException)
        {
            await root.PerformAsync([.. operations]).ConfigureAwait(false);
            blocks.ForEach(block => memory.Return(block.Slots, block.SizeBits, block.First));
            throw;
        }

        operations.AddRange(owned.Select(Make));
        await root.PerformAsync([.. operations]).ConfigureAwait(false);
        Dictionary<string, ulong> slots = content.Objects.Concat(owned).ToDictionary(placed => placed.Definition.Name, placed => placed.Slot);
        return (TaskPlan.Compile(task, first, slots), [.. owned]);

        ulong Take(int slots, int sizeBits)
        {
            ulong taken = memory.Take(slots, sizeBits, operations);
            blocks.Add((slots, sizeBits, taken));
            return taken;
        }
    }

    /// <summary>Checks what the composing process is to be granted, and chooses badges where they are left to the system.</summary>
    /// <exception cref="SystemDefinitionException">It makes no sense.</exception>
    public GrantDefinition CompleteForHost(GrantDefinition grant, SystemContent content)
    {
        SystemProblem[] problems =
            [.. Host.Check([grant], [.. CertainOf(content).Select(placed => placed.Definition)], [.. content.Tasks.Select(other => other.Name)])];
        if (problems.Length > 0)
            throw new SystemDefinitionException([.. problems]);
        return SenderBadges.Complete([grant], GrantsOf(content), _nextBadges).Single();
    }

    /// <summary>Takes note that objects are granted to nobody any more.</summary>
    public void Withdraw(ImmutableArray<PlacedObject> owned)
    {
        foreach (PlacedObject item in owned)
            _nextBadges.Remove(item.Definition.Name);
    }

    /// <summary>Frees what a task had which has ended, and destroys the objects that it owned.</summary>
    public async Task FreeAsync(TaskPlan plan, ImmutableArray<PlacedObject> owned)
    {
        await root.PerformAsync([.. owned.Select(item => new CapabilityOperation.Revoke(TaskPlan.Root(item.Slot - 1))), .. plan.Clear]).ConfigureAwait(false);
        foreach (PlacedObject item in owned)
            memory.Return(ObjectSlots, ObjectSize.Of(item.Definition).ByteBits, item.Slot - 1);
        memory.Return(TaskPlan.RootSlots, TaskPlan.MemoryBits(plan.Task), plan.Untyped);
    }

    public void Dispose() => _gate.Dispose();

    /// <summary>Gets the objects that can be granted: what a task owns that may yet fail to start is granted to nobody else, as it may go with it.</summary>
    private static IEnumerable<PlacedObject> CertainOf(SystemContent content) =>
        content.Objects.Except(content.Tasks.Where(other => !other.HasBeenAdded).SelectMany(other => other.Owned));

    private GrantDefinition[] GrantsOf(SystemContent content) => [.. content.Tasks.SelectMany(other => other.Definition.Grants), .. Host.Grants];

    private static CapabilityOperation.Retype Make(PlacedObject item)
    {
        var size = ObjectSize.Of(item.Definition);
        return new CapabilityOperation.Retype(item.Slot - 1, size.Type, size.SizeBits, TaskPlan.Root(item.Slot));
    }
}
