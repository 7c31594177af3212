namespace Rel4.Kernel.Tests;

/// <summary>Do capabilities travel with messages as the manual's section "Capability Transfer" says?</summary>
public sealed unsafe class CapTransferTests : IDisposable
{
    private readonly World _world = new();
    private readonly StoryThread _sender;
    private readonly StoryThread _receiver;
    private readonly StoryObject _endpoint;
    private readonly StoryObject _gift;
    private readonly CPtr _to;
    private readonly CPtr _from;
    private readonly CPtr _giftCap;
    private readonly CPtr _slot;

    public CapTransferTests()
    {
        _sender = _world.Thread("sender");
        _receiver = _world.Thread("receiver");
        _endpoint = _world.Endpoint();
        _gift = _world.Notification("gift");
        _to = _sender.Given(_endpoint, badge: 3);
        _from = _receiver.Given(_endpoint);
        _giftCap = _sender.Given(_gift, badge: 4);
        CPtr root = _receiver.GivenOwnCSpace();
        _slot = _receiver.FreeSlot();
        _receiver.ReceivesCapsAt(root, _slot);
    }

    public void Dispose()
    {
        _world.Check();
        _world.Dispose();
    }

    [Fact]
    public void Send_Capability_ArrivesAsChildOfTheSource()
    {
        Exchange(_giftCap);
        _receiver.Received(3);
        _receiver.ReceivedCaps(1);
        _receiver.Signal(_slot);
        Assert.Equal(4UL, ((Notification*)_gift.Address)->Word);
        _world.Root.CNodeRevoke(_sender.CSpace, _giftCap, 6).Ok();
        Assert.True(_receiver.SlotAt(_slot)->IsEmpty);
    }

    [Fact]
    public void Send_EndpointItself_ArrivesAsBadge()
    {
        Exchange(_to);
        _receiver.ReceivedCaps(1, unwrapped: 0b001);
        Assert.Equal(3UL, _receiver.Buffer->CapsOrBadges[0]);
        Assert.True(_receiver.SlotAt(_slot)->IsEmpty);
    }

    [Fact]
    public void Send_ThreeMixed_UnwrapsAroundTheOneCopied()
    {
        CPtr five = _sender.Given(_endpoint, badge: 5);
        Exchange(_to, _giftCap, five);
        _receiver.ReceivedCaps(3, unwrapped: 0b101);
        Assert.Equal(5UL, _receiver.Buffer->CapsOrBadges[2]);
        Assert.False(_receiver.SlotAt(_slot)->IsEmpty);
    }

    [Fact]
    public void Send_TwoToCopy_TakesTheFirstOnly()
    {
        Exchange(_giftCap, _giftCap, _to);
        _receiver.ReceivedCaps(1);
    }

    [Fact]
    public void Send_WithoutGrant_LosesCapabilities()
    {
        CPtr noGrant = _sender.Given(_endpoint, CapRights.Write | CapRights.GrantReply);
        _receiver.Recv(_from);
        _sender.Send(noGrant, new StoryMessage(1, 2) { Caps = [_giftCap] });
        _receiver.Received(0, 1, 2);
        _receiver.ReceivedCaps(0);
        Assert.True(_receiver.SlotAt(_slot)->IsEmpty);
    }

    [Fact]
    public void Send_OccupiedReceiveSlot_LosesCapability()
    {
        Exchange(_giftCap);
        Exchange(_giftCap);
        _receiver.ReceivedCaps(0);
    }

    [Fact]
    public void Send_ReceiveDepthWrong_LosesCapability()
    {
        _receiver.Buffer->ReceiveDepth = 63;
        Exchange(_giftCap);
        _receiver.ReceivedCaps(0);
    }

    [Fact]
    public void Send_ReceiverWithoutBuffer_LosesCapability()
    {
        _receiver.LosesBuffer();
        Exchange(_giftCap);
        _receiver.ReceivedCaps(0);
    }

    [Fact]
    public void Send_NullCapability_EndsTheList()
    {
        Exchange(_to, _sender.FreeSlot(), _giftCap);
        _receiver.ReceivedCaps(1, unwrapped: 0b001);
        Assert.True(_receiver.SlotAt(_slot)->IsEmpty);
    }

    [Fact]
    public void Send_UntypedWithChildren_EndsTheList()
    {
        StoryObject untyped = _world.Untyped(8);
        CPtr toUntyped = _sender.Given(untyped);
        _sender.UntypedRetype(toUntyped, ObjectType.Endpoint, 0, _sender.GivenOwnCSpace(), 0, 0, _sender.FreeSlot().Value, 1).Ok();
        Exchange(toUntyped);
        _receiver.ReceivedCaps(0);
    }

    [Fact]
    public void Send_MemoryThatTheEndpointLiesIn_IsNotUnwrapped()
    {
        CPtr memory = _sender.Given(_world.Untyped(8)), to = _sender.FreeSlot(), from = _receiver.FreeSlot();
        _sender.UntypedRetype(memory, ObjectType.Endpoint, 0, _sender.GivenOwnCSpace(), 0, 0, to.Value, 1).Ok();
        Slot* endpoint = _sender.SlotAt(to);
        Assert.Equal((nint)_sender.SlotAt(memory)->Cap.Address, (nint)endpoint->Cap.Address);
        DerivationTree.InsertDerived(endpoint->Cap, endpoint, _receiver.SlotAt(from));
        _receiver.Recv(from);
        _sender.Send(to, new StoryMessage(0) { Caps = [memory] });
        _receiver.ReceivedCaps(0);
    }

    [Fact]
    public void Send_MissingCapability_FaultsWithItsAddress()
    {
        StoryObject faults = _world.Endpoint("faults");
        _sender.FaultsTo(_sender.Given(faults));
        const ulong Missing = 1UL << 50;
        _sender.Send(_to, new StoryMessage(0) { Caps = [_giftCap, Missing] });
        _world.Root.Recv(faults);
        _world.Root.Received(
            0, (ulong)FaultType.CapFault, _sender.Tcb->FaultIP, Missing, 0, (ulong)LookupFailureType.GuardMismatch, 64, 0, 58);
    }

    [Fact]
    public void Send_CapabilityThatIsMissingOnceTheReceiverComes_LosesIt()
    {
        _sender.Send(_to, new StoryMessage(1, 2) { Caps = [_giftCap] });
        _world.Root.TcbSetSpace(_sender, CPtr.Null, _world.Make(ObjectType.CapTable, 1, "elsewhere"), new CNodeCapData(1, 58).Raw, RootSlot.VSpace, 0).Ok();
        _receiver.Recv(_from);
        _receiver.Received(3, 1, 2);
        _receiver.ReceivedCaps(0);
    }

    [Fact]
    public void NBSend_MissingCapability_DoesNothing()
    {
        _receiver.Recv(_from);
        _sender.NBSend(_to, new StoryMessage(0) { Caps = [1UL << 50] });
        _sender.Is(ThreadState.Running);
        _receiver.Is(ThreadState.BlockedOnReceive);
    }

    [Theory]
    [InlineData(CapRights.All, 1)]
    [InlineData(CapRights.Read, 0)]
    public void Reply_Capability_TravelsWithTheReceiversGrant(CapRights rights, uint expected)
    {
        StoryThread server = _world.Thread("server");
        CPtr fromClients = server.Given(_endpoint, rights), gift = server.Given(_gift);
        server.Recv(fromClients);
        CPtr toServer = _receiver.Given(_endpoint);
        _receiver.Call(toServer);
        server.Reply(new StoryMessage(1, 2) { Caps = [gift] });
        _receiver.Received(0, 1, 2);
        _receiver.ReceivedCaps(expected);
        Assert.Equal(expected == 0, _receiver.SlotAt(_slot)->IsEmpty);
    }

    [Fact]
    public void Reply_SecondCapabilityIsMissing_CarriesNone()
    {
        StoryThread server = _world.Thread("server");
        CPtr fromClients = server.Given(_endpoint), gift = server.Given(_gift);
        server.Recv(fromClients);
        _receiver.Call(_from);
        server.Reply(new StoryMessage(0) { Caps = [gift, 1UL << 50] });
        _receiver.ReceivedCaps(0);
        Assert.True(_receiver.SlotAt(_slot)->IsEmpty);
    }

    [Fact]
    public void Reply_TheEndpointItself_IsNotUnwrapped()
    {
        StoryThread server = _world.Thread("server");
        CPtr fromClients = server.Given(_endpoint);
        server.Recv(fromClients);
        _receiver.Call(_from);
        server.Reply(new StoryMessage(0) { Caps = [fromClients] });
        _receiver.ReceivedCaps(1);
        Assert.Equal(CapType.Endpoint, _receiver.SlotAt(_slot)->Cap.Type);
    }

    private void Exchange(params CPtr[] caps)
    {
        _receiver.Recv(_from);
        _sender.Send(_to, new StoryMessage(0) { Caps = caps });
    }
}
