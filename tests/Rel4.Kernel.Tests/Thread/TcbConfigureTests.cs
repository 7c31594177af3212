namespace Rel4.Kernel.Tests;

/// <summary>Do <c>TCB_Configure</c>, <c>SetSpace</c> and <c>SetIPCBuffer</c> do what <c>object-api.xml</c> says?</summary>
public sealed unsafe class TcbConfigureTests
{
    private const ulong Buffer = 0x2000_0400;
    private static readonly ulong s_longGuard = new CNodeCapData(0, 61).Raw;

    private static readonly RefusalTable s_configures = new()
    {
        { "the service is a capability of the wrong type", s => Configure(s) with { Service = s.CSpace }, SeL4Error.IllegalOperation },
        { "three words", s => Configure(s) with { Words = [0, 0, 0] }, SeL4Error.TruncatedMessage },
        { "one capability", s => Configure(s) with { Caps = [s.Node] }, SeL4Error.TruncatedMessage },
        { "an empty cspace_root", s => Configure(s, cspace: s.Empty), SeL4Error.IllegalOperation },
        { "an empty cspace_root with data", s => Configure(s, cspace: s.Empty, data: 6), SeL4Error.IllegalOperation },
        { "an empty vspace_root", s => Configure(s, vspace: s.Empty), SeL4Error.IllegalOperation },
        { "an empty bufferFrame", s => Configure(s, frame: s.Empty), SeL4Error.IllegalOperation },
        { "two capabilities, though there is no buffer", s => Configure(s, buffer: 0) with { Caps = [s.Node, RootSlot.VSpace] }, SeL4Error.TruncatedMessage },
        { "a buffer without bufferFrame", s => Configure(s) with { Caps = [s.Node, RootSlot.VSpace] }, SeL4Error.TruncatedMessage },
        { "bufferFrame is a capability of the wrong type", s => Configure(s, frame: s.Endpoint), SeL4Error.IllegalOperation },
        { "bufferFrame is untyped memory with children", s => Configure(s, frame: Used(s)), SeL4Error.RevokeFirst },
        { "bufferFrame is a device's", s => OfDevice(s, Configure(s)), SeL4Error.IllegalOperation },
        { "buffer is not aligned", s => Configure(s, buffer: Buffer + 8), SeL4Error.AlignmentError },
        { "cspace_root is a capability of the wrong type", s => Configure(s, cspace: s.Endpoint), SeL4Error.IllegalOperation },
        { "cspace_root_data is invalid", s => Configure(s, data: s_longGuard), SeL4Error.IllegalOperation },
        { "cspace_root is untyped memory with children", s => Configure(s, cspace: Used(s)), SeL4Error.RevokeFirst },
        { "vspace_root is a capability of the wrong type", s => Configure(s, vspace: s.Node), SeL4Error.IllegalOperation },
        { "vspace_root has no ASID", s => Configure(s, vspace: s.Unassigned()), SeL4Error.IllegalOperation },
        { "vspace_root is untyped memory with children", s => Configure(s, vspace: Used(s)), SeL4Error.RevokeFirst },
    };

    private static readonly RefusalTable s_spaces = new()
    {
        { "the service is a capability of the wrong type", s => SetSpace(s) with { Service = s.CSpace }, SeL4Error.IllegalOperation },
        { "two words", s => SetSpace(s) with { Words = [0, 0] }, SeL4Error.TruncatedMessage },
        { "one capability", s => SetSpace(s) with { Caps = [s.Node] }, SeL4Error.TruncatedMessage },
        {
            "cspace_root is a capability of the wrong type", s => SetSpace(s) with { Caps = [s.Frame, RootSlot.VSpace] },
            SeL4Error.IllegalOperation
        },
        { "cspace_root_data is invalid", s => SetSpace(s) with { Words = [0, s_longGuard, 0] }, SeL4Error.IllegalOperation },
        { "an empty cspace_root", s => SetSpace(s) with { Caps = [s.Empty, RootSlot.VSpace] }, SeL4Error.IllegalOperation },
        { "an empty vspace_root", s => SetSpace(s) with { Caps = [s.Node, s.Empty] }, SeL4Error.IllegalOperation },
        { "vspace_root is a capability of the wrong type", s => SetSpace(s) with { Caps = [s.Node, s.Frame] }, SeL4Error.IllegalOperation },
        { "vspace_root has no ASID", s => SetSpace(s) with { Caps = [s.Node, s.Unassigned()] }, SeL4Error.IllegalOperation },
    };

    private static readonly RefusalTable s_buffers = new()
    {
        { "the service is a capability of the wrong type", s => SetBuffer(s) with { Service = s.CSpace }, SeL4Error.IllegalOperation },
        { "no words", s => SetBuffer(s) with { Words = [] }, SeL4Error.TruncatedMessage },
        { "a buffer without bufferFrame", s => SetBuffer(s) with { Caps = [] }, SeL4Error.TruncatedMessage },
        { "no bufferFrame, though there is no buffer", s => SetBuffer(s) with { Words = [0], Caps = [] }, SeL4Error.TruncatedMessage },
        { "an empty bufferFrame", s => SetBuffer(s) with { Caps = [s.Empty] }, SeL4Error.IllegalOperation },
        { "bufferFrame is a capability of the wrong type", s => SetBuffer(s) with { Caps = [s.Node] }, SeL4Error.IllegalOperation },
        { "bufferFrame is a device's", s => OfDevice(s, SetBuffer(s)), SeL4Error.IllegalOperation },
        { "buffer is not aligned", s => SetBuffer(s) with { Words = [Buffer + 512] }, SeL4Error.AlignmentError },
    };

    public static TheoryData<string> ConfigureRefusals => s_configures.Names;

    public static TheoryData<string> SpaceRefusals => s_spaces.Names;

    public static TheoryData<string> BufferRefusals => s_buffers.Names;

    [Theory]
    [MemberData(nameof(ConfigureRefusals))]
    public void Configure_ErrorCase_IsRefusedAndChangesNothing(string name) => s_configures.Check(name);

    [Theory]
    [MemberData(nameof(SpaceRefusals))]
    public void SetSpace_ErrorCase_IsRefusedAndChangesNothing(string name) => s_spaces.Check(name);

    [Theory]
    [MemberData(nameof(BufferRefusals))]
    public void SetIpcBuffer_ErrorCase_IsRefusedAndChangesNothing(string name) => s_buffers.Check(name);

    [Fact]
    public void Configure_NewSpaces_ReplacesOldOnes()
    {
        using var stage = new Stage();
        Configure(stage, data: new CNodeCapData(0, 60).Raw).Make().Ok();
        Assert.Equal((nint)stage.Node.Address, (nint)stage.Target.Tcb->CSpaceRoot.Cap.Address);
        Assert.Equal(60, stage.Target.Tcb->CSpaceRoot.Cap.Guard.GuardSize);
        Assert.Equal((nint)stage.Frame.Address + 0x400, (nint)stage.Target.Buffer);
        stage.World.Check();
    }

    [Fact]
    public void Configure_WithoutBuffer_TakesTheOldAway()
    {
        using var stage = new Stage();
        Configure(stage, buffer: 0, frame: stage.Empty).Make().Ok();
        Assert.True(stage.Target.Buffer == null);
        stage.World.Check();
    }

    [Fact]
    public void Configure_GuardedCSpaceWithoutData_KeepsItsGuard()
    {
        using var stage = new Stage();
        CPtr guarded = stage.Root.Given(stage.Node, badge: new CNodeCapData(0, 60).Raw);
        Configure(stage, cspace: guarded).Make().Ok();
        Assert.Equal(60, stage.Target.Tcb->CSpaceRoot.Cap.Guard.GuardSize);
    }

    [Fact]
    public void Configure_LastCapabilityToOldCSpace_DeletesIt()
    {
        using var stage = new Stage();
        stage.Root.CNodeDelete(stage.CSpace, stage.Target.CSpace).Ok();
        stage.Target.Is(ThreadState.Restart);
        Configure(stage).Make().Ok();
        stage.World.Check();
    }

    [Fact]
    public void SetIpcBuffer_Zero_TakesTheOldAway()
    {
        using var stage = new Stage();
        stage.Root.TcbSetIpcBuffer(stage.Target, 0, CPtr.Null).Ok();
        Assert.True(stage.Target.Tcb->IpcBufferFrame.IsEmpty);
        stage.World.Check();
    }

    [Fact]
    public void SetSpace_FaultHandler_IsLookedUpAtTheFault()
    {
        using var stage = new Stage();
        stage.Target.FaultsTo(9999);
        stage.Target.Recv(5555);
        stage.Target.Is(ThreadState.Inactive);
        stage.World.Check();
    }

    private static Attempt Configure(
        Stage stage, CPtr? cspace = null, ulong data = 0, CPtr? vspace = null, ulong buffer = Buffer, CPtr? frame = null) =>
        stage.Try(
            stage.Target, InvocationLabel.TcbConfigure, [0, data, 0, buffer],
            cspace ?? stage.Node, vspace ?? RootSlot.VSpace, frame ?? stage.Frame);

    private static Attempt SetSpace(Stage stage) =>
        stage.Try(stage.Target, InvocationLabel.TcbSetSpace, [0, 0, 0], stage.Node, RootSlot.VSpace);

    private static Attempt SetBuffer(Stage stage) => stage.Try(stage.Target, InvocationLabel.TcbSetIpcBuffer, [Buffer], stage.Frame);

    private static CPtr Used(Stage stage)
    {
        stage.Root.UntypedRetype(stage.Untyped, ObjectType.Endpoint, 0, stage.Node, 0, 0, 0, 1).Ok();
        return stage.Untyped;
    }

    /// <summary>Makes the frame a device's. Sim has none, so this cannot be done by a system call.</summary>
    private static Attempt OfDevice(Stage stage, Attempt attempt)
    {
        stage.Frame.Slot->Cap = Capability.ToFrame(stage.Frame.Address, 12, isDevice: true);
        return attempt;
    }
}
