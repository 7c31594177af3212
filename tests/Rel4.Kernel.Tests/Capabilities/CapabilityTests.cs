namespace Rel4.Kernel.Tests;

/// <summary>Which capabilities name the same object or memory, and which can be copied?</summary>
public sealed unsafe class CapabilityTests
{
    private const ulong Base = 0x10_0000;

    [Theory]
    [InlineData(0UL, true)]
    [InlineData(0xFF0UL, true)]
    [InlineData(0x1000UL, false)]
    [InlineData(ulong.MaxValue - 15, false)]
    public void CoversRegionOf_Untyped_CoversWhatLiesInside(ulong offset, bool covers)
    {
        Capability untyped = Capability.ToUntyped((void*)Base, 12, isDevice: false);
        Assert.Equal(covers, untyped.CoversRegionOf(Capability.ToEndpoint((void*)(Base + offset))));
    }

    [Fact]
    public void CoversRegionOf_Untyped_CoversNothingLargerAndNothingWithoutMemory()
    {
        Capability untyped = Capability.ToUntyped((void*)Base, 12, isDevice: false);
        Assert.True(untyped.CoversRegionOf(Capability.ToUntyped((void*)Base, 12, isDevice: false)));
        Assert.False(untyped.CoversRegionOf(Capability.ToUntyped((void*)Base, 13, isDevice: false)));
        Assert.False(untyped.CoversRegionOf(Capability.OfMachine(CapType.IrqHandler, (void*)Base)));
        Assert.False(untyped.CoversRegionOf(default));
    }

    [Theory]
    [InlineData((int)CapType.IrqControl, (int)CapType.IrqHandler, true)]
    [InlineData((int)CapType.IrqControl, (int)CapType.IOPort, false)]
    [InlineData((int)CapType.IOPortControl, (int)CapType.IOPort, true)]
    [InlineData((int)CapType.IOPortControl, (int)CapType.IrqHandler, false)]
    [InlineData((int)CapType.IrqHandler, (int)CapType.IrqControl, false)]
    [InlineData((int)CapType.IOPort, (int)CapType.IOPortControl, false)]
    [InlineData((int)CapType.AsidControl, (int)CapType.AsidPool, false)]
    [InlineData((int)CapType.Endpoint, (int)CapType.Notification, false)]
    [InlineData((int)CapType.PageTable, (int)CapType.PageTable, true)]
    [InlineData((int)CapType.Zombie, (int)CapType.Zombie, false)]
    public void CoversRegionOf_KindsOfAMachine_CoverByKind(int type, int other, bool covers) => Assert.Equal(
        covers, Capability.OfMachine((CapType)type, (void*)Base).CoversRegionOf(Capability.OfMachine((CapType)other, (void*)Base)));

    [Fact]
    public void CoversRegionOf_SameAddress_AsksForTheSameSizeOfNodesAndFrames()
    {
        var address = (void*)Base;
        Assert.False(Capability.ToCNode(address, 3).CoversRegionOf(Capability.ToCNode(address, 4)));
        Assert.True(Capability.ToCNode(address, 3).CoversRegionOf(Capability.ToCNode(address, 3)));
        Assert.False(Capability.ToFrame(address, 12, isDevice: false).CoversRegionOf(Capability.ToFrame(address, 21, isDevice: false)));
        Assert.True(Capability.ToFrame(address, 12, isDevice: false).CoversRegionOf(Capability.ToFrame(address, 12, isDevice: true)));
        Assert.False(Capability.ToEndpoint(address).CoversRegionOf(Capability.ToEndpoint((void*)(Base + 16))));
        Assert.False(default(Capability).CoversRegionOf(default));
    }

    [Fact]
    public void IsSameObjectAs_Parents_AreNotTheirChildren()
    {
        var address = (void*)Base;
        Assert.True(Capability.ToEndpoint(address).IsSameObjectAs(Capability.ToEndpoint(address)));
        Assert.False(Capability.ToUntyped(address, 12, false).IsSameObjectAs(Capability.ToUntyped(address, 12, false)));
        Assert.False(Capability.ToUntyped(address, 12, false).IsSameObjectAs(Capability.ToEndpoint(address)));
        Assert.False(Capability.OfMachine(CapType.IrqControl, null).IsSameObjectAs(Capability.OfMachine(CapType.IrqHandler, null)));
    }

    [Theory]
    [InlineData((int)CapType.Untyped, 9)]
    [InlineData((int)CapType.Frame, 9)]
    [InlineData((int)CapType.Endpoint, Limits.EndpointBits)]
    [InlineData((int)CapType.Notification, Limits.NotificationBits)]
    [InlineData((int)CapType.CNode, 9 + Limits.SlotBits)]
    [InlineData((int)CapType.Thread, Limits.TcbBits)]
    [InlineData((int)CapType.VSpace, Limits.VSpaceBits)]
    [InlineData((int)CapType.PageTable, Limits.PageBits)]
    [InlineData((int)CapType.PageDirectory, Limits.PageBits)]
    [InlineData((int)CapType.Pdpt, Limits.PageBits)]
    [InlineData((int)CapType.AsidPool, Limits.PageBits)]
    [InlineData((int)CapType.Reply, 0)]
    [InlineData((int)CapType.IrqHandler, 0)]
    [InlineData((int)CapType.IOPort, 0)]
    [InlineData((int)CapType.Zombie, 9 + Limits.SlotBits)]
    public void ObjectBits_OfEachType_AreItsSize(int type, int bits)
    {
        // The size of the types that have one lies behind the address.
        Capability capability = Capability.OfMachine((CapType)type, (void*)Base);
        capability.Word0 |= 9UL << Packed.PointerBits;
        Assert.Equal(bits, capability.ObjectBits);
    }

    [Fact]
    public void ObjectBits_OfAThreadZombie_AreAThreads() => Assert.Equal(Limits.TcbBits, Capability.ThreadZombie((Tcb*)Base).ObjectBits);

    [Fact]
    public void WithRights_Reply_LosesGrantOnly()
    {
        Capability reply = Capability.Reply((Tcb*)Base, CapRights.Grant);
        Assert.Equal(CapRights.Write | CapRights.Grant, reply.WithRights(CapRights.All).Rights);
        Assert.Equal(CapRights.Write | CapRights.Grant, reply.WithRights(CapRights.Grant).Rights);
        Assert.Equal(CapRights.Write, reply.WithRights(CapRights.Write).Rights);
        Assert.Equal(CapRights.Write, reply.WithRights(CapRights.None).Rights);
    }

    [Theory]
    [InlineData((int)CapType.PageTable)]
    [InlineData((int)CapType.PageDirectory)]
    [InlineData((int)CapType.Pdpt)]
    public void TryDerive_PageTable_OnlyOfOneThatIsMapped(int type)
    {
        using var world = new World();
        Slot slot = new() { Cap = Capability.OfMachine((CapType)type, (void*)Base) };
        Assert.False(Derivation.TryDerive<SimMachine>(world.Kernel.State, &slot, slot.Cap, out _));
        Assert.Equal(SeL4Error.IllegalOperation, world.Kernel.State->Error.Code);
        slot.Cap.Word1 = 5;
        Assert.True(Derivation.TryDerive<SimMachine>(world.Kernel.State, &slot, slot.Cap, out Capability derived));
        Assert.Equal((slot.Cap.Word0, 5UL), (derived.Word0, derived.Word1));
    }

    [Theory]
    [InlineData((int)CapType.Reply, true)]
    [InlineData((int)CapType.Zombie, true)]
    [InlineData((int)CapType.IrqControl, true)]
    [InlineData((int)CapType.IOPortControl, true)]
    [InlineData((int)CapType.AsidControl, false)]
    [InlineData((int)CapType.IrqHandler, false)]
    [InlineData((int)CapType.AsidPool, false)]
    public void TryDerive_KindsWithoutCopies_GivesNull(int type, bool isNull)
    {
        using var world = new World();
        Slot slot = new() { Cap = Capability.OfMachine((CapType)type, (void*)Base) };
        Assert.True(Derivation.TryDerive<SimMachine>(world.Kernel.State, &slot, slot.Cap, out Capability derived));
        Assert.Equal(isNull, derived.IsNull);
    }

    [Fact]
    public void TryDerive_Frame_IsMappedNowhere()
    {
        using var world = new World();
        Slot slot = new() { Cap = Capability.ToFrame((void*)Base, 12, isDevice: false) };
        slot.Cap.Word1 = 77;
        Assert.True(Derivation.TryDerive<SimMachine>(world.Kernel.State, &slot, slot.Cap, out Capability derived));
        Assert.Equal((slot.Cap.Word0, 0UL), (derived.Word0, derived.Word1));
    }

    [Fact]
    public void Make_PageTables_HasTheirTypes()
    {
        Assert.Equal(CapType.Pdpt, ObjectFactory.Make(ObjectType.Pdpt, (byte*)Base, 12, isDevice: false).Type);
        Assert.Equal(CapType.PageDirectory, ObjectFactory.Make(ObjectType.PageDirectory, (byte*)Base, 12, isDevice: false).Type);
        Assert.Equal(CapType.PageTable, ObjectFactory.Make(ObjectType.PageTable, (byte*)Base, 12, isDevice: false).Type);
        Assert.True(ObjectFactory.Make(ObjectType.Page4K, (byte*)Base, 12, isDevice: true).IsDevice);
        Assert.False(ObjectFactory.Make(ObjectType.Page4K, (byte*)Base, 12, isDevice: false).IsDevice);
        Assert.True(ObjectFactory.Make(ObjectType.Untyped, (byte*)Base, 12, isDevice: true).IsDevice);
    }

    [Theory]
    [InlineData(ObjectType.Page4K, 12)]
    [InlineData(ObjectType.LargePage, 21)]
    [InlineData(ObjectType.HugePage, 30)]
    public void SizeBits_OfPages_AreTheProcessors(ObjectType type, int bits) => Assert.Equal(bits, ObjectFactory.SizeBits(type, 0));

    [Fact]
    public void FitsDevice_OfEachType_IsOfUntypedAndFrames() => Assert.Equal(
        [ObjectType.Untyped, ObjectType.HugePage, ObjectType.Page4K, ObjectType.LargePage],
        Enum.GetValues<ObjectType>().Where(ObjectFactory.FitsDevice));

    [Theory]
    [InlineData(0x1000UL, 0UL)]
    [InlineData(0x1400UL, 0x400UL)]
    [InlineData(0x2C00UL, 0xC00UL)]
    public void Buffer_AnyAddress_LiesInTheFrame(ulong address, ulong offset)
    {
        Tcb thread = new() { IpcBufferAddress = address };
        thread.IpcBufferFrame.Cap = Capability.ToFrame((void*)Base, 12, isDevice: false);
        Assert.Equal(Base + offset, (ulong)Message.Buffer(&thread, CapRights.ReadWrite));
        thread.IpcBufferFrame.Cap = thread.IpcBufferFrame.Cap.WithRights(CapRights.Read);
        Assert.True(Message.Buffer(&thread, CapRights.ReadWrite) == null);
        Assert.True(Message.Buffer(&thread, CapRights.Read) != null);
        thread.IpcBufferFrame.Cap = Capability.ToFrame((void*)Base, 12, isDevice: true);
        Assert.True(Message.Buffer(&thread, CapRights.Read) == null);
        thread.IpcBufferFrame = default;
        Assert.True(Message.Buffer(&thread, CapRights.None) == null);
    }
}
