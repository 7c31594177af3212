namespace Rel4.Kernel.Tests;

/// <summary>Is the fast path taken when it may be, declined when it must be, and never noticed?</summary>
/// <remarks>Everything is done on two machines, one without the fast path: their memories must be the same.</remarks>
public sealed unsafe class FastPathTests
{
    /// <summary>Gets all combinations of rights.</summary>
    public static TheoryData<ulong> AllRights => [.. Enumerable.Range(0, 16).Select(rights => (ulong)rights)];

    [Theory]
    [MemberData(nameof(AllRights))]
    public void Call_ByRights_IsFastIfItMaySendAndBeReplied(ulong rights)
    {
        var has = (CapRights)rights;
        bool isFast = has.HasFlag(CapRights.Write) && (has & (CapRights.Grant | CapRights.GrantReply)) != 0;
        Compare(isFast ? 1 : 0, pair =>
        {
            pair.Server.Recv(pair.FromClients);
            pair.Client.Call(pair.Client.Given(pair.Endpoint, has, badge: 7), 3, 10, 20);
        });
    }

    [Theory]
    [MemberData(nameof(AllRights))]
    public void ReplyRecv_ByRights_IsFastIfItMayReceive(ulong rights) =>
        Compare(((CapRights)rights).HasFlag(CapRights.Read) ? 2 : 1, pair =>
        {
            CPtr from = pair.Server.Given(pair.Endpoint, (CapRights)rights);
            pair.Exchange();
            pair.Server.ReplyRecv(from, 30);
        });

    [Theory]
    [InlineData(0, 2)]
    [InlineData(1, 2)]
    [InlineData(2, 2)]
    [InlineData(3, 2)]
    [InlineData(4, 2)]
    [InlineData(5, 0)]
    [InlineData(120, 0)]
    public void Exchange_ByLength_IsFastWhileItFitsInRegisters(int length, int fast)
    {
        ulong[] words = [.. Enumerable.Range(1, length).Select(i => (ulong)i * 11)];
        Compare(fast, pair =>
        {
            pair.Server.Recv(pair.FromClients);
            pair.Client.Call(pair.ToServer, 3, words);
            pair.Server.Received(7, 3, words);
            pair.Server.ReplyRecv(pair.FromClients, words);
            pair.Client.Received(0, 0, words);
        });
    }

    [Fact]
    public void ReplyRecv_WithCallsInTheBatch_PerformsThemBeforeItWaits() => Compare(1, pair =>
    {
        var batch = new BatchWorld(pair.Server, pair.Server.World);
        pair.Exchange();
        ulong number = batch.Write(pair.Server.GivenOwnCSpace(), InvocationLabel.CNodeDelete, [60, 64]);
        pair.Server.ReplyRecv(pair.FromClients, 30);
        batch.Is(number, SeL4Error.NoError);
    });

    [Fact]
    public void Call_WithCapability_IsDeclined() => Compare(0, pair =>
    {
        CPtr root = pair.Server.GivenOwnCSpace(), slot = pair.Server.FreeSlot(), grant = pair.Client.Given(pair.Endpoint, badge: 9);
        pair.Server.ReceivesCapsAt(root, slot);
        pair.Server.Recv(pair.FromClients);
        pair.Client.Call(grant, new StoryMessage(3, 1) { Caps = [pair.ToServer] });
        pair.Server.ReceivedCaps(1, unwrapped: 1);
    });

    [Fact]
    public void Call_UnwrappedBitsSet_AreNotHandedOn() => Compare(1, pair =>
    {
        pair.Server.Recv(pair.FromClients);
        pair.World.Kernel.Trap(pair.Client.Tcb, Syscall.Call, pair.ToServer.Value, new MessageInfo(3, 7, 0, 1));
        Assert.Equal(0U, pair.Server.Info.CapsUnwrapped);
    });

    [Fact]
    public void Call_NobodyReceives_IsDeclined() => Compare(0, pair => pair.Client.Call(pair.ToServer, 1));

    [Fact]
    public void Call_OtherSenderQueued_IsDeclined() => Compare(0, pair =>
    {
        pair.World.Root.Send(pair.Endpoint, 1);
        pair.Client.Call(pair.ToServer, 1);
    });

    [Fact]
    public void Call_SendersOfNotification_IsDeclined() => Compare(0, pair =>
    {
        StoryObject notification = pair.World.Notification();
        pair.Server.Wait(pair.Server.Given(notification));
        pair.Client.Call(pair.Client.Given(notification, badge: 4), 1);
    });

    /// <summary>No system call makes such a capability. The word signalled looks like the state of an endpoint where a thread receives.</summary>
    [Fact]
    public void Call_NotificationWithAllRights_IsDeclined() => Compare(0, pair =>
    {
        StoryObject notification = pair.World.Notification();
        CPtr call = pair.Client.Given(notification, badge: (ulong)EndpointState.Receive << 48);
        pair.Client.SlotAt(call)->Cap.Word0 |= Capability.ToEndpoint(null).Word0 & (15UL << 55);
        pair.Client.Signal(call);
        pair.Client.Call(call);
        pair.Client.Received();
    });

    [Fact]
    public void ReplyRecv_Notification_RepliesAndWaits() => Compare(1, pair =>
    {
        CPtr wait = pair.Server.Given(pair.World.Notification());
        pair.Exchange();
        pair.Server.ReplyRecv(wait, 30);
        pair.Client.Received(0, 0, 30);
        pair.Server.Is(ThreadState.BlockedOnNotification);
    });

    [Fact]
    public void Call_NoSuchCapability_IsDeclined() => Compare(0, pair => pair.Client.Call(1UL << 40, 1));

    [Fact]
    public void Call_MoreImportantThreadReady_IsDeclined() => Compare(0, pair =>
    {
        pair.Server.Recv(pair.FromClients);
        pair.World.Kernel.Dispatch(pair.Client.Tcb);
        pair.World.Root.TcbSetPriority(pair.Server, RootSlot.Tcb, 5).Ok();
        pair.Client.Call(pair.ToServer, 1);
    });

    [Fact]
    public void Call_ServersNotificationHasReceiver_SendersLearnThatItRuns() => Compare(1, pair =>
    {
        StoryObject notification = pair.World.Notification();
        pair.World.Root.NotificationRegisterReceiver(notification, pair.Server).Ok();
        pair.World.Root.TcbBindNotification(pair.Server, notification).Ok();
        Assert.False(SimKernel.WaitsInKernel(pair.Server.Tcb));
        pair.Server.Recv(pair.FromClients);
        Assert.True(SimKernel.WaitsInKernel(pair.Server.Tcb));
        pair.Client.Call(pair.ToServer, 1);
        Assert.False(SimKernel.WaitsInKernel(pair.Server.Tcb));
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ReplyRecv_BoundNotification_TakesItsSignalFirst(bool isSignalled) => Compare(1, pair =>
    {
        StoryObject notification = pair.World.Notification();
        pair.World.Root.TcbBindNotification(pair.Server, notification).Ok();
        pair.Exchange();
        if (isSignalled)
            pair.World.Root.Signal(pair.World.Root.Given(notification, badge: 64));
        pair.Server.ReplyRecv(pair.FromClients, 30);
        pair.Client.Received(0, 0, 30);
        if (isSignalled)
            pair.Server.ReceivedSignal(64);
        else
            pair.Server.Is(ThreadState.BlockedOnReceive);
    });

    [Fact]
    public void ReplyRecv_NextClientQueued_IsDeclined() => Compare(1, pair =>
    {
        pair.Exchange();
        StoryThread other = pair.World.Thread("other");
        other.Call(other.Given(pair.Endpoint, badge: 8), 2);
        pair.Server.ReplyRecv(pair.FromClients, 30);
        pair.Server.Received(8, 2);
    });

    [Fact]
    public void ReplyRecv_NobodyToReplyTo_IsDeclined() => Compare(0, pair => pair.Server.ReplyRecv(pair.FromClients, 30));

    [Fact]
    public void ReplyRecv_NoSuchCapability_RepliesAndFaults() => Compare(1, pair =>
    {
        pair.Exchange();
        pair.Server.ReplyRecv(1UL << 40, 30);
        pair.Client.Received(0, 0, 30);
        pair.Server.Is(ThreadState.Inactive);
    });

    [Fact]
    public void ReplyRecv_NextMessageQueued_WakesItsSenderToo() => Compare(1, pair =>
    {
        pair.Exchange();
        StoryThread other = pair.World.Thread("other");
        other.Send(other.Given(pair.Endpoint, badge: 8), 2);
        pair.Server.ReplyRecv(pair.FromClients, 30);
        pair.Client.IsRunnable();
        other.IsRunnable();
    });

    [Fact]
    public void ReplyRecv_ToFault_IsDeclined() => Compare(0, pair =>
    {
        pair.Client.FaultsTo(pair.Client.Given(pair.Endpoint, badge: 9));
        pair.Server.Recv(pair.FromClients);
        pair.Client.Faults(Fault.UserException(3, 4));
        pair.Server.ReplyRecv(pair.FromClients);
        pair.Client.IsRunnable();
    });

    [Fact]
    public void ReplyRecv_MoreImportantThreadReady_IsDeclined() => Compare(1, pair =>
    {
        pair.Exchange();
        pair.World.Root.TcbSetPriority(pair.Client, RootSlot.Tcb, 5).Ok();
        pair.World.Kernel.Dispatch(pair.Server.Tcb);
        pair.Server.ReplyRecv(pair.FromClients, 30);
        pair.World.Runs(pair.World.Root);
    });

    [Theory]
    [InlineData(CapRights.Read)]
    [InlineData(CapRights.Read | CapRights.Grant)]
    [InlineData(CapRights.Read | CapRights.GrantReply)]
    public void ReplyRecv_ServersGrant_DecidesWhetherTheNextReplyCarriesCapabilities(CapRights rights) => Compare(3, pair =>
    {
        CPtr from = pair.Server.Given(pair.Endpoint, rights);
        pair.Exchange();
        pair.Server.ReplyRecv(from, 30);
        pair.Client.Call(pair.ToServer, 5);
        Assert.Equal(rights.HasFlag(CapRights.Grant), pair.Server.Tcb->Caller.Cap.Has(CapRights.Grant));
    });

    private static void Compare(int fast, Action<Pair> story)
    {
        using Pair with = new(hasFastPath: true), without = new(hasFastPath: false);
        story(with);
        with.World.Check();
        story(without);
        Assert.Equal((ulong)fast, with.World.Kernel.FastCalls);
        Assert.Equal(0UL, without.World.Kernel.FastCalls);
        Assert.Equal(-1, MemorySnapshot.FirstDifference(with.World.Kernel, without.World.Kernel));
    }

    /// <summary>Is a client and a server, with nobody more important about.</summary>
    private sealed class Pair : IDisposable
    {
        public Pair(bool hasFastPath)
        {
            World = new World(new SimOptions(MemoryBits: 19, RootCNodeBits: 8, Senders: 32, HasFastPath: hasFastPath));
            Client = World.Thread("client");
            Server = World.Thread("server");
            Endpoint = World.Endpoint();
            ToServer = Client.Given(Endpoint, CapRights.Write | CapRights.GrantReply, badge: 7);
            FromClients = Server.Given(Endpoint, CapRights.Read);
            World.Root.TcbSetPriority(RootSlot.Tcb, RootSlot.Tcb, 50).Ok();
        }

        public World World { get; }

        public StoryThread Client { get; }

        public StoryThread Server { get; }

        public StoryObject Endpoint { get; }

        public CPtr ToServer { get; }

        public CPtr FromClients { get; }

        public void Exchange()
        {
            Server.Recv(FromClients);
            Client.Call(ToServer, 3, 10, 20);
            Server.Received(7, 3, 10, 20);
        }

        public void Dispose() => World.Dispose();
    }
}
