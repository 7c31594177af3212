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
        Assert.Equal(0, stage.World.Kernel.State->Shared->Receivers[stage.Target.Tcb->Receiver].FirstSender);
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

        Assert.Equal(0, slot->FirstSender);

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
        Assert.Equal(1UL, stage.World.Kernel.State->Shared->SenderGeneration);
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
        ushort receiver = (ushort)stage.Root.NotificationRegisterReceiver(stage.Notification, stage.Target).Ok().Words[0];
        Assert.False(stage.World.Kernel.WaitsInKernel(receiver));
        stage.Root.NotificationUnregisterReceiver(stage.Notification).Ok();
        stage.Root.TcbBindNotification(stage.Target, stage.Notification).Ok();
        stage.Root.NotificationRegisterReceiver(stage.Notification, stage.Target).Ok();
        Assert.False(stage.World.Kernel.WaitsInKernel(receiver));
        stage.Root.NotificationUnregisterReceiver(stage.Notification).Ok();
        stage.Target.Recv(stage.Target.Given(stage.Endpoint));
        stage.Root.NotificationRegisterReceiver(stage.Notification, stage.Target).Ok();
        Assert.True(stage.World.Kernel.WaitsInKernel(receiver));
        stage.Root.NotificationUnregisterReceiver(stage.Notification).Ok();
        stage.Root.TcbUnbindNotification(stage.Target).Ok();
        stage.Root.NotificationRegisterReceiver(stage.Notification, stage.Target).Ok();
        Assert.False(stage.World.Kernel.WaitsInKernel(receiver));
        stage.World.Check();
    }

    [Fact]
    public void Bind_ReceiverOfAThreadThatRuns_ShowsSendersThatItRuns()
    {
        using var stage = new Stage();
        ushort receiver = (ushort)stage.Root.NotificationRegisterReceiver(stage.Notification, stage.Target).Ok().Words[0];
        stage.Root.TcbBindNotification(stage.Target, stage.Notification).Ok();
        Assert.False(stage.World.Kernel.WaitsInKernel(receiver));
        stage.Target.Recv(stage.Target.Given(stage.Endpoint));
        Assert.True(stage.World.Kernel.WaitsInKernel(receiver));
        stage.Root.Signal(stage.Root.Given(stage.Notification, badge: 2));
        Assert.False(stage.World.Kernel.WaitsInKernel(receiver));
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
        Assert.Equal(4UL, stage.World.Kernel.State->Shared->Receivers[stage.Target.Tcb->Receiver].MachineData);
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
        ushort receiver = (ushort)stage.Root.NotificationRegisterReceiver(stage.Notification, stage.Target).Ok().Words[0];
        if (bound)
            stage.Target.Recv(stage.Target.Given(stage.Endpoint));
        else
            stage.Target.Wait(stage.Target.Given(stage.Notification));
        stage.World.Kernel.State->Shared->Receivers[receiver].MachineData |= 4;
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
}
