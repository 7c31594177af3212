namespace Rel4.Kernel.Tests;

/// <summary>Is each kind of capability invoked as what it is? (Manual sections "System Calls" and "Error Codes".)</summary>
public sealed unsafe class InvocationTests
{
    private static readonly RefusalTable s_refusals = new()
    {
        { "an empty slot", s => s.Try(s.Empty, InvocationLabel.Invalid), SeL4Error.InvalidCapability, 0 },
        { "an endpoint without Write", s => s.Try(s.Root.Given(s.Endpoint, CapRights.Read), 0), SeL4Error.InvalidCapability, 0 },
        { "a notification without Write", s => s.Try(s.Root.Given(s.Notification, CapRights.Read), 0), SeL4Error.InvalidCapability, 0 },
        { "a frame, which has no methods here", s => s.Try(s.Frame, InvocationLabel.TcbSuspend), SeL4Error.IllegalOperation },
        { "an address space, which has no methods here", s => s.Try(RootSlot.VSpace, InvocationLabel.TcbSuspend), SeL4Error.IllegalOperation },
        { "a CNode in destruction", s => s.Try(Zombie(s), InvocationLabel.CNodeDelete, [0, 4]), SeL4Error.InvalidCapability, 0 },
        {
            "a label behind those of CNodes", s => s.Try(s.CSpace, InvocationLabel.CNodeSaveCaller + 1, [s.Empty.Value, 64, s.Endpoint.Original.Value, 64, 15], s.CSpace),
            SeL4Error.IllegalOperation
        },
        { "a label that nobody has", s => s.Try(s.Untyped, (InvocationLabel)0xFFFF_FFFF), SeL4Error.IllegalOperation },
    };

    public static TheoryData<string> Refusals => s_refusals.Names;

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Call_ErrorCase_IsRefusedAndChangesNothing(string name) => s_refusals.Check(name);

    [Fact]
    public void Send_RefusedInvocation_LeavesRegistersAlone()
    {
        using var stage = new Stage();
        stage.Root.Send(stage.Target, 0xFF, 1, 2);
        Assert.Equal((stage.Target.Original.Value, 1UL), (stage.Root.Badge, stage.Root.Tcb->Context.R10));
    }

    [Fact]
    public void Send_Invocation_IsPerformedWithoutAnswer()
    {
        using var stage = new Stage();
        stage.Root.Send(stage.Target, (ulong)InvocationLabel.TcbSuspend);
        stage.Target.Is(ThreadState.Inactive);
        Assert.Equal(stage.Target.Original.Value, stage.Root.Badge);
    }

    [Fact]
    public void Send_MethodThatReturnsAWord_LeavesRegistersAlone()
    {
        using var stage = new Stage();
        stage.Root.NotificationRegisterReceiver(stage.Notification, stage.World.Thread("receiver")).Ok();
        CPtr sender = stage.Root.Given(stage.Notification, badge: 4);
        stage.Root.Send(stage.Target, new StoryMessage((ulong)InvocationLabel.TcbRegisterSender, 11, 12) { Caps = [sender] });
        Assert.NotEqual(0, stage.Target.Tcb->FirstSender);
        Assert.Equal((stage.Target.Original.Value, 11UL), (stage.Root.Badge, stage.Root.Tcb->Context.R10));
    }

    [Fact]
    public void Call_CallerWithoutBuffer_SeesFourWordsOfTheError()
    {
        using var stage = new Stage();
        stage.Root.TcbSetIpcBuffer(RootSlot.Tcb, 0, CPtr.Null).Ok();
        stage.Root.CNodeDelete(stage.CSpace, stage.Astray)
            .Is(SeL4Error.FailedLookup, Errors.Guard(Errors.Destination, 64, 0, 56).AsSpan(0, 4));
    }

    private static CPtr Zombie(Stage stage)
    {
        for (ulong i = 0; i < 4; i++)
            stage.Root.CNodeCopy(stage.Node, i, 4, stage.CSpace, stage.Endpoint, 64, CapRights.All).Ok();
        stage.World.Kernel.PreemptAt(1);
        Assert.True(stage.Root.CNodeDelete(stage.CSpace, stage.Node).IsPreempted);
        return stage.Node;
    }
}
