using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

/// <summary>What does the machine make of its types of objects, and which capabilities to them can be copied?</summary>
[Collection(nameof(MachineWorld))]
public sealed unsafe class MachineObjectTests : IDisposable
{
    private readonly MachineWorld _world = new(hasContexts: false);

    public void Dispose() => _world.Dispose();

    [Theory]
    [InlineData((int)CapType.PageTable)]
    [InlineData((int)CapType.PageDirectory)]
    [InlineData((int)CapType.Pdpt)]
    public void TryDerive_PagingStructure_OnlyOfOneThatIsMapped(int type)
    {
        Capability table = Capability.OfMachine((CapType)type, null, Limits.PageBits);
        Assert.False(MetalMachine.TryDerive(ref table));
        table.Word1 = new Mapping(asid: 5, address: 0).Raw;
        Capability copy = table;
        Assert.True(MetalMachine.TryDerive(ref copy));
        Assert.Equal((table.Word0, table.Word1), (copy.Word0, copy.Word1));
    }

    [Theory]
    [InlineData((int)CapType.IrqControl, false)]
    [InlineData((int)CapType.IOPortControl, false)]
    [InlineData((int)CapType.AsidControl, true)]
    [InlineData((int)CapType.IrqHandler, true)]
    [InlineData((int)CapType.AsidPool, true)]
    public void TryDerive_KindsWithoutCopies_IsRefused(int type, bool hasCopies)
    {
        Capability capability = Capability.OfMachine((CapType)type, null);
        Assert.Equal(hasCopies, MetalMachine.TryDerive(ref capability));
    }

    [Fact]
    public void TryDerive_Frame_IsMappedNowhere()
    {
        Capability frame = Capability.ToFrame(null, Limits.PageBits, isDevice: false), copy = frame;
        copy.Word1 = 77;
        Assert.True(MetalMachine.TryDerive(ref copy));
        Assert.Equal((frame.Word0, 0UL), (copy.Word0, copy.Word1));
    }

    [Theory]
    [InlineData(ObjectType.Pml4, CapType.VSpace)]
    [InlineData(ObjectType.Pdpt, CapType.Pdpt)]
    [InlineData(ObjectType.PageDirectory, CapType.PageDirectory)]
    [InlineData(ObjectType.PageTable, CapType.PageTable)]
    [InlineData(ObjectType.Page4K, CapType.Frame)]
    public void Retype_EachType_IsOfItsKindAndSize(ObjectType type, object kind)
    {
        ref Capability made = ref _world.Slots[_world.Make(type)].Cap;
        Assert.Equal((kind, Limits.PageBits), (made.Type, made.ObjectBits));
    }
}
