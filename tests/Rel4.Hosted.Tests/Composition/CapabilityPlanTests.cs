using System.Collections.Immutable;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Runtime;
using static Rel4.Hosted.Composition.CapabilityOperation;

namespace Rel4.Hosted.Tests.Composition;

/// <summary>Tests what the root task is to do for a system.</summary>
public sealed class CapabilityPlanTests
{
    private static readonly RootHoldings Holdings =
        new([new UntypedMemory(16, 14), new UntypedMemory(17, 28)], FirstFree: 18, EndFree: 1024);

    private readonly SystemBuilder _builder = new();

    [Fact]
    public void Compile_OfATask_MakesItFromItsOwnMemoryAndGivesWhatWasGranted()
    {
        EndpointDefinition requests = _builder.AddEndpoint("requests");
        _builder.AddTask("task", "program").Grant("store", requests, CapRights.Write, badge: 5).GrantMemory("heap", 16);

        CapabilityPlan plan = CapabilityPlan.Compile(_builder.Build(), Holdings);

        var guard = new CNodeCapData(0, 54);
        TaskPlan task = Assert.Single(plan.Tasks);
        Assert.Equal(
            [
                new Retype(17, ObjectType.Untyped, 27, Root(19)),
                new Retype(16, ObjectType.Endpoint, 0, Root(18)),
            ],
            plan.Shared);
        Assert.Equal<CapabilityOperation>(
            [
                new Retype(19, ObjectType.CapTable, 10, Root(20)),
                new Retype(19, ObjectType.Pml4, 0, Root(21)),
                new Retype(19, ObjectType.Page4K, 0, Root(22)),
                new Retype(19, ObjectType.Tcb, 0, Root(23)),
                new Mint(Root(23), Inside(1), CapRights.All, 0),
                new Mint(Root(20), Inside(2), CapRights.All, guard.Raw),
                new Mint(Root(21), Inside(3), CapRights.All, 0),
                new Mint(Root(18), Inside(16), CapRights.Write, 5),
                new Retype(19, ObjectType.Untyped, 16, Inside(17)),
                new Retype(19, ObjectType.Untyped, 26, Inside(18)),
                new Configure(23, 20, guard, 21, 22),
            ],
            task.Create);
        Assert.Equal<CapabilityOperation>([new Attach(21), new Resume(23)], task.Start);
        Assert.Equal<CapabilityOperation>([new Revoke(Root(19))], task.Clear);
        Assert.Equal((18ul, 19ul, 521ul, 1024ul), Slots(task.Manifest));

        static CapSlot Inside(ulong slot) => new(20, slot, 10);

        static (ulong, ulong, ulong, ulong) Slots(TaskManifest manifest) =>
            (manifest.RuntimeMemory, manifest.FirstFree, manifest.FirstRuntimeSlot, manifest.EndSlot);
    }

    [Fact]
    public void Compile_OfAHost_GivesItCapabilitiesAndMemoryInTheLastQuarterOfTheRootCNode()
    {
        EndpointDefinition requests = _builder.AddEndpoint("requests");
        _builder.AddTask("task", "program").AsyncMemory(0).Grant("requests", requests, CapRights.Read);
        _builder.Host.Grant("task", requests, CapRights.Write | CapRights.Grant, badge: 5).AsyncMemory(22);

        CapabilityPlan plan = CapabilityPlan.Compile(_builder.Build(), Holdings);

        Assert.Contains(new Retype(17, ObjectType.Untyped, 22, Root(774)), plan.Shared);
        Assert.Equal(new Mint(Root(18), Root(773), CapRights.Write | CapRights.Grant, 5), plan.Shared[^1]);
        TaskManifest host = plan.Host!.Manifest;
        Assert.Equal((774ul, 775ul, 899ul, 1024ul), (host.RuntimeMemory, host.FirstFree, host.FirstRuntimeSlot, host.EndSlot));
    }

    [Fact]
    public void Compile_OfAHostWithoutRoomForItsRuntime_IsRefused()
    {
        EndpointDefinition requests = _builder.AddEndpoint("requests");
        _builder.AddTask("task", "program");
        _builder.Host.Grant("task", requests, CapRights.Write);

        SystemDefinitionException refusal = Assert.Throws<SystemDefinitionException>(
            () => CapabilityPlan.Compile(_builder.Build(), Holdings with { EndFree = 256 }));

        Assert.Contains("RootCNodeBits", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Compile_OfATaskWithoutAsyncMemory_GivesItNone()
    {
        _builder.AddTask("task", "program").AsyncMemory(0);

        TaskPlan task = Assert.Single(CapabilityPlan.Compile(_builder.Build(), Holdings).Tasks);

        Assert.DoesNotContain(task.Create, operation => operation is Retype { Type: ObjectType.Untyped });
        Assert.Equal((0, 16ul), (task.Manifest.RuntimeMemoryBits, task.Manifest.FirstFree));
    }

    [Fact]
    public void Compile_WithTooLittleMemory_IsRefused()
    {
        _builder.AddTask("task", "program").GrantMemory("heap", 28);

        SystemDefinitionException refusal = Assert.Throws<SystemDefinitionException>(
            () => CapabilityPlan.Compile(_builder.Build(), Holdings));

        Assert.Contains("Raise MemoryBits", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Compile_WithTooFewSlots_IsRefused()
    {
        _builder.AddTask("task", "program");

        SystemDefinitionException refusal = Assert.Throws<SystemDefinitionException>(
            () => CapabilityPlan.Compile(_builder.Build(), Holdings with { EndFree = 22 }));

        Assert.Contains("Raise RootCNodeBits", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Manifest_ReadBack_IsTheSame()
    {
        var manifest = new TaskManifest(
            "task", 8, 26, new TaskMethod("Assembly", "Namespace.Outer+Type", "Run"),
            [new NamedCapability("store", CapabilityKind.Endpoint, 16, CapRights.Write | CapRights.Grant, ulong.MaxValue)]);

        TaskManifest read = TaskManifest.Parse(manifest.ToString());

        Assert.Equal(manifest with { Capabilities = [] }, read with { Capabilities = [] });
        Assert.Equal(manifest.Capabilities, read.Capabilities);
    }

    [Fact]
    public void Budget_OfSeveralMemories_TakesFromTheSmallestThatHasRoom()
    {
        var budget = new MemoryBudget([new UntypedMemory(1, 13), new UntypedMemory(2, 12)]);

        ulong[] slots = [.. ImmutableArray.Create(4, 12, 11, 12).Select(bits => budget.TryTake(bits, out ulong slot) ? slot : 0)];

        Assert.Equal([2ul, 1, 2, 1], slots);
        Assert.False(budget.TryTake(11, out _));
    }

    private static CapSlot Root(ulong slot) => TaskPlan.Root(slot);
}
