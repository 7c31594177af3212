using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

/// <summary>What becomes of pages and tables when the identifier that they were mapped under goes?</summary>
[Collection(nameof(MachineWorld))]
public sealed unsafe class AddressSpaceTests : IDisposable
{
    private const ulong Address = 0x40_0000;

    private readonly MachineWorld _world = new(hasContexts: true);
    private readonly ulong _memory;
    private readonly ulong _pool;
    private readonly ulong _space;

    public AddressSpaceTests()
    {
        ulong own = _world.MakePool(_world.Make(ObjectType.Untyped, Limits.PageBits));
        MachineWorld.Require(Assign(own, RootSlot.VSpace));
        _memory = _world.Make(ObjectType.Untyped, Limits.PageBits);
        _pool = _world.MakePool(_world.Make(ObjectType.Untyped, Limits.PageBits));
        _space = _world.Make(ObjectType.Pml4);
        MachineWorld.Require(Assign(_pool, _space));
    }

    public void Dispose() => _world.Dispose();

    [Fact]
    public void Retype_MemoryOfAPageWhosePoolWasDeleted_NobodyReachesTheThread()
    {
        ulong frame = _world.FirstFree + 100;
        Retype(ObjectType.Page4K, frame);
        _world.Map(frame, _space, Address);
        _world.Delete(_pool);
        MachineWorld.Require(_world.Invoke(RootSlot.CNode, InvocationLabel.CNodeRevoke, [_memory, Limits.WordBits]));
        Retype(ObjectType.Tcb, frame);

        SeL4Error assigned = Assign(_world.MakePool(_world.Make(ObjectType.Untyped, Limits.PageBits)), _space);
        _world.RunIn(_space);

        Assert.Equal(SeL4Error.InvalidCapability, assigned);
        AssertReachesNothing();
    }

    [Fact]
    public void Delete_PoolOfTheSpaceThatRuns_ItReachesNothingAnyMore()
    {
        _world.Map(_world.Make(ObjectType.Page4K), _space, Address);
        MachineWorld.Require(_world.RunIn(_space));
        TranslationCheck.Run();
        Assert.NotEmpty(Instructions.Translations);

        _world.Delete(_pool);

        AssertReachesNothing();
    }

    [Fact]
    public void Delete_ThreadWithTheLastCapabilityToItsSpace_TheKernelsRootIsLoaded()
    {
        _world.Map(_world.Make(ObjectType.Page4K), _space, Address);
        MachineWorld.Require(_world.RunIn(_space));
        _world.Delete(_space);
        Assert.NotEqual(Physical.Of(AddressSpaces.KernelRoot), Instructions.Root);

        _ = _world.Invoke(RootSlot.CNode, InvocationLabel.CNodeDelete, [RootSlot.Tcb, Limits.WordBits]);

        Assert.True(_world.State->Current == null);
        Assert.Equal(Physical.Of(AddressSpaces.KernelRoot), Instructions.Root);
        AssertReachesNothing();
    }

    [Fact]
    public void Unmap_TableOfASpaceWhosePoolWasDeleted_GoesToAnotherSpaceEmpty()
    {
        ulong table = _world.MapTables(_space, Address), frame = _world.Make(ObjectType.Page4K), other = _world.Make(ObjectType.Pml4);
        MachineWorld.Require(_world.TryMap(frame, _space, Address));
        _world.Delete(_pool);
        MachineWorld.Require(Assign(_world.MakePool(_world.Make(ObjectType.Untyped, Limits.PageBits)), other));
        MachineWorld.Require(_world.Invoke(table, InvocationLabel.X86PageTableUnmap, []));
        _world.Delete(_world.MapTables(other, Address));

        SeL4Error mapped = _world.Invoke(table, InvocationLabel.X86PageTableMap, [Address, 0], other);

        Assert.Equal(SeL4Error.NoError, mapped);
        Assert.Equal(0UL, *PageTables.Find((ulong*)_world.Slots[other].Cap.Address, Address, 1, out _));
        AssertAllIsWell();
    }

    [Fact]
    public void Delete_PageOfADeadSpaceWhoseIdentifierIsAnothers_TheOthersPageStays()
    {
        ulong frame = _world.Make(ObjectType.Page4K), other = _world.Make(ObjectType.Pml4);
        _world.Map(frame, _space, Address);
        uint asid = AddressSpaces.AsidOf(_world.Slots[_space].Cap);
        _world.Delete(_space);
        MachineWorld.Require(Assign(_pool, other));
        _world.Map(_world.Make(ObjectType.Page4K), other, Address);
        Assert.Equal(asid, AddressSpaces.AsidOf(_world.Slots[other].Cap));

        _world.Delete(frame);

        Assert.NotEqual(0UL, *PageTables.Find((ulong*)_world.Slots[other].Cap.Address, Address, 1, out _));
        AssertAllIsWell();
    }

    [Fact]
    public void Map_IntoASpaceWhosePoolWasDeleted_InvalidCapability()
    {
        _world.Map(_world.Make(ObjectType.Page4K), _space, Address);
        _world.Delete(_pool);

        Assert.Equal(SeL4Error.InvalidCapability, _world.TryMap(_world.Make(ObjectType.Page4K), _space, Address + 0x1000));
        Assert.Equal(SeL4Error.InvalidCapability, _world.Invoke(_world.Make(ObjectType.PageTable), InvocationLabel.X86PageTableMap, [0, 0], _space));
    }

    [Fact]
    public void Map_PageWhereAnotherIs_DeleteFirst()
    {
        ulong frame = _world.Make(ObjectType.Page4K), other = _world.Make(ObjectType.Page4K);
        _world.Map(frame, _space, Address);

        Assert.Equal(SeL4Error.DeleteFirst, _world.TryMap(other, _space, Address));
        _world.Slots[other].Cap.Word1 = _world.Slots[frame].Cap.Word1;
        Assert.Equal(SeL4Error.DeleteFirst, _world.TryMap(other, _space, Address));
    }

    [Fact]
    public void Map_PageThatAnotherSpaceHas_InvalidCapability()
    {
        ulong frame = _world.Make(ObjectType.Page4K);
        _world.Map(frame, _space, Address);
        _world.MapTables(RootSlot.VSpace, Address);

        Assert.Equal(SeL4Error.InvalidCapability, _world.TryMap(frame, RootSlot.VSpace, Address));
        AssertAllIsWell();
    }

    [Fact]
    public void Use_SpaceWithoutIdentifier_IllegalOperation()
    {
        ulong space = _world.Make(ObjectType.Pml4), slot = _world.FirstFree + 100;

        Assert.Equal(SeL4Error.IllegalOperation, _world.RunIn(space));
        Assert.Equal(SeL4Error.IllegalOperation, _world.TryCopy(space, slot));
        Assert.Equal(
            SeL4Error.IllegalOperation,
            _world.Invoke(RootSlot.Tcb, InvocationLabel.TcbConfigure, [0, 0, 0, 0], RootSlot.CNode, space, RootSlot.IpcBuffer));
        MachineWorld.Require(Assign(_pool, space));
        MachineWorld.Require(_world.RunIn(space));
        MachineWorld.Require(_world.TryCopy(space, slot));
    }

    [Theory]
    [InlineData(CapRights.ReadWrite, X86VMAttributes.WriteBack, true, true)]
    [InlineData(CapRights.ReadWrite, X86VMAttributes.ExecuteNever, true, true)]
    [InlineData(CapRights.Read, X86VMAttributes.WriteBack, false, false)]
    [InlineData(CapRights.Read, X86VMAttributes.ExecuteNever, false, true)]
    [InlineData(CapRights.Write, X86VMAttributes.WriteBack, false, false)]
    public void Map_Page_IsWritableOrExecutable(CapRights rights, X86VMAttributes attributes, bool isWritable, bool isExecuteNever)
    {
        ulong entry = EntryOf(rights, attributes);

        Assert.Equal(isWritable, (entry & PageEntry.Writable) != 0);
        Assert.Equal(isExecuteNever, (entry & PageEntry.NoExecute) != 0);
    }

    [Theory]
    [InlineData(X86VMAttributes.WriteBack, false)]
    [InlineData(X86VMAttributes.ExecuteNever, true)]
    public void Map_WritablePageWhereWritableCodeIsAllowed_IsExecutableUnlessAskedOtherwise(X86VMAttributes attributes, bool isExecuteNever)
    {
        DebugCalls.Features = KernelFeatures.WritableCode;
        ulong entry = EntryOf(CapRights.ReadWrite, attributes);
        DebugCalls.Features = KernelFeatures.None;

        Assert.Equal(PageEntry.Writable, entry & PageEntry.Writable);
        Assert.Equal(isExecuteNever, (entry & PageEntry.NoExecute) != 0);
    }

    private ulong EntryOf(CapRights rights, X86VMAttributes attributes)
    {
        ulong frame = _world.Make(ObjectType.Page4K);
        _world.MapTables(_space, Address);
        MachineWorld.Require(_world.Invoke(frame, InvocationLabel.X86PageMap, [Address, (ulong)rights, (ulong)attributes], _space));
        return *PageTables.Find((ulong*)_world.Slots[_space].Cap.Address, Address, 1, out _);
    }

    private SeL4Error Assign(ulong pool, ulong space) => _world.Invoke(pool, InvocationLabel.X86AsidPoolAssign, [], space);

    private void Retype(ObjectType type, ulong slot) => MachineWorld.Require(
        _world.Invoke(_memory, InvocationLabel.UntypedRetype, [(ulong)type, 0, 0, 0, slot, 1], RootSlot.CNode));

    private void AssertReachesNothing()
    {
        TranslationCheck.Run();
        Assert.Empty(Instructions.Translations);
        AssertAllIsWell();
    }

    private void AssertAllIsWell() => Assert.Equal(Violation.None, MachineInvariants.Find(_world.Slots, 256));
}
