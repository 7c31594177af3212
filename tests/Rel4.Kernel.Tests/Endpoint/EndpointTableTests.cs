namespace Rel4.Kernel.Tests;

/// <summary>Does an endpoint do in each state what the table in <c>docs/architecture.md</c> says, cell by cell?</summary>
public sealed unsafe class EndpointTableTests : IDisposable
{
    private readonly World _world = new();
    private readonly StoryThread _actor;
    private readonly StoryThread _first;
    private readonly StoryThread _second;
    private readonly StoryObject _endpoint;
    private readonly CPtr _capability;

    public EndpointTableTests()
    {
        _actor = _world.Thread("actor");
        _first = _world.Thread("first");
        _second = _world.Thread("second");
        _endpoint = _world.Endpoint();
        _capability = _actor.Given(_endpoint, badge: 9);
    }

    private EndpointState State => ((Endpoint*)_endpoint.Address)->State;

    public void Dispose()
    {
        _world.Check();
        _world.Dispose();
    }

    [Fact]
    public void Send_Idle_QueuesCaller()
    {
        _actor.Send(_capability);
        _actor.Is(ThreadState.BlockedOnSend);
        Assert.Equal(EndpointState.Send, State);
    }

    [Fact]
    public void Send_Send_QueuesCallerBehind()
    {
        QueueSenders();
        _actor.Send(_capability, 3);
        _actor.Is(ThreadState.BlockedOnSend);
        for (ulong label = 1; label <= 3; label++)
        {
            _world.Root.Recv(_endpoint);
            Assert.Equal(label, _world.Root.Info.Label);
        }

        Assert.Equal(EndpointState.Idle, State);
    }

    [Fact]
    public void Send_Recv_TakesHeadReceiver()
    {
        QueueReceivers();
        _actor.Send(_capability, 3, 4);
        _actor.Is(ThreadState.Running);
        _first.Received(9, 3, 4);
        _second.Is(ThreadState.BlockedOnReceive);
        Assert.Equal(EndpointState.Receive, State);
        _actor.Send(_capability);
        Assert.Equal(EndpointState.Idle, State);
    }

    [Fact]
    public void NBSend_Idle_DropsMessage()
    {
        _actor.NBSend(_capability);
        _actor.Is(ThreadState.Running);
        Assert.Equal(EndpointState.Idle, State);
    }

    [Fact]
    public void NBSend_Send_DropsMessage()
    {
        QueueSenders();
        _actor.NBSend(_capability, 3);
        _actor.Is(ThreadState.Running);
        Assert.Equal(2, QueueLength());
    }

    [Fact]
    public void NBSend_Recv_TakesHeadReceiver()
    {
        QueueReceivers();
        _actor.NBSend(_capability, 3, 4);
        _first.Received(9, 3, 4);
        _second.Is(ThreadState.BlockedOnReceive);
    }

    [Fact]
    public void Recv_Idle_QueuesCaller()
    {
        _actor.Recv(_capability);
        _actor.Is(ThreadState.BlockedOnReceive);
        Assert.Equal(EndpointState.Receive, State);
    }

    [Fact]
    public void Recv_Send_TakesHeadSender()
    {
        QueueSenders();
        _actor.Recv(_capability);
        _actor.Received(0, 1);
        _first.Is(ThreadState.Running);
        _second.Is(ThreadState.BlockedOnSend);
        _actor.Recv(_capability);
        _actor.Received(0, 2);
        Assert.Equal(EndpointState.Idle, State);
    }

    [Fact]
    public void Recv_Recv_QueuesCallerBehind()
    {
        QueueReceivers();
        _actor.Recv(_capability);
        Assert.Equal(3, QueueLength());
        _world.Root.Send(_endpoint);
        _first.Received();
        _actor.Is(ThreadState.BlockedOnReceive);
    }

    [Fact]
    public void NBRecv_Idle_ReturnsBadge0()
    {
        _actor.NBRecv(_capability);
        _actor.Received();
        Assert.Equal(EndpointState.Idle, State);
    }

    [Fact]
    public void NBRecv_Send_TakesHeadSender()
    {
        QueueSenders();
        _actor.NBRecv(_capability);
        _actor.Received(0, 1);
        _first.Is(ThreadState.Running);
    }

    [Fact]
    public void NBRecv_Recv_ReturnsBadge0()
    {
        QueueReceivers();
        _actor.NBRecv(_capability);
        _actor.Received();
        Assert.Equal(2, QueueLength());
    }

    [Theory]
    [InlineData(CapRights.All & ~CapRights.Write)]
    [InlineData(CapRights.None)]
    public void Call_WithoutWrite_IsAnInvalidCapability(CapRights rights)
    {
        _actor.Call(_actor.Given(_endpoint, rights));
        _actor.Received(0, (ulong)SeL4Error.InvalidCapability, 0);
    }

    [Fact]
    public void Send_WithoutWrite_DoesNothing()
    {
        _actor.Send(_actor.Given(_endpoint, CapRights.Read));
        _actor.Is(ThreadState.Running);
        Assert.Equal(EndpointState.Idle, State);
    }

    [Fact]
    public void Recv_WithoutRead_Faults()
    {
        StoryObject faults = _world.Endpoint("faults");
        _actor.FaultsTo(_actor.Given(faults));
        CPtr noRead = _actor.Given(_endpoint, CapRights.Write);
        _actor.Recv(noRead);
        _world.Root.Recv(faults);
        _world.Root.Received(
            0, (ulong)FaultType.CapFault, _actor.Tcb->FaultIP, noRead.Value, 1, (ulong)LookupFailureType.MissingCapability, 0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Delete_QueuedThreads_RepeatTheirCalls(bool receivers)
    {
        if (receivers)
            QueueReceivers();
        else
            QueueSenders();
        _world.Root.CNodeRevoke(RootSlot.CNode, _endpoint).Ok();
        _world.Root.CNodeDelete(RootSlot.CNode, _endpoint).Ok();
        _first.Is(ThreadState.Restart);
        _second.Is(ThreadState.Restart);
        _first.Trap();
        _first.Is(receivers ? ThreadState.Inactive : ThreadState.Running);
    }

    private void QueueSenders()
    {
        _first.Send(_first.Given(_endpoint), 1);
        _second.Send(_second.Given(_endpoint), 2);
    }

    private void QueueReceivers()
    {
        _first.Recv(_first.Given(_endpoint));
        _second.Recv(_second.Given(_endpoint));
    }

    private int QueueLength()
    {
        int length = 0;
        for (Tcb* thread = ((Endpoint*)_endpoint.Address)->Queue.Head; thread != null; thread = thread->QueueNext)
            length++;
        return length;
    }
}
