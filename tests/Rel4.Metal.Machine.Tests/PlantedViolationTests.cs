using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

/// <summary>Does the walk over the page tables find what is wrong?</summary>
[Collection(nameof(MachineWorld))]
public sealed unsafe class PlantedViolationTests : IDisposable
{
    private const ulong Address = 0x40_0000;

    private readonly MachineWorld _world = new(hasContexts: true);
    private readonly ulong _frame;
    private readonly ulong _table;
    private readonly ulong _pool;
    private readonly ulong _line;
    private readonly ulong _ports;

    public PlantedViolationTests()
    {
        _pool = _world.MakePool(_world.Make(ObjectType.Untyped, Limits.PageBits));
        MachineWorld.Require(_world.Invoke(_pool, InvocationLabel.X86AsidPoolAssign, [], RootSlot.VSpace));
        _frame = _world.Make(ObjectType.Page4K);
        _table = _world.MapTables(RootSlot.VSpace, Address);
        MachineWorld.Require(_world.TryMap(_frame, RootSlot.VSpace, Address));
        _line = _world.FirstFree + 100;
        _ports = _line + 1;
        MachineWorld.Require(_world.Invoke(RootSlot.IrqControl, InvocationLabel.IrqIssueIrqHandler, [4, _line, Limits.WordBits], RootSlot.CNode));
        MachineWorld.Require(_world.Invoke(
            RootSlot.IOPortControl, InvocationLabel.X86IOPortControlIssue, [5, 9, _ports, Limits.WordBits], RootSlot.CNode));
    }

    public void Dispose() => _world.Dispose();

    private ulong* Root => (ulong*)_world.Slots[RootSlot.VSpace].Cap.Address;

    private ulong* Entry => PageTables.Find(Root, Address, 1, out _);

    private Violation Found => MachineInvariants.Find(_world.Slots, 256);

    [Fact]
    public void Find_NothingPlanted_None()
    {
        Assert.Equal(Violation.None, Found);
        Assert.Equal(Violation.None, Found);
    }

    [Fact]
    public void Find_PageWithoutCapability_StrayEntry()
    {
        DerivationTree.Remove(&_world.Slots[_frame]);
        Assert.Equal(Violation.StrayEntry, Found);
    }

    [Fact]
    public void Find_PageOfAFrameThatSaysNothing_StrayEntry()
    {
        _world.Slots[_frame].Cap.Word1 = 0;
        Assert.Equal(Violation.StrayEntry, Found);
    }

    [Fact]
    public void Find_TableWithoutCapability_StrayEntry()
    {
        DerivationTree.Remove(&_world.Slots[_table]);
        Assert.Equal(Violation.StrayEntry, Found);
    }

    [Fact]
    public void Find_PageAtAnAddressThatNoCapabilityNames_StrayEntry()
    {
        Entry[1] = *Entry;
        Assert.Equal(Violation.StrayEntry, Found);
    }

    [Fact]
    public void Find_WritablePageOfAReadOnlyCapability_WrongRights()
    {
        _world.Slots[_frame].Cap = _world.Slots[_frame].Cap.WithRights(CapRights.Read);
        Assert.Equal(Violation.WrongRights, Found);
    }

    [Fact]
    public void Find_WritablePageThatExecutes_WritableCode()
    {
        *Entry &= ~PageEntry.NoExecute;
        Assert.Equal(Violation.WritableCode, Found);
    }

    [Fact]
    public void Find_EntryInTheKernelsPart_KernelPart()
    {
        Root[300] = Physical.Of(_world.Slots[_frame].Cap.Address) | PageEntry.Present | PageEntry.User;
        Assert.Equal(Violation.KernelPart, Found);
    }

    [Fact]
    public void Find_KernelsPartThatUsersMayTouch_KernelPart()
    {
        AddressSpaces.KernelRoot[300] = PageEntry.Present | PageEntry.User;
        Assert.Equal(Violation.KernelPart, Found);
    }

    [Fact]
    public void Find_PoolWithoutCapability_LostPool()
    {
        DerivationTree.Remove(&_world.Slots[_pool]);
        Assert.Equal(Violation.LostPool, Found);
    }

    [Fact]
    public void Find_IdentifierOfADeadSpace_LostSpace()
    {
        DerivationTree.Remove(&_world.State->Shared->RootThread->VSpaceRoot);
        DerivationTree.Remove(&_world.Slots[RootSlot.VSpace]);
        Assert.NotEqual(Violation.None, Found);
    }

    [Fact]
    public void Find_SpaceWhoseIdentifierIsAnothers_LostSpace()
    {
        Root[AddressSpaces.AsidEntry] += 2;
        Assert.Equal(Violation.LostSpace, Found);
    }

    [Fact]
    public void Find_InterruptWithoutCapability_LostInterrupt()
    {
        DerivationTree.Remove(&_world.Slots[_line]);
        Assert.Equal(Violation.LostInterrupt, Found);
    }

    [Fact]
    public void Find_SignalOfAnInterruptThatNobodyHas_StraySignal()
    {
        InterruptLines.SetNotification(_world.State, 5, &_world.Slots[_world.Make(ObjectType.Notification)]);
        Violation found = Found;
        InterruptLines.ClearNotification(_world.State, 5);
        Assert.Equal(Violation.StraySignal, found);
    }

    [Fact]
    public void Find_VectorThatNobodyHas_LostInterrupt()
    {
        const uint Line = InterruptLines.FirstVector;
        InterruptLines.Issue(Line, 3, isLevel: false, isLow: false);
        Assert.Equal(Violation.LostInterrupt, Found);
        InterruptLines.Release(_world.State, Line);
        Assert.Equal(Violation.None, Found);
    }

    [Fact]
    public void Find_PortsWithoutCapability_LostPorts()
    {
        DerivationTree.Remove(&_world.Slots[_ports]);
        Assert.Equal(Violation.LostPorts, Found);
    }

    [Fact]
    public void Find_CapabilityToPortsThatAreFree_LostPorts()
    {
        PortRange.Release(new PortRange(7, 7));
        Assert.Equal(Violation.LostPorts, Found);
    }

    [Fact]
    public void FindOfProcessor_NothingPlanted_None() => Assert.Equal(Violation.None, ProcessorState.Find(_world.State));

    [Fact]
    public void FindOfProcessor_AnotherThreadIsCurrent_WrongThread()
    {
        _world.State->Current = _world.Slots[_world.Make(ObjectType.Tcb)].Cap.Thread;
        Assert.Equal(Violation.WrongThread, ProcessorState.Find(_world.State));
    }

    [Fact]
    public void FindOfProcessor_ThreadKeepsAUnitThatItIsToDoWithout_WrongThread()
    {
        _world.State->Current->Flags = TcbFlags.FpuDisabled;
        Assert.Equal(Violation.WrongThread, ProcessorState.Find(_world.State));
    }

    [Fact]
    public void FindOfProcessor_AnotherSpaceIsLoaded_WrongSpace()
    {
        Instructions.WriteCr3(Physical.Of(AddressSpaces.KernelRoot));
        Assert.Equal(Violation.WrongSpace, ProcessorState.Find(_world.State));
    }

    [Fact]
    public void FindOfProcessor_ThreadHasAnotherSpaceThanWasLoaded_WrongSpace()
    {
        _world.State->Current->VSpaceRoot.Cap = default;
        Assert.Equal(Violation.WrongSpace, ProcessorState.Find(_world.State));
    }

    [Theory]
    [InlineData(0xC000_0100)]
    [InlineData(0xC000_0101)]
    public void FindOfProcessor_BaseOfAnotherThread_WrongBases(uint register)
    {
        Instructions.WriteMsr(register, 0x5000);
        Assert.Equal(Violation.WrongBases, ProcessorState.Find(_world.State));
    }

    [Fact]
    public void Check_TranslationOfAPageThatIsGone_Throws()
    {
        _world.Resume();
        TranslationCheck.Run();
        *Entry = 0;
        Assert.Throws<InvalidOperationException>(TranslationCheck.Run);
    }
}
