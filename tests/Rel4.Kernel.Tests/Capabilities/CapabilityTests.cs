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
    [InlineData((int)CapType.IrqControl, (int)CapType.IrqHandler, false)]
    [InlineData((int)CapType.IrqHandler, (int)CapType.IrqControl, false)]
    [InlineData((int)CapType.IOPort, (int)CapType.IOPortControl, false)]
    [InlineData((int)CapType.AsidControl, (int)CapType.AsidPool, false)]
    [InlineData((int)CapType.Endpoint, (int)CapType.Notification, false)]
    [InlineData((int)CapType.PageTable, (int)CapType.PageTable, true)]
    [InlineData((int)CapType.Zombie, (int)CapType.Zombie, false)]
    public void CoversRegionOf_KindsOfAMachine_CoverByKind(int type, int other, bool covers) => Assert.Equal(
        covers, Capability.OfMachine((CapType)type, (void*)Base).CoversRegionOf(Capability.OfMachine((CapType)other, (void*)Base)));

    [Fact]
    public void CoversRegionOf_AllOfAKind_AreThatKind()
    {
        Capability interrupts = Capability.ToAll(CapType.IrqControl), frame = Capability.ToFrame((void*)Base, 12, isDevice: true);
        Assert.True(interrupts.CoversRegionOf(Capability.OfMachine(CapType.IrqHandler, (void*)Base)));
        Assert.True(interrupts.CoversRegionOf(interrupts));
        Assert.False(interrupts.CoversRegionOf(Capability.OfMachine(CapType.IOPort, (void*)Base)));
        Assert.False(frame.CoversRegionOf(Capability.ToVSpace((void*)Base)));
        Assert.False(Capability.OfMachine(CapType.VSpace, (void*)Base).CoversRegionOf(Capability.OfMachine(CapType.PageTable, (void*)Base)));
    }

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
        Assert.False(Capability.ToAll(CapType.IrqControl).IsSameObjectAs(Capability.OfMachine(CapType.IrqHandler, null)));
    }

    [Theory]
    [InlineData((int)CapType.Untyped, 9)]
    [InlineData((int)CapType.Frame, 9)]
    [InlineData((int)CapType.Endpoint, Limits.EndpointBits)]
    [InlineData((int)CapType.Notification, Limits.NotificationBits)]
    [InlineData((int)CapType.CNode, 9 + Limits.SlotBits)]
    [InlineData((int)CapType.Thread, Limits.TcbBits)]
    [InlineData((int)CapType.VSpace, 9)]
    [InlineData((int)CapType.PageTable, 9)]
    [InlineData((int)CapType.Zombie, 9 + Limits.SlotBits)]
    public void ObjectBits_OfEachType_AreItsSize(int type, int bits)
    {
        // The size of the types that have one lies behind the address.
        Capability capability = Capability.OfMachine((CapType)type, (void*)Base);
        capability.Word0 |= 9UL << Packed.PointerBits;
        Assert.Equal(bits, capability.ObjectBits);
    }

    [Fact]
    public void ObjectBits_OfWhatIsNoMemory_AreNone()
    {
        Assert.Equal(0, Capability.Reply((Tcb*)Base, CapRights.Grant).ObjectBits);
        Assert.Equal(0, Capability.OfMachine(CapType.IrqHandler, (void*)Base).ObjectBits);
        Assert.Equal(0, Capability.ToAll(CapType.IrqControl).ObjectBits);
        Assert.Equal(Limits.VSpaceBits, Capability.ToVSpace((void*)Base).ObjectBits);
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
    [InlineData((int)CapType.Null)]
    [InlineData((int)CapType.Reply)]
    [InlineData((int)CapType.Zombie)]
    public void Derive_KindsWithoutCopies_IsRefused(int type)
    {
        Slot slot = new() { Cap = Capability.OfMachine((CapType)type, (void*)Base) };
        Assert.True(Derivation.Derive<SimMachine>(&slot, slot.Cap, out _).IsGiven(out Refusal refusal));
        Assert.Equal(SeL4Error.IllegalOperation, refusal.Code);
    }

    [Theory]
    [InlineData(ObjectType.Untyped)]
    [InlineData(ObjectType.Page4K)]
    public void Make_OfMemory_IsADevicesIfThatIs(ObjectType type)
    {
        Assert.True(ObjectFactory.Make<SimMachine>(null, type, (byte*)Base, 12, isDevice: true).IsDevice);
        Assert.False(ObjectFactory.Make<SimMachine>(null, type, (byte*)Base, 12, isDevice: false).IsDevice);
    }

    [Theory]
    [InlineData(ObjectType.Page4K, 12)]
    [InlineData(ObjectType.LargePage, 21)]
    [InlineData(ObjectType.HugePage, 30)]
    public void TryGetSize_OfPages_IsTheProcessors(ObjectType type, int bits)
    {
        Assert.True(ObjectFactory.TryGetSize<SimMachine>(type, 0, out int objectBits, out _));
        Assert.Equal(bits, objectBits);
    }

    [Fact]
    public void TryGetSize_OfEachType_UntypedAndFramesFitDevices() => Assert.Equal(
        [ObjectType.Untyped, ObjectType.HugePage, ObjectType.Page4K, ObjectType.LargePage],
        Enum.GetValues<ObjectType>().Where(type => ObjectFactory.TryGetSize<SimMachine>(type, 0, out _, out bool fitsDevice) && fitsDevice));

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
