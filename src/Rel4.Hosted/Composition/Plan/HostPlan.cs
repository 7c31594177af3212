using System.Collections.Immutable;
using System.Numerics;
using Rel4.Abi;

namespace Rel4.Hosted.Composition;

/// <summary>Holds what the root task does for its own process, which takes part in the system: the capabilities lie in its own CNode.</summary>
/// <param name="Manifest">Where its slots and its memory are; what it holds is told by <see cref="HostHoldings"/>.</param>
/// <param name="Grants">What it is given when the system starts, in the order of its slots.</param>
/// <param name="Give">Gives it that.</param>
/// <remarks>
/// The slots are the last quarter of those that are free at start, so that all before them are the system's: first what it is given at the start, then its runtime's memory, then those for
/// what it is given later, then its runtime's.
/// </remarks>
internal sealed record HostPlan(TaskManifest Manifest, ImmutableArray<GrantDefinition> Grants, ImmutableArray<CapabilityOperation> Give)
{
    /// <summary>What the process is called where a task has a name.</summary>
    public const string Name = HostHoldings.Name;

    /// <summary>The least slots that its runtime can work with.</summary>
    private const int LeastRuntimeSlots = 64;

    /// <summary>Gets the size of its runtime's memory, which lies in the slot that the manifest says.</summary>
    public ObjectSize Memory => ObjectSize.Untyped(Manifest.RuntimeMemoryBits);

    /// <summary>Plans it.</summary>
    /// <param name="host">The definition.</param>
    /// <param name="root">What the root task holds.</param>
    /// <param name="objects">The slots of the shared objects.</param>
    /// <returns>Null if there are too few slots.</returns>
    public static HostPlan? Compile(HostDefinition host, RootHoldings root, IReadOnlyDictionary<string, ulong> objects)
    {
        ulong first = FirstSlot(root), next = first;
        ImmutableArray<NamedCapability> capabilities =
        [
            .. host.Grants.Select(grant => new NamedCapability(grant.Name, TaskPlan.KindOf(grant.Object), next++, grant.Rights, grant.Badge)),
        ];
        // The slots behind the last free one are none.
        var manifest = new TaskManifest(Name, BitOperations.Log2(root.EndFree), host.AsyncMemoryBits, Method: null, capabilities) { FirstGrant = first };
        if (manifest.FirstRuntimeSlot + LeastRuntimeSlots > manifest.EndSlot)
            return null;
        return new HostPlan(
            manifest,
            host.Grants,
            [
                .. host.Grants.Zip(capabilities).Select(pair => new CapabilityOperation.Mint(
                    TaskPlan.Root(objects[pair.First.Object.Name]), TaskPlan.Root(pair.Second.Slot), pair.First.Rights, pair.First.Badge)),
            ]);
    }

    /// <summary>Gets the first of its slots.</summary>
    public static ulong FirstSlot(RootHoldings root) => root.EndFree - ((root.EndFree - root.FirstFree) / 4);
}
