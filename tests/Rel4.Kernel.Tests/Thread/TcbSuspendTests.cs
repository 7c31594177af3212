namespace Rel4.Kernel.Tests;

/// <summary>Do <c>TCB_Suspend</c> and <c>TCB_Resume</c> do what the manual's section "Thread Deactivation" says?</summary>
public sealed unsafe class TcbSuspendTests
{
    private static readonly RefusalTable s_refusals = new()
    {
        { "suspending a capability of the wrong type", s => s.Try(s.CSpace, InvocationLabel.TcbSuspend), SeL4Error.IllegalOperation },
        { "resuming a capability of the wrong type", s => s.Try(s.CSpace, InvocationLabel.TcbResume), SeL4Error.IllegalOperation },
        { "suspending an empty slot", s => s.Try(s.Empty, InvocationLabel.TcbSuspend), SeL4Error.InvalidCapability, 0 },
        { "a label that no thread has", s => s.Try(s.Target, InvocationLabel.CNodeRevoke), SeL4Error.IllegalOperation },
    };

    public static TheoryData<string> Refusals => s_refusals.Names;

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Suspend_ErrorCase_IsRefusedAndChangesNothing(string name) => s_refusals.Check(name);

    [Fact]
    public void Suspend_QueuedSender_LeavesTheQueue()
    {
        using var stage = new Stage();
        stage.Target.Send(stage.Target.Given(stage.Endpoint));
        stage.Root.TcbSuspend(stage.Target).Ok();
        stage.Target.Is(ThreadState.Inactive);
        Assert.Equal(EndpointState.Idle, ((Endpoint*)stage.Endpoint.Address)->State);
        stage.World.Check();
    }

    [Fact]
    public void Suspend_WaiterOfNotification_LeavesTheQueue()
    {
        using var stage = new Stage();
        stage.Target.Wait(stage.Target.Given(stage.Notification));
        stage.Root.TcbSuspend(stage.Target).Ok();
        Assert.Equal(NotificationState.Idle, ((Notification*)stage.Notification.Address)->State);
        stage.World.Check();
    }

    [Fact]
    public void Suspend_ThreadThatWaits_WillRepeatItsCall()
    {
        using var stage = new Stage();
        stage.Target.Send(stage.Target.Given(stage.Endpoint));
        ulong call = stage.Target.Tcb->FaultIP;
        Assert.NotEqual(call, stage.Target.Tcb->Context.Rip);
        stage.Root.TcbSuspend(stage.Target).Ok();
        Assert.Equal(call, stage.Target.Tcb->FaultIP);
    }

    [Fact]
    public void Suspend_Caller_DeletesItsReplyCapability()
    {
        using var stage = new Stage();
        CPtr reply = CNodeCopyTests.SaveReply(stage);
        stage.Root.TcbSuspend(stage.Target).Ok();
        Assert.True(stage.World.SlotOf(reply)->IsEmpty);
        stage.World.Check();
    }

    [Fact]
    public void Resume_SuspendedSender_SendsAgain()
    {
        using var stage = new Stage();
        stage.Target.Send(stage.Target.Given(stage.Endpoint), 5, 6);
        stage.Root.TcbSuspend(stage.Target).Ok();
        stage.Root.TcbResume(stage.Target).Ok();
        stage.Target.Trap();
        stage.Target.Is(ThreadState.BlockedOnSend);
        stage.Root.Recv(stage.Endpoint);
        stage.Root.Received(0, 5, 6);
        stage.World.Check();
    }

    [Fact]
    public void Resume_RunningThread_ChangesNothing()
    {
        using var stage = new Stage();
        stage.Target.Yield();
        ulong next = stage.Target.Tcb->Context.Rip;
        stage.Root.TcbResume(stage.Target).Ok();
        Assert.Equal(next, stage.Target.Tcb->Context.Rip);
        stage.Target.Is(ThreadState.Running);
    }

    [Fact]
    public void Suspend_Itself_GoesOnBehindTheCallWhenResumed()
    {
        using var stage = new Stage();
        CPtr self = stage.Target.Given(stage.Target);
        ulong trap = stage.Target.Tcb->FaultIP;
        stage.Target.Call(self, (ulong)InvocationLabel.TcbSuspend);
        stage.Target.Is(ThreadState.Inactive);
        stage.Root.TcbResume(stage.Target).Ok();
        stage.Target.Yield();
        Assert.Equal(trap + SimKernel.TrapLength, stage.Target.Tcb->FaultIP);
        stage.World.Check();
    }
}
