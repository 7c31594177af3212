namespace Rel4.Kernel.Tests;

/// <summary>Does a long operation leave a sound kernel wherever it stops, and end the same however often it stops?</summary>
public sealed unsafe class PreemptionTests
{
    public enum Operation
    {
        RevokeUntyped,
        DeleteCNode,
        DeleteCNodeOfCNodes,
        DeleteThread,
        RevokeEndpoint,
        RetypeAfterUse,
    }

    public static TheoryData<Operation> Operations => [.. Enum.GetValues<Operation>()];

    [Theory]
    [MemberData(nameof(Operations))]
    public void Preempt_AtEachPoint_EndsAsWithout(Operation operation)
    {
        using World whole = Prepare(operation, out Attempt attempt);
        ulong before = whole.Kernel.PreemptionPoints;
        attempt.Make().Ok();
        whole.Check();
        ulong points = whole.Kernel.PreemptionPoints - before;
        Assert.InRange(points, 2UL, 1000UL);
        for (ulong point = 1; point <= points; point++)
        {
            using World world = Prepare(operation, out Attempt again);
            world.Kernel.PreemptAt(point);
            InvocationResult result = again.Make();
            Assert.True(result.IsPreempted, $"not preempted at point {point} of {points}");
            world.Check();
            Finish(world, again.Caller, _ => { });
            Assert.Equal(-1, MemorySnapshot.FirstDifference(whole.Kernel, world.Kernel));
        }
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public void Preempt_AtEveryPoint_EndsAsWithout(Operation operation)
    {
        using World whole = Prepare(operation, out Attempt attempt);
        attempt.Make().Ok();
        using World world = Prepare(operation, out Attempt again);
        world.Kernel.PreemptAt(1);
        Assert.True(again.Make().IsPreempted);
        Finish(world, again.Caller, kernel => kernel.PreemptAt(1));
        Assert.Equal(-1, MemorySnapshot.FirstDifference(whole.Kernel, world.Kernel));
    }

    private static void Finish(World world, StoryThread caller, Action<SimKernel> beforeEach)
    {
        InvocationResult result;
        int repeats = 0;
        do
        {
            beforeEach(world.Kernel);
            result = caller.Repeat();
            world.Check();
            Assert.True(++repeats < 2000, "the operation never ends");
        }
        while (result.IsPreempted);
        world.Kernel.PreemptAt(0);
        result.Ok();
    }

    private static World Prepare(Operation operation, out Attempt attempt)
    {
        var world = new World();
        StoryThread root = world.Root;
        StoryObject untyped = world.Untyped(16), node = world.CNode(4), endpoint = world.Endpoint();
        CPtr target;
        InvocationLabel label = InvocationLabel.CNodeDelete;
        switch (operation)
        {
            case Operation.RevokeUntyped:
                Retype(world, untyped, ObjectType.Tcb, 0, 2);
                Retype(world, untyped, ObjectType.CapTable, 3, 3);
                Retype(world, untyped, ObjectType.Endpoint, 0, 4);
                (label, target) = (InvocationLabel.CNodeRevoke, untyped);
                break;
            case Operation.DeleteCNode:
                for (ulong i = 0; i < 16; i += 3)
                    root.CNodeCopy(node, i, 4, RootSlot.CNode, endpoint, 64, CapRights.All).Ok();
                target = node;
                break;
            case Operation.DeleteCNodeOfCNodes:
                for (ulong i = 2; i < 6; i++)
                {
                    StoryObject inner = world.CNode(2);
                    root.CNodeCopy(inner, i % 4, 2, RootSlot.CNode, endpoint, 64, CapRights.All).Ok();
                    root.CNodeMove(node, i, 4, RootSlot.CNode, inner, 64).Ok();
                }

                target = node;
                break;
            case Operation.DeleteThread:
                StoryThread thread = world.Thread("thread");
                thread.Given(endpoint);
                root.CNodeDelete(RootSlot.CNode, thread.CSpace).Ok();
                target = thread;
                break;
            case Operation.RevokeEndpoint:
                for (ulong badge = 1; badge < 6; badge++)
                    root.Given(root.Given(endpoint, badge: badge));
                (label, target) = (InvocationLabel.CNodeRevoke, endpoint);
                break;
            default:
                CPtr frame = Retype(world, untyped, ObjectType.Untyped, 15, 2);
                root.CNodeRevoke(RootSlot.CNode, untyped).Ok();
                attempt = new Attempt(
                    root, untyped, InvocationLabel.UntypedRetype, [(ulong)ObjectType.Page4K, 0, 0, 0, frame.Value, 1], [RootSlot.CNode]);
                return world;
        }

        attempt = new Attempt(root, RootSlot.CNode, label, [target.Value, 64], []);
        return world;
    }

    private static CPtr Retype(World world, CPtr untyped, ObjectType type, ulong bits, ulong count)
    {
        CPtr first = world.FreeSlot();
        for (ulong i = 1; i < count; i++)
            world.FreeSlot();
        world.Root.UntypedRetype(untyped, type, bits, RootSlot.CNode, 0, 0, first.Value, count).Ok();
        return first;
    }
}
