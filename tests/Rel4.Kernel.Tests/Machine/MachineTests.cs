namespace Rel4.Kernel.Tests;

/// <summary>Does the core tell its machine what it must, and take its answers?</summary>
public sealed unsafe class MachineTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Raise_NoHandler_IsReportedOrStopsTheThread(bool reports)
    {
        using var world = new World();
        StoryThread thread = world.Thread("thread");
        world.Kernel.Dispatch(thread.Tcb);
        RecordingMachine.Reset(reports: reports);
        Kernel<RecordingMachine>.HandleFault(world.Kernel.State, Fault.UserException(6, 0));
        Assert.Equal(["fault UserException 6"], RecordingMachine.Log);
        thread.Is(reports ? ThreadState.Running : ThreadState.Inactive);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Trap_NumberForDebugging_IsAFaultWhereTheMachineHasNone(bool hasDebugCalls)
    {
        using var world = new World();
        StoryThread thread = world.Thread("thread");
        RecordingMachine.Reset(reports: hasDebugCalls);
        Trap(world, thread, Syscall.DebugHalt, CPtr.Null);
        ulong number = unchecked((ulong)Syscall.DebugHalt);
        Assert.Equal(hasDebugCalls ? ["debug call -11"] : ["debug call -11", $"fault UnknownSyscall {number}"], RecordingMachine.Log);
        thread.Is(hasDebugCalls ? ThreadState.Running : ThreadState.Inactive);
    }

    [Theory]
    [InlineData(Syscall.SetTlsBase, InvocationLabel.Invalid)]
    [InlineData(Syscall.Call, InvocationLabel.TcbSetTlsBase)]
    [InlineData(Syscall.Call, InvocationLabel.TcbCopyRegisters)]
    public void Trap_ReadsOrWritesItsOwnBases_SavesThemBeforeAndLoadsThemBehind(Syscall number, InvocationLabel label)
    {
        const ulong Integer = 8, Base = 0x1000;
        using var world = new World();
        StoryThread thread = world.Thread("thread");
        CPtr own = thread.Given(thread.Original);
        RecordingMachine.Reset();
        Trap(world, thread, number, number == Syscall.Call ? own : Base, label, [label == InvocationLabel.TcbCopyRegisters ? Integer : Base], own);
        ulong now = label == InvocationLabel.TcbCopyRegisters ? 0 : Base;
        string[] stalls = label switch
        {
            InvocationLabel.TcbSetTlsBase => ["stall"],
            InvocationLabel.TcbCopyRegisters => ["stall", "stall"],
            _ => [],
        };
        Assert.Equal([.. stalls, "save registers", $"load registers, FS at {now}"], RecordingMachine.Log);
        Assert.Equal((now, 1UL), (thread.Tcb->Context.FsBase, thread.Tcb->Context.GsBase));
    }

    [Theory]
    [InlineData(CapRights.All, true)]
    [InlineData(CapRights.Write | CapRights.Grant, true)]
    [InlineData(CapRights.Write | CapRights.GrantReply, true)]
    [InlineData(CapRights.Write, false)]
    [InlineData(CapRights.Read | CapRights.Grant | CapRights.GrantReply, false)]
    public void Raise_HandlerByRights_IsToldIfItMayAnswer(CapRights rights, bool isTold)
    {
        using var world = new World();
        StoryThread thread = world.Thread("thread");
        thread.FaultsTo(thread.Given(world.Endpoint(), rights));
        thread.Faults(Fault.UserException(6, 0));
        thread.Is(isTold ? ThreadState.BlockedOnSend : ThreadState.Inactive);
        if (isTold)
            Assert.Equal(rights.HasFlag(CapRights.Grant), thread.Tcb->BlockedFlags.HasFlag(BlockingFlags.Grant));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Recv_CallerUnanswered_IsReportedToIt(bool reports)
    {
        using var talk = new Talk();
        RecordingMachine.Reset(reports: reports);
        Trap(talk.World, talk.Server, Syscall.Recv, talk.FromClients);
        Assert.Equal(["abandoned"], RecordingMachine.Log);
        Assert.Equal(reports, talk.Client.Tcb->IsRunnable);
        Assert.True(talk.Server.Tcb->Caller.IsEmpty);
        talk.World.Check();
    }

    [Fact]
    public void Delete_SavedReplyCapability_IsReportedToTheCaller()
    {
        using var talk = new Talk();
        CPtr root = talk.Server.GivenOwnCSpace(), slot = talk.Server.FreeSlot();
        talk.Server.CNodeSaveCaller(root, slot).Ok();
        RecordingMachine.Reset(reports: true);
        Assert.Equal(Outcome.Done, Deletion<RecordingMachine>.Delete(talk.World.Kernel.State, talk.Server.SlotAt(slot)));
        Assert.Equal(["abandoned"], RecordingMachine.Log);
        talk.Client.Is(ThreadState.Running);
        Assert.True(talk.Server.SlotAt(slot)->IsEmpty);
    }

    [Fact]
    public void Recv_FaultUnanswered_IsNotReported()
    {
        using var world = new World();
        StoryThread thread = world.Thread("thread"), handler = world.Thread("handler");
        StoryObject endpoint = world.Endpoint();
        CPtr from = handler.Given(endpoint);
        thread.FaultsTo(thread.Given(endpoint));
        handler.Recv(from);
        thread.Faults(Fault.UserException(6, 0));
        RecordingMachine.Reset(reports: true);
        Trap(world, handler, Syscall.Recv, from);
        Assert.Empty(RecordingMachine.Log);
        thread.Is(ThreadState.BlockedOnReply);
    }

    [Theory]
    [InlineData(ObjectType.Tcb, CapType.Thread)]
    [InlineData(ObjectType.Page4K, CapType.Frame)]
    [InlineData(ObjectType.Pml4, CapType.VSpace)]
    [InlineData(ObjectType.Endpoint, null)]
    [InlineData(ObjectType.CapTable, null)]
    public void Object_FromRetypeToDeletion_IsToldToTheMachine(ObjectType type, object? told)
    {
        using var world = new World();
        KernelState* kernel = world.Kernel.State;
        CPtr slot = world.FreeSlot(), copy = world.FreeSlot();
        RecordingMachine.Reset();
        Trap(
            world, world.Root, Syscall.Call, world.Memory, InvocationLabel.UntypedRetype,
            [(ulong)type, type == ObjectType.CapTable ? 2UL : 0, 0, 0, slot.Value, 1], RootSlot.CNode);
        Assert.Equal(told is null ? [] : [$"make {told}"], RecordingMachine.Log);

        world.Root.CNodeCopy(RootSlot.CNode, copy, 64, RootSlot.CNode, slot, 64, CapRights.All).Ok();
        RecordingMachine.Reset();
        Deletion<RecordingMachine>.Delete(kernel, world.SlotOf(copy));
        Deletion<RecordingMachine>.Delete(kernel, world.SlotOf(slot));
        string[] stalls = type == ObjectType.Tcb ? ["stall"] : [];
        Assert.Equal(told is null ? [] : [$"finalise {told} Shared", $"finalise {told} Last", .. stalls], RecordingMachine.Log);
    }

    [Fact]
    public void Retype_MemoryOfADevice_IsNeverCleared()
    {
        using var world = new World();
        StoryObject untyped = world.Untyped(13);
        untyped.Slot->Cap = Capability.ToUntyped(untyped.Address, 13, isDevice: true);
        for (int round = 0; round < 2; round++)
        {
            CPtr frame = world.FreeSlot();
            *(ulong*)untyped.Address = 77;
            RecordingMachine.Reset();
            Trap(
                world, world.Root, Syscall.Call, untyped, InvocationLabel.UntypedRetype,
                [(ulong)ObjectType.Page4K, 0, 0, 0, frame.Value, 1], RootSlot.CNode);
            Assert.True(world.SlotOf(frame)->Cap.IsDevice);
            Assert.Equal(["make Frame"], RecordingMachine.Log);
            Assert.Equal(77UL, *(ulong*)untyped.Address);
            world.Root.CNodeDelete(RootSlot.CNode, frame).Ok();
        }
    }

    [Fact]
    public void Send_ReceiversRootIsNowhere_LosesTheCapability()
    {
        using var world = new World();
        StoryThread server = world.Thread("server");
        StoryObject endpoint = world.Endpoint();
        server.ReceivesCapsAt(1UL << 40, 5);
        server.Recv(server.Given(endpoint));
        world.Root.Send(endpoint, new StoryMessage(1) { Caps = [world.Notification()] });
        server.ReceivedCaps(0);
        world.Check();
    }

    [Fact]
    public void Call_FrameOrVSpace_IsTheMachines()
    {
        using var world = new World();
        CPtr frame = world.Frame();
        RecordingMachine.Reset();
        Trap(world, world.Root, Syscall.Call, frame);
        Trap(world, world.Root, Syscall.Call, RootSlot.VSpace);
        Assert.Equal(["invoke Frame", "invoke VSpace"], RecordingMachine.Log);
    }

    [Fact]
    public void Register_ControllerFull_ChangesNothing()
    {
        using var stage = new Stage();
        KernelState* kernel = stage.World.Kernel.State;
        CPtr sender = stage.Root.Given(stage.Notification, badge: 4);
        var before = new MemorySnapshot(stage.World.Kernel);
        RecordingMachine.Reset(isFull: true);
        Trap(stage.World, stage.Root, Syscall.Call, stage.Notification, InvocationLabel.NotificationRegisterReceiver, [], stage.Target);
        Assert.Equal((ulong)SeL4Error.NotEnoughMemory, stage.Root.Info.Label);
        Assert.Equal([0UL], stage.Root.Words(1));
        Assert.Equal(-1, before.FirstChange(stage.Root));

        stage.Root.NotificationRegisterReceiver(stage.Notification, stage.Target).Ok();
        before = new MemorySnapshot(stage.World.Kernel);
        Trap(stage.World, stage.Root, Syscall.Call, sender, InvocationLabel.NotificationRegisterSender, []);
        Assert.Equal((ulong)SeL4Error.NotEnoughMemory, stage.Root.Info.Label);
        Assert.Equal([0UL], stage.Root.Words(1));
        Assert.Equal(-1, before.FirstChange(stage.Root));
    }

    [Fact]
    public void Recv_NothingToReceive_TellsTheMachineThatTheThreadStops()
    {
        using var world = new World();
        StoryThread thread = world.Thread("thread");
        CPtr from = thread.Given(world.Endpoint());
        RecordingMachine.Reset();
        Trap(world, thread, Syscall.Recv, from);
        Assert.True(RecordingMachine.Stopped == thread.Tcb);
    }

    [Fact]
    public void Wait_PostedBetweenTheTwoLooks_IsDeliveredAtOnce()
    {
        using var world = new World();
        StoryThread thread = world.Thread("thread");
        StoryObject notification = world.Notification();
        world.Root.NotificationRegisterReceiver(notification, thread).Ok();
        CPtr wait = thread.Given(notification);
        RecordingMachine.Reset(postsWhenWaiting: 8);
        Trap(world, thread, Syscall.Recv, wait);
        thread.ReceivedSignal(8);
        world.Check();
    }

    [Fact]
    public void Bury_WokenInTheSameEntry_IsNotSwitchedTo()
    {
        using var world = new World();
        KernelState* kernel = world.Kernel.State;
        StoryThread dead = world.Thread("dead", priority: 200);
        StoryObject notification = world.Notification();
        dead.Wait(dead.Given(notification));
        world.Root.TcbSetPriority(RootSlot.Tcb, RootSlot.Tcb, 100).Ok();
        Signals<SimMachine>.Signal(kernel, (Notification*)notification.Address, 1);
        Deletion<SimMachine>.Bury(kernel, dead.Tcb);
        PriorityScheduler.Schedule(kernel);
        world.Runs(world.Root);
        world.Check();
    }

    [Fact]
    public void Unregister_ReceiverWithSenders_ClosesAll()
    {
        using var stage = new Stage();
        stage.Root.NotificationRegisterReceiver(stage.Notification, stage.Target).Ok();
        stage.Root.NotificationRegisterSender(stage.Root.Given(stage.Notification, badge: 4)).Ok();
        stage.Root.NotificationRegisterSender(stage.Root.Given(stage.Notification, badge: 8)).Ok();
        RecordingMachine.Reset();
        Trap(stage.World, stage.Root, Syscall.Call, stage.Notification, InvocationLabel.NotificationUnregisterReceiver, []);
        Assert.Equal(["close sender 2", "close sender 1", "close receiver"], RecordingMachine.Log);
        stage.World.Check();
    }

    [Fact]
    public void SetBatch_MachineHasNone_IsRefusedAndChangesNothing()
    {
        using var stage = new Stage();
        var before = new MemorySnapshot(stage.World.Kernel);
        RecordingMachine.Reset(isFull: true);
        Trap(stage.World, stage.Root, Syscall.Call, stage.Target, InvocationLabel.TcbSetBatch, [], stage.Frame);
        Assert.Equal((ulong)SeL4Error.IllegalOperation, stage.Root.Info.Label);
        Assert.Equal(-1, before.FirstChange(stage.Root));
    }

    [Fact]
    public void UnregisterSender_ThatWasClosed_ReleasesItOnce()
    {
        using var stage = new Stage();
        stage.Root.NotificationRegisterReceiver(stage.Notification, stage.Target).Ok();
        CPtr way = stage.Root.Given(stage.Notification, badge: 4), target = stage.Root.Given(stage.Target);
        ulong handle = stage.Root.TcbRegisterSender(target, way).Ok().Words[0];
        stage.Root.NotificationRegisterSender(stage.Root.Given(stage.Notification, badge: 8)).Ok();
        RecordingMachine.Reset(keepsClosed: true);
        Trap(stage.World, stage.Root, Syscall.Call, RootSlot.CNode, InvocationLabel.CNodeDelete, [way.Value, 64]);
        Assert.Equal(["close sender 1"], RecordingMachine.Log);
        stage.World.Check();

        RecordingMachine.Reset(keepsClosed: true);
        Trap(stage.World, stage.Root, Syscall.Call, target, InvocationLabel.TcbUnregisterSender, [handle]);
        Assert.Equal(0UL, stage.Root.Info.Label);
        Assert.Equal(["stall", "release sender 1"], RecordingMachine.Log);
        Trap(stage.World, stage.Root, Syscall.Call, target, InvocationLabel.TcbUnregisterSender, [handle]);
        Assert.Equal((ulong)SeL4Error.IllegalOperation, stage.Root.Info.Label);
        stage.World.Check();
    }

    [Theory]
    [InlineData(CapRights.ReadWrite, true)]
    [InlineData(CapRights.Write, true)]
    [InlineData(CapRights.Read, false)]
    public void HandleInterrupt_ByRights_SignalsTheBadge(CapRights rights, bool isSignalled)
    {
        using var stage = new Stage();
        Capability handler = Capability.ToNotification(stage.Notification.Address).WithData(16).WithRights(rights);
        Kernel<RecordingMachine>.HandleInterrupt(stage.World.Kernel.State, handler);
        Assert.Equal(isSignalled ? 16UL : 0, ((Notification*)stage.Notification.Address)->Word);
        var before = new MemorySnapshot(stage.World.Kernel);
        Kernel<RecordingMachine>.HandleInterrupt(stage.World.Kernel.State, Capability.ToEndpoint(stage.Endpoint.Address).WithData(16));
        Kernel<RecordingMachine>.HandleInterrupt(stage.World.Kernel.State, default);
        Assert.Equal(-1, before.FirstChange(stage.Root));
        stage.World.Check();
    }

    [Fact]
    public void HandleInterrupt_MoreImportantThreadWaits_SwitchesToIt()
    {
        using var world = new World();
        StoryThread driver = world.Thread("driver", priority: 200);
        StoryObject notification = world.Notification();
        driver.Wait(driver.Given(notification));
        world.Root.TcbSetPriority(RootSlot.Tcb, RootSlot.Tcb, 100).Ok();
        Kernel<SimMachine>.HandleInterrupt(world.Kernel.State, Capability.ToNotification(notification.Address).WithData(2));
        world.Runs(driver);
    }

    [Fact]
    public void Bury_BusyThread_LeavesNothingOfIt()
    {
        using var world = new World();
        StoryThread dead = world.Thread("dead"), client = world.Thread("client"), sender = world.Thread("sender");
        StoryObject endpoint = world.Endpoint(), notification = world.Notification();
        CPtr from = dead.Given(endpoint);
        world.Root.NotificationRegisterReceiver(notification, dead).Ok();
        var handle = new SenderHandle(sender.NotificationRegisterSender(sender.Given(notification, badge: 4)).Ok().Words[0]);
        dead.NotificationRegisterSender(dead.Given(notification, badge: 8)).Ok();
        dead.Recv(from);
        client.Call(client.Given(endpoint), 1);
        Assert.True(sender.Post(handle));
        dead.Recv(from);
        ulong rdi = dead.Tcb->Context.Rdi;

        Deletion<SimMachine>.Bury(world.Kernel.State, dead.Tcb);
        dead.Is(ThreadState.Inactive);
        Assert.Equal(rdi, dead.Tcb->Context.Rdi);
        Assert.Equal((0, 0, 0U), ((nint)dead.Tcb->ReceivedNotification, (int)dead.Tcb->FirstSender, dead.Tcb->FirstOfReceiver));
        Assert.True(dead.Tcb->Caller.IsEmpty);
        Assert.Equal(4UL, ((Notification*)notification.Address)->Word);
        Assert.False(sender.Post(handle));
        world.Check();
    }

    [Fact]
    public void Bury_CallerUnanswered_IsReportedToIt()
    {
        using var talk = new Talk();
        RecordingMachine.Reset(reports: true);
        Deletion<RecordingMachine>.Bury(talk.World.Kernel.State, talk.Server.Tcb);
        Assert.Contains("abandoned", RecordingMachine.Log);
        talk.Client.Is(ThreadState.Running);
        Assert.True(talk.Server.Tcb->Caller.IsEmpty);
    }

    [Fact]
    public void Bury_Running_IsStoppedBeforeWhatIsPendingIsSignalled()
    {
        using var world = new World();
        StoryThread dead = world.Thread("dead"), sender = world.Thread("sender");
        StoryObject notification = world.Notification();
        world.Root.NotificationRegisterReceiver(notification, dead).Ok();
        world.Root.TcbBindNotification(dead, notification).Ok();
        dead.Recv(dead.Given(world.Endpoint()));
        ulong rdi = dead.Tcb->Context.Rdi;
        SimReceiver.Of(dead.Tcb)->Pending = 4;
        Deletion<SimMachine>.Bury(world.Kernel.State, dead.Tcb);
        dead.Is(ThreadState.Inactive);
        Assert.Equal(rdi, dead.Tcb->Context.Rdi);
        Assert.Equal(4UL, ((Notification*)notification.Address)->Word);
    }

    [Fact]
    public void Empty_Node_DeletesItsCapabilitiesAndNoOthers()
    {
        using var world = new World();
        StoryObject endpoint = world.Endpoint(), node = world.CNode(2), behind = world.CNode(2);
        for (ulong i = 0; i < 4; i++)
        {
            world.Root.CNodeCopy(node, i, 2, RootSlot.CNode, endpoint, 64, CapRights.All).Ok();
            world.Root.CNodeCopy(behind, i, 2, RootSlot.CNode, endpoint, 64, CapRights.All).Ok();
        }

        ulong emptied = 0;
        Assert.Equal(Outcome.Done, Deletion<SimMachine>.Empty(world.Kernel.State, node.Slot->Cap, ref emptied));
        for (int i = 0; i < 4; i++)
        {
            Assert.True(((Slot*)node.Address)[i].IsEmpty);
            Assert.False(((Slot*)behind.Address)[i].IsEmpty);
        }

        world.Check();
    }

    [Fact]
    public void Empty_HoldsAContainer_IsPreemptedAndRepeated()
    {
        using var world = new World();
        StoryObject node = world.CNode(2), inner = world.CNode(3);
        CPtr endpoint = world.Endpoint();
        for (ulong i = 0; i < 4; i++)
            world.Root.CNodeCopy(inner, i, 3, RootSlot.CNode, endpoint, 64, CapRights.All).Ok();
        world.Root.CNodeMove(node, 1, 2, RootSlot.CNode, inner, 64).Ok();
        ulong emptied = 0;
        // The first is behind the empty slot, the second within the container.
        world.Kernel.PreemptAt(2);
        Assert.Equal(Outcome.Preempted, Deletion<SimMachine>.Empty(world.Kernel.State, node.Slot->Cap, ref emptied));
        Assert.Equal(1UL, emptied);
        world.Check();
        Assert.Equal(Outcome.Done, Deletion<SimMachine>.Empty(world.Kernel.State, node.Slot->Cap, ref emptied));
        Assert.True(((Slot*)node.Address)[1].IsEmpty);
        world.Check();
    }

    /// <summary>Makes a system call on the recording machine.</summary>
    private static void Trap(
        World world, StoryThread thread, Syscall number, CPtr capability, InvocationLabel label = 0, ulong[]? words = null, params CPtr[] caps)
    {
        world.Kernel.Dispatch(thread.Tcb);
        for (int i = 0; i < (words?.Length ?? 0); i++)
            Message.SetWord(&thread.Tcb->Context, thread.Buffer, (uint)i, words![i]);
        for (int i = 0; i < caps.Length; i++)
            thread.Buffer->CapsOrBadges[i] = caps[i].Value;
        thread.Tcb->Context.Rdx = (ulong)number;
        thread.Tcb->Context.Rdi = capability.Value;
        thread.Tcb->Context.Rsi = new MessageInfo((ulong)label, 0, (uint)caps.Length, (uint)(words?.Length ?? 0)).Raw;
        Kernel<RecordingMachine>.HandleSystemCall(world.Kernel.State);
    }

    /// <summary>Is a client whose call the server has taken.</summary>
    private sealed class Talk : IDisposable
    {
        public Talk()
        {
            Client = World.Thread("client");
            Server = World.Thread("server");
            StoryObject endpoint = World.Endpoint();
            FromClients = Server.Given(endpoint);
            Server.Recv(FromClients);
            Client.Call(Client.Given(endpoint), 1);
            Client.Is(ThreadState.BlockedOnReply);
        }

        public World World { get; } = new();

        public StoryThread Client { get; }

        public StoryThread Server { get; }

        public CPtr FromClients { get; }

        public void Dispose() => World.Dispose();
    }
}
