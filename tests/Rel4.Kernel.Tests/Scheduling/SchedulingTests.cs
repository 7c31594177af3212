namespace Rel4.Kernel.Tests;

/// <summary>Who runs? (Manual section "Scheduling"; the handoff is reL4's own.)</summary>
public sealed unsafe class SchedulingTests : IDisposable
{
    private readonly World _world = new();
    private readonly StoryThread _a;
    private readonly StoryThread _b;
    private readonly StoryThread _high;
    private readonly StoryThread _low;
    private readonly StoryObject _endpoint;

    public SchedulingTests()
    {
        _a = _world.Thread("a", 50);
        _b = _world.Thread("b", 50);
        _high = _world.Thread("high", 60);
        _low = _world.Thread("low", 40);
        _endpoint = _world.Endpoint();
    }

    public void Dispose()
    {
        _world.Check();
        _world.Dispose();
    }

    [Fact]
    public void Reply_OnlyThreadHasTheLowestPriority_GoesOn()
    {
        using var world = new World();
        world.Root.TcbSetPriority(world.Root, world.Root, 0).Ok();
        world.Root.Reply();
        world.Root.Is(ThreadState.Running);
        Assert.Equal((nint)world.Root.Tcb, (nint)world.Kernel.State->Current);
    }

    [Fact]
    public void Wait_RootGone_HighestRuns()
    {
        LeaveRoot();
        _world.Runs(_high);
    }

    [Fact]
    public void Block_AllInTurn_RunsByPriorityThenNobody()
    {
        StoryThread[] order = [_high, _a, _b, _low];
        CPtr[] waits = [.. order.Select(thread => thread.Given(_endpoint))];
        LeaveRoot();
        for (int i = 0; i < order.Length; i++)
        {
            _world.Runs(order[i]);
            order[i].Recv(waits[i]);
        }

        _world.Runs(null);
        _world.Tick();
        _world.Runs(null);
    }

    [Fact]
    public void Tick_SliceOver_RunsTheNextOfThePriority()
    {
        CPtr wait = _high.Given(_endpoint);
        LeaveRoot();
        _high.Recv(wait);
        for (int round = 0; round < 2; round++)
        {
            foreach (StoryThread thread in (StoryThread[])[_a, _b])
            {
                for (int tick = 0; tick < Tcb.FreshSlice; tick++)
                {
                    _world.Runs(thread);
                    _world.Tick();
                }
            }
        }

        _world.Runs(_a);
    }

    [Fact]
    public void Tick_AloneWithItsPriority_GoesOn()
    {
        LeaveRoot();
        for (int tick = 0; tick < 3 * Tcb.FreshSlice; tick++)
            _world.Tick();
        _world.Runs(_high);
    }

    [Fact]
    public void Yield_SamePriority_RunsTheNextWithFreshSlice()
    {
        CPtr wait = _high.Given(_endpoint);
        LeaveRoot();
        _high.Recv(wait);
        _world.Tick();
        _a.Yield();
        _world.Runs(_b);
        Assert.Equal(Tcb.FreshSlice, _a.Tcb->SliceLeft);
        _b.Yield();
        _world.Runs(_a);
    }

    [Fact]
    public void Tick_PreemptedThread_KeepsTheRestOfItsSlice()
    {
        StoryObject notification = _world.Notification();
        CPtr wait = _high.Given(notification), signal = _a.Given(notification);
        LeaveRoot();
        _high.Wait(wait);
        _world.Tick();
        _world.Tick();
        _a.Signal(signal);
        _world.Runs(_high);
        _high.Wait(wait);
        _world.Runs(_a);
        Assert.Equal(Tcb.FreshSlice - 2, _a.Tcb->SliceLeft);
    }

    [Fact]
    public void Send_ToHigher_SwitchesToIt()
    {
        CPtr wait = _high.Given(_endpoint), send = _a.Given(_endpoint);
        LeaveRoot();
        _high.Recv(wait);
        _a.Send(send);
        _world.Runs(_high);
    }

    [Fact]
    public void Send_ToEqual_GoesOn()
    {
        CPtr sleep = _high.Given(_world.Notification()), wait = _b.Given(_endpoint), send = _a.Given(_endpoint);
        LeaveRoot();
        _high.Wait(sleep);
        _b.Recv(wait);
        _world.Runs(_a);
        _a.Send(send);
        _world.Runs(_a);
    }

    [Fact]
    public void Call_ToEqual_HandsOverAheadOfItsEquals()
    {
        StoryThread c = _world.Thread("c", 50);
        CPtr sleep = _high.Given(_world.Notification()), wait = c.Given(_endpoint), call = _a.Given(_endpoint);
        LeaveRoot();
        _high.Wait(sleep);
        c.Recv(wait);
        _world.Runs(_a);
        _a.Call(call);
        _world.Runs(c);
        c.ReplyRecv(wait);
        _world.Runs(_a);
    }

    [Fact]
    public void Call_ToLower_DoesNotPassBetweenReadyOnes()
    {
        CPtr sleep = _high.Given(_world.Notification()), wait = _low.Given(_endpoint), call = _a.Given(_endpoint);
        LeaveRoot();
        _high.Wait(sleep);
        _low.Recv(wait);
        _world.Runs(_a);
        _a.Call(call);
        _world.Runs(_b);
    }

    [Fact]
    public void SetPriority_AboveTheCurrent_SwitchesAtOnce()
    {
        CPtr tcb = _high.Given(_low), self = _high.Given(_world.Root);
        LeaveRoot();
        _high.TcbSetPriority(tcb, self, 70).Ok();
        _world.Runs(_low);
    }

    [Fact]
    public void SetPriority_OfItselfBelowOthers_SwitchesAtOnce()
    {
        CPtr self = _high.Given(_high);
        LeaveRoot();
        _high.TcbSetPriority(self, self, 10).Ok();
        _world.Runs(_a);
    }

    [Fact]
    public void Suspend_Current_RunsTheNext()
    {
        CPtr self = _high.Given(_high);
        LeaveRoot();
        _high.Call(self, (ulong)InvocationLabel.TcbSuspend);
        _world.Runs(_a);
    }

    [Fact]
    public void Resume_Higher_SwitchesAtOnce()
    {
        CPtr tcb = _a.Given(_high);
        _world.Root.TcbSuspend(_high).Ok();
        LeaveRoot();
        _world.Runs(_a);
        _a.TcbResume(tcb).Ok();
        _world.Runs(_high);
    }

    /// <summary>Lets the root thread wait for ever, so that the others compete.</summary>
    private void LeaveRoot() => _world.Root.Wait(_world.Notification("never"));
}
