namespace Rel4.Kernel.Tests;

/// <summary>Do the chains of senders hold together, whichever goes first?</summary>
public sealed unsafe class RegistrationChainTests
{
    /// <summary>Gets the orders in which three things can go.</summary>
    public static TheoryData<int, int, int> Orders => new() { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };

    [Theory]
    [MemberData(nameof(Orders))]
    public void Unregister_SendersOfOneThread_InAnyOrder(int first, int second, int third)
    {
        using var stage = new Stage();
        StoryThread sender = stage.World.Thread("sender");
        stage.Root.NotificationRegisterReceiver(stage.Notification, stage.Target).Ok();
        CPtr[] ways = [.. new ulong[] { 1, 2, 4 }.Select(badge => sender.Given(stage.Notification, badge: badge))];
        var handles = Array.ConvertAll(ways, way => new SenderHandle(sender.NotificationRegisterSender(way).Ok().Words[0]));
        stage.World.Check();
        foreach (int way in new[] { first, second, third })
        {
            sender.NotificationUnregisterSender(ways[way]).Ok();
            stage.World.Check();
            Assert.False(sender.Post(handles[way]));
            sender.NotificationUnregisterSender(ways[way]).Is(SeL4Error.IllegalOperation);
        }

        Assert.Equal(0, sender.Tcb->FirstSender);
        Assert.Equal(0U, stage.Target.Tcb->FirstOfReceiver);
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void Unregister_SendersThroughOneCapability_InAnyOrder(int first, int second, int third)
    {
        using var stage = new Stage();
        stage.Root.NotificationRegisterReceiver(stage.Notification, stage.Target).Ok();
        CPtr way = stage.Root.Given(stage.Notification, badge: 4);
        Slot* slot = stage.World.SlotOf(way);
        StoryThread[] senders = [Sharing("first"), Sharing("second"), Sharing("third")];
        foreach (StoryThread sender in senders)
        {
            sender.NotificationRegisterSender(way).Ok();
            stage.World.Check();
        }

        foreach (int sender in new[] { first, second, third })
        {
            senders[sender].NotificationUnregisterSender(way).Ok();
            stage.World.Check();
            Assert.Equal(0, senders[sender].Tcb->FirstSender);
        }

        Assert.Equal(0U, slot->FirstSender);

        StoryThread Sharing(string name)
        {
            StoryThread thread = stage.World.Thread(name);
            ulong guard = new CNodeCapData(0, 56).Raw;
            stage.Root.TcbSetSpace(thread, CPtr.Null, RootSlot.CNode, guard, RootSlot.VSpace, 0).Ok();
            return thread;
        }
    }

    [Fact]
    public void RegisterSender_Twice_GivesTheSameHandle()
    {
        using var stage = new Stage();
        stage.Root.NotificationRegisterReceiver(stage.Notification, stage.Target).Ok();
        CPtr way = stage.Root.Given(stage.Notification, badge: 4);
        ulong handle = stage.Root.NotificationRegisterSender(way).Ok().Words[0];
        Assert.Equal(handle, stage.Root.NotificationRegisterSender(way).Ok().Words[0]);
        Assert.Equal(1U, stage.World.Kernel.State->Shared->SenderGeneration);
        stage.World.Check();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void RegisterReceiver_OthersWaitToo_IsRefused(bool isFirst)
    {
        using var stage = new Stage();
        StoryThread other = stage.World.Thread("other");
        CPtr wait = stage.Target.Given(stage.Notification), otherWait = other.Given(stage.Notification);
        if (isFirst)
            stage.Target.Wait(wait);
        other.Wait(otherWait);
        if (!isFirst)
            stage.Target.Wait(wait);
        stage.Root.NotificationRegisterReceiver(stage.Notification, stage.Target).Is(SeL4Error.IllegalOperation);
    }

    [Fact]
    public void RegisterReceiver_WaitsElsewhereOrNot_ShowsSendersWhatHolds()
    {
        using var stage = new Stage();
        stage.Root.NotificationRegisterReceiver(stage.Notification, stage.Target).Ok();
        Assert.False(SimKernel.WaitsInKernel(stage.Target.Tcb));
        stage.Root.NotificationUnregisterReceiver(stage.Notification).Ok();
        stage.Root.TcbBindNotification(stage.Target, stage.Notification).Ok();
        stage.Root.NotificationRegisterReceiver(stage.Notification, stage.Target).Ok();
        Assert.False(SimKernel.WaitsInKernel(stage.Target.Tcb));
        stage.Root.NotificationUnregisterReceiver(stage.Notification).Ok();
        stage.Target.Recv(stage.Target.Given(stage.Endpoint));
        stage.Root.NotificationRegisterReceiver(stage.Notification, stage.Target).Ok();
        Assert.True(SimKernel.WaitsInKernel(stage.Target.Tcb));
        stage.Root.NotificationUnregisterReceiver(stage.Notification).Ok();
        stage.Root.TcbUnbindNotification(stage.Target).Ok();
        stage.Root.NotificationRegisterReceiver(stage.Notification, stage.Target).Ok();
        Assert.False(SimKernel.WaitsInKernel(stage.Target.Tcb));
        stage.World.Check();
    }

    [Fact]
    public void Bind_ReceiverOfAThreadThatRuns_ShowsSendersThatItRuns()
    {
        using var stage = new Stage();
        stage.Root.NotificationRegisterReceiver(stage.Notification, stage.Target).Ok();
        stage.Root.TcbBindNotification(stage.Target, stage.Notification).Ok();
        Assert.False(SimKernel.WaitsInKernel(stage.Target.Tcb));
        stage.Target.Recv(stage.Target.Given(stage.Endpoint));
        Assert.True(SimKernel.WaitsInKernel(stage.Target.Tcb));
        stage.Root.Signal(stage.Root.Given(stage.Notification, badge: 2));
        Assert.False(SimKernel.WaitsInKernel(stage.Target.Tcb));
    }

    [Fact]
    public void Post_UnboundWhileItReceives_StaysPending()
    {
        using var stage = new Stage();
        stage.Root.NotificationRegisterReceiver(stage.Notification, stage.Target).Ok();
        stage.Root.TcbBindNotification(stage.Target, stage.Notification).Ok();
        var handle = new SenderHandle(stage.Root.NotificationRegisterSender(stage.Root.Given(stage.Notification, badge: 4)).Ok().Words[0]);
        stage.Target.Recv(stage.Target.Given(stage.Endpoint));
        stage.Root.TcbUnbindNotification(stage.Target).Ok();
        Assert.True(stage.Root.Post(handle));
        stage.Target.Is(ThreadState.BlockedOnReceive);
        Assert.Equal(4UL, SimReceiver.Of(stage.Target.Tcb)->Pending);
        stage.World.Check();
    }

    /// <summary>On Hosted a sender may have written a signal and not rung yet, while the receiver still waits.</summary>
    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public void Delete_ReceiverThatWaitsWithASignalPending_LeavesItToTheNotification(bool suspended, bool bound)
    {
        using var stage = new Stage();
        if (bound)
            stage.Root.TcbBindNotification(stage.Target, stage.Notification).Ok();
        stage.Root.NotificationRegisterReceiver(stage.Notification, stage.Target).Ok();
        if (bound)
            stage.Target.Recv(stage.Target.Given(stage.Endpoint));
        else
            stage.Target.Wait(stage.Target.Given(stage.Notification));
        SimReceiver.Of(stage.Target.Tcb)->Pending |= 4;
        if (suspended)
            stage.Root.TcbSuspend(stage.Target).Ok();

        stage.Root.CNodeDelete(RootSlot.CNode, stage.Target.Original).Ok();

        stage.World.Check();
        stage.Root.Poll(stage.Notification);
        stage.Root.ReceivedSignal(4);
    }

    [Fact]
    public void RegisterReceiver_UnbadgedSignalBefore_IsTakenByTheNextWait()
    {
        using var stage = new Stage();
        stage.Root.Signal(stage.Notification);
        stage.Root.NotificationRegisterReceiver(stage.Notification, stage.Target).Ok();
        stage.Target.Wait(stage.Target.Given(stage.Notification));
        stage.Target.ReceivedSignal(0);
        stage.World.Check();
    }

    [Fact]
    public void UnregisterSender_ByHandle_EndsItOnce()
    {
        using var stage = new Stage();
        StoryThread sender = stage.World.Thread("sender"), other = stage.World.Thread("other");
        stage.Root.NotificationRegisterReceiver(stage.Notification, stage.Target).Ok();
        SenderHandle handle = Register(sender, sender.Given(stage.Notification, badge: 4)), kept = Register(sender, sender.Given(stage.Notification, badge: 8));
        Unregister(other, handle).Is(SeL4Error.IllegalOperation);
        Unregister(sender, new SenderHandle(handle.Index, handle.Generation + 1)).Is(SeL4Error.IllegalOperation);
        Unregister(sender, new SenderHandle(handle.Index, handle.Generation + (1UL << 32))).Is(SeL4Error.IllegalOperation);
        Unregister(sender, new SenderHandle(ushort.MaxValue, handle.Generation)).Is(SeL4Error.IllegalOperation);
        Unregister(sender, new SenderHandle(0, 0)).Is(SeL4Error.IllegalOperation);
        Assert.True(sender.Post(handle));

        Unregister(sender, handle).Ok();

        Unregister(sender, handle).Is(SeL4Error.IllegalOperation);
        Assert.Equal((false, true), (sender.Post(handle), sender.Post(kept)));
        stage.World.Check();

        InvocationResult Unregister(StoryThread thread, SenderHandle named) =>
            stage.Root.Invoke(stage.Root.Given(thread), InvocationLabel.TcbUnregisterSender, [named.Raw]);
    }

    [Fact]
    public void RegisterSender_ManyThroughOneCapability_StopsAtItsShareAndACopyHelps()
    {
        using var world = new World(new SimOptions(MemoryBits: 21, RootCNodeBits: 11, Senders: 600));
        StoryObject notification = world.Notification();
        StoryThread receiver = world.Thread("receiver");
        world.Root.NotificationRegisterReceiver(notification, receiver).Ok();
        CPtr way = world.Root.Given(notification, badge: 4), copy = world.Root.Given(way);
        for (int i = 0; i < 256; i++)
            world.Root.TcbRegisterSender(world.Make(ObjectType.Tcb, 0, "sender"), way).Ok();
        StoryObject one = world.Make(ObjectType.Tcb, 0, "sender");
        world.Root.TcbRegisterSender(one, way).Is(SeL4Error.NotEnoughMemory, 0);
        world.Root.TcbRegisterSender(one, copy).Ok();
        world.Check();

        world.Root.CNodeDelete(RootSlot.CNode, way).Ok();
        world.Root.TcbRegisterSender(one, copy).Ok();
        Assert.NotEqual(0U, receiver.Tcb->FirstOfReceiver);
        world.Root.CNodeDelete(RootSlot.CNode, copy).Ok();
        Assert.Equal(0U, receiver.Tcb->FirstOfReceiver);
        world.Check();
    }

    [Fact]
    public void RegisterSender_SlotBeyondWhatLinksReach_IsNotEnoughMemory()
    {
        using var stage = new Stage();
        SharedState* shared = stage.World.Kernel.State->Shared;
        stage.Root.NotificationRegisterReceiver(stage.Notification, stage.Target).Ok();
        CPtr way = stage.Root.Given(stage.Notification, badge: 4);
        byte* region = shared->Region;
        shared->Region = (byte*)stage.World.SlotOf(way) - SenderLinks.Reach;
        Refusal refusal = UserInterrupts<SimMachine>.RegisterSender(stage.World.Kernel.State, stage.Root.Tcb, stage.World.SlotOf(way), out _);
        shared->Region = region;
        Assert.True(refusal.IsGiven(out _));
        stage.World.Check();
        Assert.True(SenderLinks.Reaches(shared, region + SenderLinks.Reach - 1));
        Assert.False(SenderLinks.Reaches(shared, region + SenderLinks.Reach));
    }

    /// <remarks>Capabilities to notifications can be moved, but neither mutated nor rotated.</remarks>
    [Fact]
    public void Move_SendersCapabilityToASlotBeyondWhatLinksReach_EndsItsSendersFirst()
    {
        using var stage = new Stage();
        SharedState* shared = stage.World.Kernel.State->Shared;
        stage.Root.NotificationRegisterReceiver(stage.Notification, stage.Target).Ok();
        CPtr way = stage.Root.Given(stage.Notification, badge: 4), beyond = stage.World.FreeSlot();
        byte* region = shared->Region;
        shared->Region = (byte*)stage.World.SlotOf(beyond) - SenderLinks.Reach;
        StoryThread[] senders = [stage.World.Thread("first"), stage.World.Thread("second")];
        foreach (StoryThread sender in senders)
            stage.Root.TcbRegisterSender(sender, way).Ok();

        stage.World.Kernel.PreemptAt(1);
        stage.Root.Perform(Syscall.Call, RootSlot.CNode, new StoryMessage((ulong)InvocationLabel.CNodeMove, beyond.Value, 64, way.Value, 64) { Caps = [RootSlot.CNode] });
        Assert.Equal((1, true), (senders.Count(sender => sender.Tcb->FirstSender != 0), stage.World.SlotOf(beyond)->IsEmpty));
        stage.Root.CNodeMove(RootSlot.CNode, beyond, 64, RootSlot.CNode, way, 64).Ok();

        shared->Region = region;
        Assert.Equal(CapType.Notification, stage.World.SlotOf(beyond)->Cap.Type);
        Assert.Equal(0U, stage.Target.Tcb->FirstOfReceiver);
        stage.World.Check();
    }

    [Fact]
    public void RegisterSender_AfterTheLastGeneration_BeginsAnewWithoutNone()
    {
        using var stage = new Stage();
        stage.Root.NotificationRegisterReceiver(stage.Notification, stage.Target).Ok();
        stage.World.Kernel.State->Shared->SenderGeneration = uint.MaxValue;
        SenderHandle handle = Register(stage.Root, stage.Root.Given(stage.Notification, badge: 4));
        Assert.Equal(1UL, handle.Generation);
        Assert.True(stage.Root.Post(handle));
    }

    [Fact]
    public void Delete_ReceiversCapabilityThatIsNotItsLast_LeavesItsSenders()
    {
        using var stage = new Stage();
        stage.Root.NotificationRegisterReceiver(stage.Notification, stage.Target).Ok();
        SenderHandle handle = Register(stage.Root, stage.Root.Given(stage.Notification, badge: 4));
        stage.Root.CNodeDelete(RootSlot.CNode, stage.Root.Given(stage.Target)).Ok();
        Assert.True(stage.Root.Post(handle));
        stage.World.Check();
    }

    /// <remarks>The deletion of a CNode inside another brings the inner one's first capability to the place where its own was. There is a preemption point behind each sender, and each slot.</remarks>
    [Theory]
    [InlineData(1, 20)]
    [InlineData(0, 1)]
    public void Delete_CNodeWhoseInnerOneBeginsWithASendersCapability_EndsItsSenders(ulong preemptedAt, int pieces)
    {
        using var stage = new Stage();
        StoryObject outer = stage.World.CNode(4), inner = stage.World.CNode(4);
        stage.Root.NotificationRegisterReceiver(stage.Notification, stage.Target).Ok();
        CPtr way = stage.Root.Given(stage.Notification, badge: 4);
        StoryThread[] senders = [stage.World.Thread("first"), stage.World.Thread("second")];
        var handles = Array.ConvertAll(senders, sender => new SenderHandle(stage.Root.TcbRegisterSender(sender, way).Ok().Words[0]));
        stage.Root.CNodeMove(inner, 0, 4, RootSlot.CNode, way, 64).Ok();
        stage.Root.CNodeMove(outer, 1, 4, RootSlot.CNode, inner, 64).Ok();
        Assert.True(senders[0].Post(handles[0]));

        Outcome outcome;
        int count = 0;
        do
        {
            stage.World.Kernel.PreemptAt(preemptedAt);
            outcome = Deletion<SimMachine>.Delete(stage.World.Kernel.State, outer.Slot);
            count++;
            stage.World.Check();
        }
        while (outcome != Outcome.Done);

        Assert.Equal(pieces, count);
        Assert.False(senders[0].Post(handles[0]) || senders[1].Post(handles[1]));
        Assert.Equal(0U, stage.Target.Tcb->FirstOfReceiver);
    }

    [Fact]
    public void Delete_CapabilityWithManySenders_IsPreemptedBetweenThem()
    {
        using var stage = new Stage();
        stage.Root.NotificationRegisterReceiver(stage.Notification, stage.Target).Ok();
        CPtr way = stage.Root.Given(stage.Notification, badge: 4);
        Slot* slot = stage.World.SlotOf(way);
        StoryThread[] senders = [stage.World.Thread("first"), stage.World.Thread("second"), stage.World.Thread("third")];
        foreach (StoryThread sender in senders)
            stage.Root.TcbRegisterSender(sender, way).Ok();
        for (int left = 2; left >= 0; left--)
        {
            stage.World.Kernel.PreemptAt(1);
            Assert.Equal(Outcome.Preempted, Deletion<SimMachine>.Delete(stage.World.Kernel.State, slot));
            Assert.Equal(left, senders.Count(sender => sender.Tcb->FirstSender != 0));
            Assert.False(slot->IsEmpty);
            stage.World.Check();
        }

        stage.World.Kernel.PreemptAt(0);
        Assert.Equal(Outcome.Done, Deletion<SimMachine>.Delete(stage.World.Kernel.State, slot));
        Assert.True(slot->IsEmpty);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void EndReceiver_WithManySenders_IsPreemptedBetweenThem(bool byDeath)
    {
        using var stage = new Stage();
        stage.Root.NotificationRegisterReceiver(stage.Notification, stage.Target).Ok();
        SenderHandle[] handles = [.. new ulong[] { 1, 2, 4 }.Select(badge => Register(stage.Root, stage.Root.Given(stage.Notification, badge: badge)))];
        Tcb* target = stage.Target.Tcb;
        int pieces = 0;
        for (bool isDone = false; !isDone; pieces++)
        {
            stage.World.Kernel.PreemptAt(1);
            isDone = byDeath
                ? Deletion<SimMachine>.Delete(stage.World.Kernel.State, stage.World.SlotOf(stage.Target.Original)) == Outcome.Done
                : UserInterrupts<SimMachine>.UnregisterReceiver(stage.World.Kernel.State, target) == Outcome.Done;
            if (pieces < 2)
            {
                Assert.Equal((false, 2 - pieces), (isDone, handles.Count(stage.Root.Post)));
                Assert.True(target->ReceivedNotification != null);
                stage.World.Check();
            }
        }

        stage.World.Kernel.PreemptAt(0);
        Assert.True(pieces >= 3 && target->ReceivedNotification == null);
        stage.World.Check();
    }

    private static SenderHandle Register(StoryThread thread, CPtr way) => new(thread.NotificationRegisterSender(way).Ok().Words[0]);
}
