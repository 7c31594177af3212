namespace Rel4.Kernel.Tests;

/// <summary>Does <c>Untyped_Retype</c> do what <c>object-api.xml</c> says?</summary>
public sealed unsafe class UntypedRetypeTests
{
    private static readonly RefusalTable s_refusals = new()
    {
        { "the service is a capability of the wrong type", s => Retype(s) with { Service = s.Target }, SeL4Error.IllegalOperation },
        { "the service is an empty slot", s => Retype(s) with { Service = s.Empty }, SeL4Error.InvalidCapability, 0 },
        { "the label is another object's", s => Retype(s) with { Label = InvocationLabel.CNodeCopy }, SeL4Error.IllegalOperation },
        { "five words", s => Retype(s) with { Words = [2, 0, 0, 0, 100] }, SeL4Error.TruncatedMessage },
        { "no root", s => Retype(s) with { Caps = [] }, SeL4Error.TruncatedMessage },
        {
            "an empty root", s => Retype(s) with { Caps = [s.Empty] }, SeL4Error.FailedLookup, Errors.Missing(Errors.Destination, 0)
        },
        { "the type does not exist", s => Retype(s, (ObjectType)99), SeL4Error.InvalidArgument, 0 },
        { "the type is not of this machine", s => Retype(s, ObjectType.PageTable), SeL4Error.InvalidArgument, 0 },
        { "size_bits of a whole word", s => Retype(s, ObjectType.Untyped, 64), SeL4Error.RangeError, 0, 47 },
        { "size_bits of a whole word, for an object of one size", s => Retype(s, ObjectType.Endpoint, 64), SeL4Error.RangeError, 0, 47 },
        { "size_bits beyond any word", s => Retype(s, ObjectType.CapTable, ulong.MaxValue), SeL4Error.RangeError, 0, 47 },
        { "size_bits too large for untyped", s => Retype(s, ObjectType.Untyped, 48), SeL4Error.RangeError, 0, 47 },
        { "size_bits too large for a CNode", s => Retype(s, ObjectType.CapTable, 43), SeL4Error.RangeError, 0, 47 },
        { "a CNode of one slot", s => Retype(s, ObjectType.CapTable, 0), SeL4Error.InvalidArgument, 1 },
        { "untyped smaller than any object", s => Retype(s, ObjectType.Untyped, 3), SeL4Error.InvalidArgument, 1 },
        {
            "the root is no CNode", s => Retype(s, root: s.Endpoint, depth: 64),
            SeL4Error.FailedLookup, Errors.InvalidRoot(Errors.Destination)
        },
        {
            "the root, taken as the node, is no CNode", s => Retype(s, root: s.Endpoint),
            SeL4Error.FailedLookup, Errors.Missing(Errors.Destination, 0)
        },
        { "node_depth beyond a word", s => Retype(s, depth: 65), SeL4Error.RangeError, 1, 64 },
        {
            "node_index against the guard", s => Retype(s, index: s.Astray, depth: 64),
            SeL4Error.FailedLookup, Errors.Guard(Errors.Destination, 64, 0, 56)
        },
        {
            "node_depth less than a level", s => Retype(s, root: s.Node, depth: 3),
            SeL4Error.FailedLookup, Errors.Depth(Errors.Destination, 3, 4)
        },
        {
            "node_depth more than all levels", s => Retype(s, root: s.Node, depth: 6),
            SeL4Error.FailedLookup, Errors.Depth(Errors.Destination, 2, 0)
        },
        {
            "the node is no CNode", s => Retype(s, index: s.Endpoint, depth: 64),
            SeL4Error.FailedLookup, Errors.Missing(Errors.Destination, 64)
        },
        { "node_offset beyond the node", s => Retype(s, offset: 256), SeL4Error.RangeError, 0, 255 },
        { "no objects", s => Retype(s, count: 0), SeL4Error.RangeError, 1, 256 },
        { "more objects than the fan-out limit", s => Retype(s, count: 257), SeL4Error.RangeError, 1, 256 },
        { "more objects than slots behind the offset", s => Retype(s, offset: 250, count: 7), SeL4Error.RangeError, 1, 6 },
        { "a capability in the first slot", s => Retype(s, offset: s.Endpoint.Original.Value), SeL4Error.DeleteFirst },
        { "a capability in the last slot", s => Retype(s, offset: s.Empty.Value - 1, count: 2), SeL4Error.DeleteFirst },
        { "an object larger than the memory", s => Retype(s, ObjectType.LargePage), SeL4Error.NotEnoughMemory, 4096 },
        { "more objects than the memory has room for", s => Retype(s, ObjectType.Tcb, count: 3), SeL4Error.NotEnoughMemory, 4096 },
        {
            "an object larger than what is left", s => Used(s, Retype(s, ObjectType.Page4K, offset: s.Empty.Value + 1)),
            SeL4Error.NotEnoughMemory, 4080
        },
        { "a kernel object from a device's memory", s => OfDevice(s, Retype(s)), SeL4Error.InvalidArgument, 1 },
    };

    public static TheoryData<string> Refusals => s_refusals.Names;

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Retype_ErrorCase_IsRefusedAndChangesNothing(string name) => s_refusals.Check(name);

    [Theory]
    [InlineData(ObjectType.Untyped, 5, 5)]
    [InlineData(ObjectType.Tcb, 0, 11)]
    [InlineData(ObjectType.Endpoint, 0, 4)]
    [InlineData(ObjectType.Notification, 0, 5)]
    [InlineData(ObjectType.CapTable, 3, 8)]
    [InlineData(ObjectType.Pml4, 0, 12)]
    [InlineData(ObjectType.Page4K, 0, 12)]
    public void Retype_FreshMemory_MakesObjectOfItsSize(ObjectType type, int sizeBits, int objectBits)
    {
        using var stage = new Stage();
        Retype(stage, type, (ulong)sizeBits).Make().Ok();
        Assert.Equal(1UL << objectBits, stage.Untyped.Slot->Cap.Watermark);
        Assert.Equal((nint)stage.Untyped.Address, (nint)stage.World.SlotOf(stage.Empty)->Cap.Address);
        Assert.Equal(objectBits, stage.World.SlotOf(stage.Empty)->Cap.ObjectBits);
        stage.World.Check();
    }

    [Fact]
    public void Retype_SeveralObjects_FillsConsecutiveSlots()
    {
        using var stage = new Stage();
        Retype(stage, ObjectType.Notification, count: 3).Make().Ok();
        for (ulong i = 0; i < 3; i++)
            Assert.Equal((nint)stage.Untyped.Address + (nint)(i * 32), (nint)stage.World.SlotOf(stage.Empty.Value + i)->Cap.Address);
        Assert.True(DerivationTree.HasChildren(stage.Untyped.Slot));
        stage.World.Check();
    }

    [Fact]
    public void Retype_LargerObjectAfterSmaller_IsAligned()
    {
        using var stage = new Stage();
        Retype(stage).Make().Ok();
        Retype(stage, ObjectType.Tcb, offset: stage.Empty.Value + 1).Make().Ok();
        Assert.Equal((nint)stage.Untyped.Address + 2048, (nint)stage.World.SlotOf(stage.Empty.Value + 1)->Cap.Address);
        Assert.Equal(4096UL, stage.Untyped.Slot->Cap.Watermark);
        stage.World.Check();
    }

    [Fact]
    public void Retype_NodeByIndex_PutsCapabilityThere()
    {
        using var stage = new Stage();
        Retype(stage, index: stage.Node, depth: 64, offset: 15).Make().Ok();
        Assert.Equal(CapType.Endpoint, ((Slot*)stage.Node.Address)[15].Cap.Type);
        stage.World.Check();
    }

    [Fact]
    public void Retype_AfterRevoke_FindsZeroedMemory()
    {
        using var stage = new Stage();
        Retype(stage, ObjectType.Page4K).Make().Ok();
        new Span<byte>(stage.World.SlotOf(stage.Empty)->Cap.Address, 4096).Fill(0xAA);
        stage.Root.CNodeRevoke(stage.CSpace, stage.Untyped).Ok();
        Retype(stage, ObjectType.Page4K).Make().Ok();
        Assert.Equal(-1, new Span<byte>(stage.World.SlotOf(stage.Empty)->Cap.Address, 4096).IndexOfAnyExcept((byte)0));
        stage.World.Check();
    }

    [Fact]
    public void Retype_MuchUsedMemory_ClearsAllOfItAndNoOther()
    {
        using var world = new World();
        StoryObject untyped = world.Untyped(16), behind = world.Untyped(16);
        CPtr slot = world.FreeSlot();
        world.Root.UntypedRetype(untyped, ObjectType.Page4K, 0, RootSlot.CNode, 0, 0, slot.Value, 12).Ok();
        new Span<byte>(untyped.Address, 12 << 12).Fill(0xAA);
        world.Root.UntypedRetype(behind, ObjectType.Page4K, 0, RootSlot.CNode, 0, 0, slot.Value + 12, 1).Ok();
        new Span<byte>(behind.Address, 1 << 12).Fill(0xBB);
        Assert.Equal((nint)untyped.Address + (1 << 16), (nint)behind.Address);
        world.Root.CNodeRevoke(RootSlot.CNode, untyped).Ok();
        world.Root.UntypedRetype(untyped, ObjectType.Endpoint, 0, RootSlot.CNode, 0, 0, slot.Value, 1).Ok();
        Assert.Equal(-1, new ReadOnlySpan<byte>(untyped.Address, 1 << 16).IndexOfAnyExcept((byte)0));
        Assert.Equal(-1, new ReadOnlySpan<byte>(behind.Address, 1 << 12).IndexOfAnyExcept((byte)0xBB));
        world.Check();
    }

    /// <summary>Of so many chunks, one that is a byte too long would be noticed.</summary>
    [Fact]
    public void Retype_LittleMoreThanManyChunksUsed_IsPreemptedAfterEachButTheLast()
    {
        const ulong Chunk = 16384, Chunks = 16;
        using var world = new World(new SimOptions(MemoryBits: 21));
        StoryObject untyped = world.Untyped(19);
        CPtr slot = world.FreeSlot();
        world.Root.UntypedRetype(untyped, ObjectType.Page4K, 0, RootSlot.CNode, 0, 0, slot.Value, 4 * Chunks).Ok();
        world.Root.UntypedRetype(untyped, ObjectType.Endpoint, 0, RootSlot.CNode, 0, 0, slot.Value + (4 * Chunks), 1).Ok();
        world.Root.CNodeRevoke(RootSlot.CNode, untyped).Ok();
        world.Kernel.PreemptAt(1);
        Assert.True(world.Root.UntypedRetype(untyped, ObjectType.Endpoint, 0, RootSlot.CNode, 0, 0, slot.Value, 1).IsPreempted);
        Assert.Equal(Chunks * Chunk, untyped.Slot->Cap.Watermark);
        world.Kernel.PreemptAt(Chunks);
        world.Root.Repeat().Ok();
        world.Check();
    }

    private static Attempt Retype(
        Stage stage, ObjectType type = ObjectType.Endpoint, ulong sizeBits = 0, CPtr? root = null, CPtr? index = null, ulong depth = 0,
        ulong? offset = null, ulong count = 1) =>
        stage.Try(
            stage.Untyped, InvocationLabel.UntypedRetype,
            [(ulong)type, sizeBits, index?.Value ?? 0, depth, offset ?? stage.Empty.Value, count], root ?? stage.CSpace);

    private static Attempt Used(Stage stage, Attempt attempt)
    {
        Retype(stage).Make().Ok();
        return attempt;
    }

    /// <summary>Makes the memory a device's. Sim has none, so this cannot be done by a system call.</summary>
    private static Attempt OfDevice(Stage stage, Attempt attempt)
    {
        stage.Untyped.Slot->Cap = Capability.ToUntyped(stage.Untyped.Address, 12, isDevice: true);
        return attempt;
    }
}
