namespace Rel4.Kernel.Tests;

/// <summary>Does a notification do in each state what the table in <c>docs/architecture.md</c> says, cell by cell?</summary>
public sealed unsafe class NotificationTableTests : IDisposable
{
    private readonly World _world = new();
    private readonly StoryThread _waiter;
    private readonly StoryThread _second;
    private readonly StoryThread _signaller;
    private readonly StoryObject _notification;
    private readonly CPtr _wait;
    private readonly CPtr _one;
    private readonly CPtr _two;
    private readonly CPtr _unbadged;

    public NotificationTableTests()
    {
        _waiter = _world.Thread("waiter");
        _second = _world.Thread("second");
        _signaller = _world.Thread("signaller");
        _notification = _world.Notification();
        _wait = _waiter.Given(_notification, CapRights.Read);
        _one = _signaller.Given(_notification, CapRights.Write, badge: 1);
        _two = _signaller.Given(_notification, CapRights.Write, badge: 2);
        _unbadged = _signaller.Given(_notification, CapRights.Write);
    }

    private Notification* Object => (Notification*)_notification.Address;

    public void Dispose()
    {
        _world.Check();
        _world.Dispose();
    }

    [Fact]
    public void Signal_Idle_BecomesActive()
    {
        _signaller.Signal(_one);
        Assert.Equal((NotificationState.Active, 1UL), (Object->State, Object->Word));
    }

    [Fact]
    public void Signal_Waiting_HeadWaiterGetsBadge()
    {
        _waiter.Wait(_wait);
        _second.Wait(_second.Given(_notification));
        _signaller.Signal(_two);
        _waiter.ReceivedSignal(2);
        _second.Is(ThreadState.BlockedOnNotification);
        Assert.Equal(NotificationState.Waiting, Object->State);
        _signaller.Signal(_one);
        _second.ReceivedSignal(1);
        Assert.Equal(NotificationState.Idle, Object->State);
    }

    [Fact]
    public void Signal_Active_OrsBadges()
    {
        _signaller.Signal(_one);
        _signaller.Signal(_two);
        Assert.Equal((NotificationState.Active, 3UL), (Object->State, Object->Word));
    }

    [Fact]
    public void Signal_Unbadged_BecomesActiveWithWord0()
    {
        _signaller.Signal(_unbadged);
        Assert.Equal((NotificationState.Active, 0UL), (Object->State, Object->Word));
        _waiter.Wait(_wait);
        _waiter.ReceivedSignal(0);
    }

    [Fact]
    public void Signal_UnbadgedToOneWithAReceiver_BecomesActive()
    {
        _world.Root.NotificationRegisterReceiver(_notification, _second).Ok();
        _signaller.Signal(_unbadged);
        Assert.Equal((NotificationState.Active, 0UL), (Object->State, Object->Word));
    }

    [Fact]
    public void Revoke_BadgedCopy_LeavesThoseWithOtherBadges()
    {
        CPtr older = _world.Root.Given(_notification, badge: 4), newer = _world.Root.Given(_notification, badge: 8);
        _world.Root.CNodeRevoke(RootSlot.CNode, newer).Ok();
        Assert.False(_world.SlotOf(older)->IsEmpty);
    }

    [Fact]
    public void Wait_Idle_QueuesCaller()
    {
        _waiter.Wait(_wait);
        _waiter.Is(ThreadState.BlockedOnNotification);
        Assert.Equal(NotificationState.Waiting, Object->State);
    }

    [Fact]
    public void Wait_Active_TakesWord()
    {
        _signaller.Signal(_one);
        _signaller.Signal(_two);
        _waiter.Wait(_wait);
        _waiter.ReceivedSignal(3);
        Assert.Equal((NotificationState.Idle, 0UL), (Object->State, Object->Word));
    }

    [Fact]
    public void Poll_Idle_Returns0()
    {
        _waiter.Poll(_wait);
        _waiter.ReceivedSignal(0);
    }

    [Fact]
    public void Poll_Waiting_Returns0()
    {
        _second.Wait(_second.Given(_notification));
        _waiter.Poll(_wait);
        _waiter.ReceivedSignal(0);
        _second.Is(ThreadState.BlockedOnNotification);
    }

    [Fact]
    public void Poll_Active_TakesWord()
    {
        _signaller.Signal(_two);
        _waiter.Poll(_wait);
        _waiter.ReceivedSignal(2);
        Assert.Equal(NotificationState.Idle, Object->State);
    }

    [Fact]
    public void Signal_BoundThreadReceives_IsDeliveredThere()
    {
        BindAndReceive();
        _signaller.Signal(_two);
        _waiter.ReceivedSignal(2);
        Assert.Equal(NotificationState.Idle, Object->State);
    }

    [Fact]
    public void Recv_BoundNotificationActive_TakesItFirst()
    {
        StoryObject endpoint = _world.Endpoint();
        _world.Root.TcbBindNotification(_waiter, _notification).Ok();
        _signaller.Signal(_one);
        _second.Send(_second.Given(endpoint), 5);
        CPtr receive = _waiter.Given(endpoint);
        _waiter.Recv(receive);
        _waiter.ReceivedSignal(1);
        _waiter.NBRecv(receive);
        _waiter.Received(0, 5);
    }

    [Fact]
    public void Signal_BoundThreadRuns_StaysActive()
    {
        _world.Root.TcbBindNotification(_waiter, _notification).Ok();
        _signaller.Signal(_one);
        Assert.Equal(NotificationState.Active, Object->State);
    }

    [Fact]
    public void Call_OfSignal_IsAnsweredAtOnce()
    {
        _signaller.Call(_one, label: 77, 1, 2);
        _signaller.Received();
        Assert.Equal(1UL, Object->Word);
    }

    [Fact]
    public void Signal_WithoutWrite_DoesNothing()
    {
        _waiter.Signal(_wait);
        _waiter.Is(ThreadState.Running);
        Assert.Equal(NotificationState.Idle, Object->State);
    }

    [Fact]
    public void Wait_WithoutRead_IsAFault()
    {
        _waiter.Wait(_waiter.Given(_notification, CapRights.Write));
        _waiter.Is(ThreadState.Inactive);
    }

    [Fact]
    public void Wait_OnAFrame_IsAFault()
    {
        _waiter.Wait(_waiter.Given(_world.Frame()));
        _waiter.Is(ThreadState.Inactive);
    }

    [Fact]
    public void Wait_OnItsBoundNotification_IsAllowed()
    {
        _world.Root.TcbBindNotification(_waiter, _notification).Ok();
        _waiter.Wait(_wait);
        _waiter.Is(ThreadState.BlockedOnNotification);
    }

    [Fact]
    public void Wait_ReceiverOfAnother_IsAllowed()
    {
        _world.Root.NotificationRegisterReceiver(_world.Notification(), _waiter).Ok();
        _waiter.Wait(_wait);
        _waiter.Is(ThreadState.BlockedOnNotification);
    }

    [Fact]
    public void Suspend_WaiterThatIsTheReceiver_NoLongerWaitsInTheKernel()
    {
        _world.Root.NotificationRegisterReceiver(_notification, _waiter).Ok();
        _waiter.Wait(_wait);
        Assert.True(SimKernel.WaitsInKernel(_waiter.Tcb));
        _world.Root.TcbSuspend(_waiter).Ok();
        Assert.False(SimKernel.WaitsInKernel(_waiter.Tcb));
    }

    [Fact]
    public void Bind_ThreadThatReceives_GetsWhatIsSignalledNext()
    {
        _waiter.Recv(_waiter.Given(_world.Endpoint()));
        _world.Root.TcbBindNotification(_waiter, _notification).Ok();
        _signaller.Signal(_two);
        _waiter.ReceivedSignal(2);
    }

    [Fact]
    public void Delete_Waiters_RepeatTheirCalls()
    {
        _waiter.Wait(_wait);
        _world.Root.CNodeRevoke(RootSlot.CNode, _notification).Ok();
        _world.Root.CNodeDelete(RootSlot.CNode, _notification).Ok();
        _waiter.Is(ThreadState.Restart);
    }

    private void BindAndReceive()
    {
        _world.Root.TcbBindNotification(_waiter, _notification).Ok();
        _waiter.Recv(_waiter.Given(_world.Endpoint()));
        _waiter.Is(ThreadState.BlockedOnReceive);
    }
}
