using Rel4.Abi;

namespace Rel4.Runtime.Tests;

/// <summary>Makes objects.</summary>
public sealed class UntypedTests
{
    private const ulong Free = SimWorld.FreeSlot;

    [Fact]
    public void Retype_ToEmptySlots_MakesAsManyObjects()
    {
        using var world = new SimWorld();

        world.Memory.Retype(ObjectType.Endpoint, world.Root[Free], count: 3);

        Assert.False(world.IsEmpty(Free));
        Assert.False(world.IsEmpty(Free + 2));
        Assert.True(world.IsEmpty(Free + 3));
    }

    [Fact]
    public void Retype_ToAnOccupiedSlot_SaysWhichAndWhatToDo()
    {
        using var world = new SimWorld();
        world.Memory.Retype(ObjectType.Endpoint, world.Root[Free]);

        SeL4Exception exception = Refusals.Says(
            $"Untyped_Retype on capability {world.Memory.CPtr} failed with DeleteFirst: slot 64 of CNode 2 is occupied. "
            + "Delete what it holds, or choose an empty one.",
            () => world.Memory.Retype(ObjectType.Endpoint, world.Root[Free]));

        Assert.Equal(SeL4Error.DeleteFirst, exception.Error);
        Assert.Equal(world.Memory.CPtr, exception.Capability);
    }

    [Fact]
    public void Retype_OfSeveralOntoAnOccupiedSlot_SaysAmongWhich()
    {
        using var world = new SimWorld();
        world.Memory.Retype(ObjectType.Endpoint, world.Root[Free + 1]);

        Refusals.Says(
            $"Untyped_Retype on capability {world.Memory.CPtr} failed with DeleteFirst: one of the slots 64 to 67 of CNode 2 is occupied. "
            + "Delete what it holds, or choose empty ones.",
            () => world.Memory.Retype(ObjectType.Endpoint, world.Root[Free], count: 4));
    }

    [Fact]
    public void Retype_BeyondTheMemory_SaysWhatIsLeft()
    {
        using var world = new SimWorld();
        world.Memory.Retype(ObjectType.Untyped, world.Root[Free], sizeBits: 13);
        var small = new UntypedCap(Free);
        small.Retype(ObjectType.Page4K, world.Root[Free + 1]);

        SeL4Exception exception = Refusals.Says(
            "Untyped_Retype on capability 64 failed with NotEnoughMemory: the untyped memory has 4096 bytes left. "
            + "Make fewer or smaller objects, use other untyped memory, or revoke this one, which deletes what was made of it.",
            () => small.Retype(ObjectType.Page4K, world.Root[Free + 2], count: 2));

        Assert.Equal(4096UL, exception.Failure.BytesLeft);
    }

    [Fact]
    public void Retype_ToATypeOfAnotherMachine_SaysSo()
    {
        using var world = new SimWorld();

        Refusals.Says(
            $"Untyped_Retype on capability {world.Memory.CPtr} failed with InvalidArgument: this machine has no objects of this type. "
            + "Choose another ObjectType.",
            () => world.Memory.Retype(ObjectType.PageTable, world.Root[Free]));
    }

    [Fact]
    public void Retype_WithAnArgumentOutOfRange_SaysWhichAndTheRange()
    {
        using var world = new SimWorld();
        ulong memory = world.Memory.CPtr;

        Refusals.Says(
            $"Untyped_Retype on capability {memory} failed with RangeError: the size in bits must be 0 to 47. Choose a value within the "
            + "range.",
            () => world.Memory.Retype(ObjectType.Untyped, world.Root[Free], sizeBits: 50));
        Refusals.Says(
            $"Untyped_Retype on capability {memory} failed with RangeError: the first slot must be 0 to 255. Choose a value within the "
            + "range.",
            () => world.Memory.Retype(ObjectType.Endpoint, world.Root[256]));
        SeL4Exception exception = Refusals.Says(
            $"Untyped_Retype on capability {memory} failed with RangeError: the number of objects must be 1 to 256. Choose a value "
            + "within the range.",
            () => world.Memory.Retype(ObjectType.Endpoint, world.Root[Free], count: 300));

        Assert.Equal((1UL, 256UL), (exception.Failure.Least, exception.Failure.Greatest));
    }

    [Fact]
    public void Retype_IntoWhatIsNoCNode_SaysSo()
    {
        using var world = new SimWorld();

        Refusals.Says(
            $"Untyped_Retype on capability {world.Memory.CPtr} failed with FailedLookup: capability 1 is no CNode. Choose slots of a "
            + "CNode.",
            () => world.Memory.Retype(ObjectType.Endpoint, new CNodeCap(RootSlot.Tcb)[Free]));
    }

    [Fact]
    public void Retype_OfWhatIsNoMemory_SaysSo()
    {
        using var world = new SimWorld();

        Refusals.Says(
            "Untyped_Retype on capability 1 failed with IllegalOperation: it is not untyped memory. Invoke untyped memory.",
            () => new UntypedCap(RootSlot.Tcb).Retype(ObjectType.Endpoint, world.Root[Free]));
        Refusals.Says(
            "Untyped_Retype on capability 64 failed with InvalidCapability: it is not untyped memory, or its slot is empty. Invoke "
            + "untyped memory.",
            () => new UntypedCap(Free).Retype(ObjectType.Endpoint, world.Root[Free]));
    }

    [Fact]
    public void Retype_ToADeeperCNode_FindsItByItsPath()
    {
        using var world = new SimWorld();
        ulong node = world.Make(ObjectType.CapTable, 4);

        // The path of the root's own bits leads to the second-level CNode.
        SeL4Error error = SeL4.Untyped_Retype(world.Memory.CPtr, ObjectType.Endpoint, 0, RootSlot.CNode, node, 64, 5, 1);

        Assert.Equal(SeL4Error.NoError, error);
        new CNodeCap(node, 4).Move(new CNodeCap(node, 4)[5], 6);
    }
}
