namespace Rel4.Kernel.Tests;

/// <summary>Do U-notifications do what <c>docs/architecture.md</c> says, and never reach anybody else?</summary>
public sealed unsafe class NotificationRegistrationTests
{
    private static readonly RefusalTable s_refusals = new()
    {
        {
            "RegisterReceiver without Read", s => Receiver(s) with { Service = s.Root.Given(s.Notification, CapRights.Write) },
            SeL4Error.InvalidCapability, 0
        },
        { "RegisterReceiver without a thread", s => Receiver(s) with { Caps = [] }, SeL4Error.TruncatedMessage },
        {
            "RegisterReceiver with a capability of the wrong type", s => Receiver(s) with { Caps = [s.Node] },
            SeL4Error.InvalidCapability, 1
        },
        {
            "RegisterReceiver of a registered notification", s => Registered(s, Receiver(s) with { Caps = [s.World.Thread("other")] }),
            SeL4Error.IllegalOperation
        },
        {
            "RegisterReceiver of a registered thread", s => Registered(s, Receiver(s) with { Service = s.World.Notification() }),
            SeL4Error.IllegalOperation
        },
        { "RegisterReceiver of another's bound notification", BoundToAnother, SeL4Error.IllegalOperation },
        { "RegisterReceiver while others wait", OthersWait, SeL4Error.IllegalOperation },
        {
            "UnregisterReceiver without Read",
            s => s.Try(s.Root.Given(s.Notification, CapRights.Write), InvocationLabel.NotificationUnregisterReceiver),
            SeL4Error.InvalidCapability, 0
        },
        {
            "UnregisterReceiver of none", s => s.Try(s.Notification, InvocationLabel.NotificationUnregisterReceiver),
            SeL4Error.IllegalOperation
        },
        { "RegisterSender without Write", s => Sender(s, CapRights.Read, 4), SeL4Error.InvalidCapability, 0 },
        { "RegisterSender without a badge", s => Sender(s, CapRights.All, 0), SeL4Error.InvalidCapability, 0 },
        { "RegisterSender with a badge of two bits", s => Sender(s, CapRights.All, 6), SeL4Error.InvalidCapability, 0 },
        {
            "RegisterSender without a receiver",
            s => s.Try(s.Root.Given(s.Notification, badge: 4), InvocationLabel.NotificationRegisterSender),
            SeL4Error.IllegalOperation
        },
        { "RegisterSender with a full table", SendersTaken, SeL4Error.NotEnoughMemory, 0 },
        {
            "UnregisterSender without Write",
            s => s.Try(s.Root.Given(s.Notification, CapRights.Read), InvocationLabel.NotificationUnregisterSender),
            SeL4Error.InvalidCapability, 0
        },
        {
            "UnregisterSender of none", s => s.Try(s.Notification, InvocationLabel.NotificationUnregisterSender),
            SeL4Error.IllegalOperation
        },
        { "a thread's method without a notification", s => OnThread(s, InvocationLabel.TcbRegisterReceiver) with { Caps = [] }, SeL4Error.TruncatedMessage },
        {
            "a thread's RegisterReceiver with an endpoint", s => OnThread(s, InvocationLabel.TcbRegisterReceiver) with { Caps = [s.Endpoint] },
            SeL4Error.InvalidCapability, 1
        },
        { "a thread's RegisterReceiver without Read", s => OnThread(s, InvocationLabel.TcbRegisterReceiver, CapRights.Write), SeL4Error.InvalidCapability, 1 },
        {
            "a thread's UnregisterReceiver without Read", s => OnThread(s, InvocationLabel.TcbUnregisterReceiver, CapRights.Write),
            SeL4Error.InvalidCapability, 1
        },
        { "a thread's UnregisterReceiver of none", s => OnThread(s, InvocationLabel.TcbUnregisterReceiver), SeL4Error.IllegalOperation },
        {
            "a thread's UnregisterReceiver of another's",
            s => Registered(s, OnThread(s, InvocationLabel.TcbUnregisterReceiver) with { Service = s.World.Thread("other") }), SeL4Error.IllegalOperation
        },
        {
            "a thread's RegisterSender with an endpoint", s => OnThread(s, InvocationLabel.TcbRegisterSender) with { Caps = [s.Endpoint] },
            SeL4Error.InvalidCapability, 1
        },
        { "a thread's RegisterSender without Write", s => OnThread(s, InvocationLabel.TcbRegisterSender, CapRights.Read, 4), SeL4Error.InvalidCapability, 1 },
        { "a thread's RegisterSender without a badge", s => OnThread(s, InvocationLabel.TcbRegisterSender), SeL4Error.InvalidCapability, 1 },
        { "a thread's RegisterSender without a receiver", s => OnThread(s, InvocationLabel.TcbRegisterSender, badge: 4), SeL4Error.IllegalOperation },
        { "a thread's UnregisterSender without Write", s => OnThread(s, InvocationLabel.TcbUnregisterSender, CapRights.Read), SeL4Error.InvalidCapability, 1 },
        { "a thread's UnregisterSender of nothing", s => s.Try(s.Target, InvocationLabel.TcbUnregisterSender), SeL4Error.TruncatedMessage },
        { "a thread's UnregisterSender of a stale handle", s => s.Try(s.Target, InvocationLabel.TcbUnregisterSender, [0x1_0001]), SeL4Error.IllegalOperation },
        { "a thread's UnregisterSender of none", s => OnThread(s, InvocationLabel.TcbUnregisterSender), SeL4Error.IllegalOperation },
    };

    public static TheoryData<string> Refusals => s_refusals.Names;

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Register_ErrorCase_IsRefusedAndChangesNothing(string name) => s_refusals.Check(name);

    [Fact]
    public void Send_RegisterLabelWithoutCall_IsASignal()
    {
        using var stage = new Stage();
        stage.Root.Send(stage.Notification, (ulong)InvocationLabel.NotificationRegisterSender);
        Assert.Equal(NotificationState.Active, ((Notification*)stage.Notification.Address)->State);
    }

    [Fact]
    public void Send_RegisterLabelWithoutWrite_DoesNothing()
    {
        using var stage = new Stage();
        CPtr readOnly = stage.Root.Given(stage.Notification, CapRights.Read);
        StoryThread thread = stage.World.Thread("receiver");
        stage.Root.Send(readOnly, new StoryMessage((ulong)InvocationLabel.NotificationRegisterReceiver) { Caps = [thread] });
        Assert.True(thread.Tcb->ReceivedNotification == null);
        Assert.Equal(NotificationState.Idle, ((Notification*)stage.Notification.Address)->State);
    }

    [Theory]
    [InlineData(0, 0UL, 0UL)]
    [InlineData(1, 0UL, 0UL)]
    [InlineData(2, 0x1000UL, 128UL)]
    public void RegisterReceiver_WithSoManyWords_TakesBothOrNone(int words, ulong handler, ulong stackAdjust)
    {
        using var stage = new Stage();
        StoryThread thread = stage.World.Thread("receiver");

        // What registers hold from before is no word of the message.
        stage.Root.Invoke(stage.Notification, InvocationLabel.NotificationUnregisterReceiver, [7, 7]);
        CPtr named = stage.Root.Given(thread);
        stage.Root.Invoke(named, InvocationLabel.TcbRegisterReceiver, new ulong[] { 0x1000, 128 }.AsSpan(0, words), stage.Notification).Ok();

        Interruption found = SimReceiver.Of(thread.Tcb)->Interruption;
        Assert.Equal((handler, stackAdjust), (found.Handler, found.StackAdjust));
    }

    [Fact]
    public void Post_ReceiverRuns_IsPendingUntilPolled()
    {
        using var wire = new Wire();
        Assert.True(wire.Sender.Post(wire.Register(8)));
        Assert.True(wire.Sender.Post(wire.Register(16)));
        wire.Receiver.Poll(wire.Wait);
        wire.Receiver.ReceivedSignal(24);
    }

    [Fact]
    public void Post_ReceiverWaits_IsDeliveredAtOnce()
    {
        using var wire = new Wire();
        SenderHandle handle = wire.Register(8);
        wire.Receiver.Wait(wire.Wait);
        wire.Receiver.Is(ThreadState.BlockedOnNotification);
        Assert.True(wire.Sender.Post(handle));
        wire.Receiver.ReceivedSignal(8);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Post_BoundReceiverReceives_IsDeliveredAtOnce(bool boundBefore)
    {
        using var wire = new Wire();
        SenderHandle handle = wire.Register(8);
        if (boundBefore)
            wire.World.Root.TcbBindNotification(wire.Receiver, wire.Notification).Ok();
        wire.Receiver.Recv(wire.Receiver.Given(wire.World.Endpoint()));
        if (!boundBefore)
            wire.World.Root.TcbBindNotification(wire.Receiver, wire.Notification).Ok();
        wire.Sender.Post(handle);
        wire.Receiver.ReceivedSignal(8);
    }

    [Fact]
    public void Signal_ByKernel_GoesThroughTheSameReceiver()
    {
        using var wire = new Wire();
        wire.Sender.Signal(wire.Sender.Given(wire.Notification, CapRights.Write, badge: 5));
        wire.Sender.Post(wire.Register(8));
        wire.Receiver.Wait(wire.Wait);
        wire.Receiver.ReceivedSignal(13);
    }

    [Fact]
    public void Signal_Unbadged_WakesTheReceiver()
    {
        using var wire = new Wire();
        wire.Receiver.Wait(wire.Wait);
        wire.World.Root.Signal(wire.Notification);
        wire.Receiver.ReceivedSignal(0);
    }

    [Fact]
    public void RegisterReceiver_WordSignalledBefore_BecomesPending()
    {
        using var stage = new Stage();
        stage.Root.Signal(stage.Root.Given(stage.Notification, badge: 6));
        stage.Root.NotificationRegisterReceiver(stage.Notification, stage.Target).Ok();
        var notification = (Notification*)stage.Notification.Address;
        Assert.Equal((0UL, NotificationState.Idle), (notification->Word, notification->State));
        stage.Target.Wait(stage.Target.Given(stage.Notification));
        stage.Target.ReceivedSignal(6);
        stage.World.Check();
    }

    [Fact]
    public void RegisterReceiver_ThreadWaitsAlready_IsWokenByPosts()
    {
        using var stage = new Stage();
        StoryThread sender = stage.World.Thread("sender");
        stage.Target.Wait(stage.Target.Given(stage.Notification));
        stage.Root.NotificationRegisterReceiver(stage.Notification, stage.Target).Ok();
        InvocationResult registered = sender.NotificationRegisterSender(sender.Given(stage.Notification, badge: 2)).Ok();
        sender.Post(new SenderHandle(registered.Words[0]));
        stage.Target.ReceivedSignal(2);
        stage.World.Check();
    }

    [Fact]
    public void UnregisterReceiver_PendingBits_BecomeTheWord()
    {
        using var wire = new Wire();
        wire.Sender.Post(wire.Register(8));
        wire.World.Root.NotificationUnregisterReceiver(wire.Notification).Ok();
        Assert.Equal(8UL, ((Notification*)wire.Notification.Address)->Word);
    }

    [Fact]
    public void Register_ThroughTheThreads_IsAsThroughTheNotification()
    {
        using var stage = new Stage();
        StoryThread sender = stage.World.Thread("sender");
        stage.Root.TcbRegisterReceiver(stage.Target, stage.Notification).Ok();
        CPtr badged = stage.Root.Given(stage.Notification, CapRights.Write, badge: 8);
        var handle = new SenderHandle(stage.Root.TcbRegisterSender(sender, badged).Ok().Words[0]);
        stage.Target.Wait(stage.Target.Given(stage.Notification));
        Assert.True(sender.Post(handle));
        stage.Target.ReceivedSignal(8);
        Assert.False(stage.Root.Post(handle));

        stage.Root.TcbUnregisterSender(sender, badged).Ok();
        Assert.False(sender.Post(handle));
        stage.Root.TcbUnregisterReceiver(stage.Target, stage.Notification).Ok();
        Assert.True(((Notification*)stage.Notification.Address)->Receiver == null);
        stage.World.Check();
    }

    [Fact]
    public void RegisterSender_Twice_ReturnsTheSameHandle()
    {
        using var wire = new Wire();
        CPtr capability = wire.Sender.Given(wire.Notification, badge: 8);
        ulong first = wire.Sender.NotificationRegisterSender(capability).Ok().Words[0];
        Assert.Equal(first, wire.Sender.NotificationRegisterSender(capability).Ok().Words[0]);
    }

    [Fact]
    public void RegisterSender_AfterRelease_ReusesIndexUnderNewGeneration()
    {
        using var wire = new Wire();
        CPtr capability = wire.Sender.Given(wire.Notification, badge: 8);
        var first = new SenderHandle(wire.Sender.NotificationRegisterSender(capability).Ok().Words[0]);
        wire.Sender.NotificationUnregisterSender(capability).Ok();
        var second = new SenderHandle(wire.Sender.NotificationRegisterSender(capability).Ok().Words[0]);
        Assert.Equal(first.Index, second.Index);
        Assert.NotEqual(first.Generation, second.Generation);
        Assert.False(wire.Sender.Post(first));
        Assert.True(wire.Sender.Post(second));
    }

    [Fact]
    public void Post_AnothersHandle_IsAnError()
    {
        using var wire = new Wire();
        SenderHandle handle = wire.Register(8);
        Assert.False(wire.Receiver.Post(handle));
    }

    [Theory]
    [InlineData("the receiver is unregistered")]
    [InlineData("the notification dies")]
    [InlineData("the receiving thread dies")]
    [InlineData("the sender's capability is deleted")]
    [InlineData("the sender's capability is revoked")]
    public void Post_After_IsAnError(string what)
    {
        using var wire = new Wire();
        SenderHandle handle = wire.Register(8);
        StoryThread root = wire.World.Root;
        switch (what)
        {
            case "the receiver is unregistered":
                root.NotificationUnregisterReceiver(wire.Notification).Ok();
                break;
            case "the notification dies":
                root.CNodeRevoke(RootSlot.CNode, wire.Notification).Ok();
                root.CNodeDelete(RootSlot.CNode, wire.Notification).Ok();
                break;
            case "the receiving thread dies":
                root.CNodeDelete(RootSlot.CNode, wire.Receiver).Ok();
                break;
            case "the sender's capability is deleted":
                root.CNodeDelete(wire.Sender.CSpace, wire.Last, 6).Ok();
                break;
            default:
                root.CNodeRevoke(RootSlot.CNode, wire.Notification).Ok();
                break;
        }

        Assert.False(wire.Sender.Post(handle));
        Assert.Equal(0, wire.Sender.Tcb->FirstSender);
    }

    [Fact]
    public void RegisterSender_ThreadDies_GivesItsIndexBack()
    {
        using var wire = new Wire();
        wire.Register(8);
        wire.World.Root.CNodeDelete(RootSlot.CNode, wire.Sender).Ok();
        Assert.Equal(0U, wire.Receiver.Tcb->FirstOfReceiver);
    }

    [Fact]
    public void Move_RegisteredCapability_KeepsItsSender()
    {
        using var wire = new Wire();
        SenderHandle handle = wire.Register(8);
        CPtr moved = wire.Sender.FreeSlot();
        wire.World.Root.CNodeMove(wire.Sender.CSpace, moved, 6, wire.Sender.CSpace, wire.Last, 6).Ok();
        Assert.True(wire.Sender.Post(handle));
        Assert.Equal(handle.Raw, wire.Sender.NotificationRegisterSender(moved).Ok().Words[0]);
        wire.World.Root.CNodeDelete(wire.Sender.CSpace, moved, 6).Ok();
        Assert.False(wire.Sender.Post(handle));
    }

    [Fact]
    public void Wait_OfAnotherThread_Faults()
    {
        using var wire = new Wire();
        wire.Sender.Wait(wire.Sender.Given(wire.Notification));
        wire.Sender.Is(ThreadState.Inactive);
    }

    private static Attempt Receiver(Stage stage) =>
        stage.Try(stage.Notification, InvocationLabel.NotificationRegisterReceiver, [], stage.Target);

    private static Attempt Sender(Stage stage, CapRights rights, ulong badge)
    {
        stage.Root.NotificationRegisterReceiver(stage.Notification, stage.Target).Ok();
        return stage.Try(stage.Root.Given(stage.Notification, rights, badge), InvocationLabel.NotificationRegisterSender);
    }

    private static Attempt OnThread(Stage stage, InvocationLabel method, CapRights rights = CapRights.All, ulong badge = 0) =>
        stage.Try(stage.Target, method, [], stage.Root.Given(stage.Notification, rights, badge));

    private static Attempt Registered(Stage stage, Attempt attempt)
    {
        stage.Root.NotificationRegisterReceiver(stage.Notification, stage.Target).Ok();
        return attempt;
    }

    private static Attempt BoundToAnother(Stage stage)
    {
        stage.Root.TcbBindNotification(stage.World.Thread("other"), stage.Notification).Ok();
        return Receiver(stage);
    }

    private static Attempt OthersWait(Stage stage)
    {
        StoryThread other = stage.World.Thread("other");
        other.Wait(other.Given(stage.Notification));
        return Receiver(stage);
    }

    private static Attempt SendersTaken(Stage stage)
    {
        Attempt attempt = Sender(stage, CapRights.All, 1);
        for (int i = 1; i < (int)stage.World.Kernel.State->Shared->SenderCount; i++)
            stage.Target.NotificationRegisterSender(stage.Target.Given(stage.Notification, badge: 2)).Ok();
        return attempt;
    }

    /// <summary>Is a notification with a receiver, and a thread that may signal it.</summary>
    private sealed class Wire : IDisposable
    {
        public Wire()
        {
            World = new World();
            Receiver = World.Thread("receiver");
            Sender = World.Thread("sender");
            Notification = World.Notification("wire");
            Wait = Receiver.Given(Notification, CapRights.Read);
            World.Root.NotificationRegisterReceiver(Notification, Receiver).Ok();
        }

        public World World { get; }

        public StoryThread Receiver { get; }

        public StoryThread Sender { get; }

        public StoryObject Notification { get; }

        public CPtr Wait { get; }

        /// <summary>Gets the capability registered through last.</summary>
        public CPtr Last { get; private set; }

        public SenderHandle Register(ulong badge)
        {
            Last = Sender.Given(Notification, CapRights.Write, badge);
            return new SenderHandle(Sender.NotificationRegisterSender(Last).Ok().Words[0]);
        }

        public void Dispose()
        {
            World.Check();
            World.Dispose();
        }
    }
}
