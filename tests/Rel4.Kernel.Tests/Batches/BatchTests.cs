namespace Rel4.Kernel.Tests;

/// <summary>Are the calls in a thread's frame performed as calls, all of them, and no others?</summary>
public sealed unsafe class BatchTests
{
    [Fact]
    public void Layout_OfTheFrame_IsAsDocumented()
    {
        var frame = new BatchFrame();
        Assert.Equal((4096, 128, 64), (sizeof(BatchFrame), sizeof(BatchEntry), sizeof(BatchAnswer)));
        Assert.Equal(64, (byte*)&frame.Completed - (byte*)&frame.Produced);
        Assert.Equal((nint)(&frame), (nint)(&frame.Produced));
        Assert.Equal((nint)(&frame) + 1024 + 128, (nint)BatchFrame.Entry(&frame, 17));
        Assert.Equal((nint)(&frame) + 3072 + 64, (nint)BatchFrame.Answer(&frame, 33));
        Assert.Equal((nint)(&frame) + 4096, (nint)(BatchFrame.Answer(&frame, 15) + 1));
        var entry = new BatchEntry();
        Assert.Equal((8, 16, 40), ((int)((byte*)&entry.Info - (byte*)&entry), (int)((byte*)entry.Caps - (byte*)&entry), (int)((byte*)entry.Words - (byte*)&entry)));
    }

    [Fact]
    public void PerformBatch_SixteenCalls_AreAllAnswered()
    {
        using var batch = new BatchWorld();
        CPtr[] slots = [.. Enumerable.Range(0, BatchFrame.Capacity).Select(_ => batch.World.FreeSlot())];
        foreach (CPtr slot in slots)
            batch.Write(batch.World.Memory, InvocationLabel.UntypedRetype, [(ulong)ObjectType.Endpoint, 0, 0, 0, slot.Value, 1], RootSlot.CNode);
        Assert.Equal(SeL4Error.NoError, batch.Submit());
        for (ulong i = 0; i < BatchFrame.Capacity; i++)
            batch.Is(i, SeL4Error.NoError);
        Assert.All(slots, slot => Assert.Equal(CapType.Endpoint, batch.World.SlotOf(slot)->Cap.Type));
        batch.World.Check();
    }

    [Fact]
    public void PerformBatch_MoreThanTheFrameHolds_GoesRound()
    {
        using var batch = new BatchWorld();
        for (int i = 0; i < 40; i++)
        {
            ulong number = batch.Write(RootSlot.CNode, InvocationLabel.CNodeDelete, [(ulong)(250 + (i % 2 * 1000)), 64]);
            Assert.Equal(SeL4Error.NoError, batch.Submit());
            Assert.Equal(number + 1, batch.Mapped->Completed);
        }
    }

    [Fact]
    public void PerformBatch_Empty_ChangesNothing()
    {
        using var batch = new BatchWorld();
        Assert.Equal(SeL4Error.NoError, batch.Submit());
        Assert.Equal((0UL, 0UL), (batch.Mapped->Completed, batch.Thread.Tcb->BatchCompleted));
        Assert.Equal(ThreadState.Running, batch.Thread.Tcb->State);
    }

    [Fact]
    public void PerformBatch_WithoutAFrame_IsRefused()
    {
        using var batch = new BatchWorld();
        ulong number = batch.Write(RootSlot.CNode, InvocationLabel.CNodeDelete, [250, 64]);
        batch.World.Root.Invoke(RootSlot.Tcb, InvocationLabel.TcbSetBatch).Ok();
        Assert.Equal(SeL4Error.IllegalOperation, batch.Submit());
        Assert.Equal(number, batch.Mapped->Completed);
    }

    [Theory]
    [InlineData(17)]
    [InlineData(1 << 20)]
    [InlineData(ulong.MaxValue)]
    public void PerformBatch_CounterForged_IsRefusedAndPerformsNothing(ulong ahead)
    {
        using var batch = new BatchWorld();
        batch.Write(batch.World.Memory, InvocationLabel.UntypedRetype, [(ulong)ObjectType.Endpoint, 0, 0, 0, 200, 1], RootSlot.CNode);
        batch.Mapped->Produced = ahead;
        Assert.Equal(SeL4Error.RangeError, batch.Submit());
        Assert.Equal((0UL, (ulong)BatchFrame.Capacity), (batch.Thread.Tcb->Context.R10, batch.Thread.Tcb->Context.R8));
        Assert.True(batch.World.SlotOf(200)->IsEmpty);
        batch.Mapped->Produced = 1;
        Assert.Equal(SeL4Error.NoError, batch.Submit());
        Assert.False(batch.World.SlotOf(200)->IsEmpty);
    }

    [Fact]
    public void PerformBatch_CompletedForged_IsNotBelieved()
    {
        using var batch = new BatchWorld();
        batch.Write(RootSlot.CNode, InvocationLabel.CNodeDelete, [250, 64]);
        batch.Mapped->Completed = 7;
        Assert.Equal(SeL4Error.NoError, batch.Submit());
        Assert.Equal((1UL, 1UL), (batch.Mapped->Completed, batch.Thread.Tcb->BatchCompleted));
    }

    [Fact]
    public void SetBatch_FrameWithCalls_BeginsBehindThem()
    {
        using var batch = new BatchWorld();
        batch.Write(batch.World.Memory, InvocationLabel.UntypedRetype, [(ulong)ObjectType.Endpoint, 0, 0, 0, 200, 1], RootSlot.CNode);
        batch.Open();
        Assert.Equal(1UL, batch.Mapped->Completed);
        Assert.Equal(SeL4Error.NoError, batch.Submit());
        Assert.True(batch.World.SlotOf(200)->IsEmpty);
    }

    [Fact]
    public void SetBatch_NoFrameOrOneThatCannotBeWritten_IsRefused()
    {
        using var batch = new BatchWorld();
        StoryThread root = batch.World.Root;
        CPtr readable = root.Given(batch.Frame, CapRights.Read), writable = root.Given(batch.Frame, CapRights.Write);
        root.Invoke(RootSlot.Tcb, InvocationLabel.TcbSetBatch, [], readable).Is(SeL4Error.IllegalOperation);
        root.Invoke(RootSlot.Tcb, InvocationLabel.TcbSetBatch, [], writable).Is(SeL4Error.IllegalOperation);
        root.Invoke(RootSlot.Tcb, InvocationLabel.TcbSetBatch, [], RootSlot.CNode).Is(SeL4Error.IllegalOperation);
        root.Invoke(RootSlot.Tcb, InvocationLabel.TcbSetBatch, [], batch.World.FreeSlot()).Is(SeL4Error.IllegalOperation);
        batch.World.SlotOf(batch.Frame.Original)->Cap.Word0 |= 1UL << 54;
        root.Invoke(RootSlot.Tcb, InvocationLabel.TcbSetBatch, [], batch.Frame).Is(SeL4Error.IllegalOperation);
        batch.World.SlotOf(batch.Frame.Original)->Cap.Word0 &= ~(1UL << 54);
        Assert.Equal((nint)batch.Frame.Address, (nint)batch.Thread.Tcb->BatchFrame.Cap.Address);
    }

    [Fact]
    public void PerformBatch_CallsThatCouldBlock_AreRefusedAndStopNoOther()
    {
        using var batch = new BatchWorld();
        StoryThread root = batch.World.Root, other = batch.World.Thread("other"), caller = batch.World.Thread("caller");
        StoryObject endpoint = batch.World.Endpoint();
        CPtr reply = batch.World.FreeSlot();
        caller.Call(caller.Given(endpoint));
        root.Recv(endpoint);
        root.Invoke(RootSlot.CNode, InvocationLabel.CNodeSaveCaller, [reply.Value, 64]).Ok();
        ulong first = batch.Write(endpoint, 0);
        batch.Write(endpoint, InvocationLabel.UntypedRetype, [(ulong)ObjectType.Endpoint, 0, 0, 0, batch.World.FreeSlot().Value, 1], RootSlot.CNode);
        batch.Write(reply, 0);
        batch.Write(RootSlot.Tcb, InvocationLabel.TcbSuspend);
        batch.Write(RootSlot.Tcb, InvocationLabel.TcbSetBatch);
        batch.Write(other.Original, InvocationLabel.TcbCopyRegisters, [1], RootSlot.Tcb);
        ulong last = batch.Write(other.Original, InvocationLabel.TcbSuspend);
        Assert.Equal(SeL4Error.NoError, batch.Submit());
        for (ulong number = first; number < last; number++)
            batch.Is(number, SeL4Error.IllegalOperation);
        batch.Is(last, SeL4Error.NoError);
        Assert.Equal((ThreadState.Running, ThreadState.Inactive, ThreadState.BlockedOnReply), (root.Tcb->State, other.Tcb->State, caller.Tcb->State));
        batch.World.Check();
    }

    [Fact]
    public void PerformBatch_Notification_IsSignalledOrInvokedAsByACall()
    {
        using var batch = new BatchWorld();
        StoryObject notification = batch.World.Notification();
        CPtr badged = batch.World.Root.Given(notification, badge: 4), readable = batch.World.Root.Given(notification, CapRights.Read);
        ulong signalled = batch.Write(badged, 0), refused = batch.Write(readable, 0);
        ulong registered = batch.Write(notification, InvocationLabel.NotificationRegisterReceiver, [], batch.World.Thread("receiver").Original);
        Assert.Equal(SeL4Error.NoError, batch.Submit());
        batch.Is(signalled, SeL4Error.NoError);
        batch.Is(refused, SeL4Error.InvalidCapability, 0);
        batch.Is(registered, SeL4Error.NoError, 0);
    }

    [Theory]
    [InlineData(false, 15)]
    [InlineData(true, 16)]
    public void PerformBatch_LabelOfAConfiguration_IsItsMethod(bool ofSeveral, ulong label)
    {
        using var batch = new BatchWorld();
        StoryThread other = batch.World.Thread("other");
        batch.World.Kernel.State->Shared->HasLabelsOfSeveral = ofSeveral;
        ulong number = batch.Write(other.Original, (InvocationLabel)label, [64]);
        Assert.Equal(SeL4Error.NoError, batch.Submit());
        batch.Is(number, SeL4Error.NoError);
        Assert.Equal(64UL, other.Tcb->Context.FsBase);
    }

    [Fact]
    public void PerformBatch_LongAnswers_AreCutToSevenWords()
    {
        using var batch = new BatchWorld();
        StoryThread other = batch.World.Thread("other");
        for (int i = 0; i < UserContext.Count; i++)
            (&other.Tcb->Context.Rip)[i] = 0x100 + (ulong)i;
        ulong read = batch.Write(other.Original, InvocationLabel.TcbReadRegisters, [1, UserContext.Count]);
        ulong astray = batch.Write(1UL << 60, InvocationLabel.CNodeDelete, [1, 64]);
        ulong astrayCap = batch.Write(RootSlot.CNode, InvocationLabel.CNodeMove, [200, 64, 2, 64], 1UL << 60);
        ulong second = batch.Write(other.Original, InvocationLabel.TcbSetSpace, [0, 0, 0], RootSlot.CNode, 1UL << 60);
        Assert.Equal(SeL4Error.NoError, batch.Submit());
        (SeL4Error error, ulong[] words) = batch.AnswerTo(read);
        Assert.Equal((SeL4Error.NoError, 7), (error, words.Length));
        Assert.Equal(0x106UL, words[6]);
        batch.Is(astray, SeL4Error.FailedLookup, Errors.Guard(Errors.Destination, 64, 0, 56));
        batch.Is(astrayCap, SeL4Error.FailedLookup, Errors.Guard(Errors.Source, 64, 0, 56));
        batch.Is(second, SeL4Error.FailedLookup, Errors.Guard(Errors.Source, 64, 0, 56));
    }

    [Fact]
    public void PerformBatch_MoreWordsThanAnEntryHas_AreNotThere()
    {
        using var batch = new BatchWorld();
        StoryThread other = batch.World.Thread("other");
        ulong fits = batch.Write(other.Original, InvocationLabel.TcbWriteRegisters, [0, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        ulong tooLong = batch.Write(other.Original, InvocationLabel.TcbWriteRegisters, [0, 10, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        Assert.Equal(SeL4Error.NoError, batch.Submit());
        batch.Is(fits, SeL4Error.NoError);
        batch.Is(tooLong, SeL4Error.TruncatedMessage);
        Assert.Equal((1UL, 2UL, 9UL), (other.Tcb->Context.Rip, other.Tcb->Context.Rsp, other.Tcb->Context.Rdi));
    }

    [Fact]
    public void PerformBatch_FrameTakenAwayByACall_StopsThere()
    {
        using var batch = new BatchWorld();
        batch.Write(RootSlot.CNode, InvocationLabel.CNodeRevoke, [batch.Frame.Original.Value, 64]);
        batch.Write(batch.World.Memory, InvocationLabel.UntypedRetype, [(ulong)ObjectType.Endpoint, 0, 0, 0, 200, 1], RootSlot.CNode);
        Assert.Equal(SeL4Error.NoError, batch.Submit());
        Assert.Equal(0UL, batch.Mapped->Completed);
        Assert.True(batch.World.SlotOf(200)->IsEmpty);
        Assert.Equal(SeL4Error.IllegalOperation, batch.Submit());
        batch.World.Check();
    }

    [Fact]
    public void PerformBatch_DeletesItsOwnThread_StopsThere()
    {
        using var world = new World();
        StoryThread victim = world.Thread("victim");
        using var batch = new BatchWorld(victim, world);
        CPtr own = victim.Given(victim, badge: 0), node = victim.Given(world.Existing(victim.CSpace, "its CSpace"));
        batch.Write(node, InvocationLabel.CNodeDelete, [own.Value, 6]);
        batch.Write(node, InvocationLabel.CNodeDelete, [own.Value, 6]);
        world.Root.CNodeDelete(RootSlot.CNode, victim.Original.Value, 64).Ok();
        world.Kernel.Trap(victim.Tcb, Syscall.PerformBatch, 0, default);
        Assert.Equal((ThreadState.Inactive, 0UL), (victim.Tcb->State, batch.Mapped->Completed));
        world.Check();
    }

    [Theory]
    [InlineData(Syscall.Recv)]
    [InlineData(Syscall.ReplyRecv)]
    public void Wait_WithCalls_PerformsThemFirst(Syscall call)
    {
        using var batch = new BatchWorld();
        StoryObject notification = batch.World.Notification(), endpoint = batch.World.Endpoint();
        CPtr badged = batch.World.Root.Given(notification, badge: 4);
        ulong number = batch.Write(badged, 0);
        batch.World.Kernel.Trap(batch.Thread.Tcb, call, notification.Original.Value, default);
        batch.Is(number, SeL4Error.NoError);
        Assert.Equal((ThreadState.Running, 4UL), (batch.Thread.Tcb->State, batch.Thread.Tcb->Context.Rdi));
        number = batch.Write(RootSlot.CNode, InvocationLabel.CNodeDelete, [250, 64]);
        batch.World.Kernel.Trap(batch.Thread.Tcb, call, endpoint.Original.Value, default);
        Assert.Equal((ThreadState.BlockedOnReceive, number + 1), (batch.Thread.Tcb->State, batch.Mapped->Completed));
    }

    [Fact]
    public void Poll_WithCalls_LeavesThem()
    {
        using var batch = new BatchWorld();
        ulong number = batch.Write(RootSlot.CNode, InvocationLabel.CNodeDelete, [250, 64]);
        batch.Thread.Poll(batch.World.Notification());
        Assert.Equal(number, batch.Mapped->Completed);
    }

    [Fact]
    public void Wait_CounterForged_WaitsAllTheSame()
    {
        using var batch = new BatchWorld();
        batch.Mapped->Produced = 99;
        batch.World.Kernel.Trap(batch.Thread.Tcb, Syscall.Recv, batch.World.Endpoint().Original.Value, default);
        Assert.Equal(ThreadState.BlockedOnReceive, batch.Thread.Tcb->State);
    }

    [Fact]
    public void HandleBatch_ThreadWaits_PerformsItsCallsAndLeavesItsRegisters()
    {
        using var batch = new BatchWorld();
        StoryObject notification = batch.World.Notification();
        CPtr badged = batch.World.Root.Given(notification, badge: 4);
        batch.Thread.Recv(batch.World.Endpoint());
        UserContext before = batch.Thread.Tcb->Context;
        ulong deleted = batch.Write(RootSlot.CNode, InvocationLabel.CNodeDelete, [250, 64]);
        Assert.True(Batch<SimMachine>.HasCalls(batch.Thread.Tcb));
        Assert.True(Kernel<SimMachine>.HandleBatch(batch.World.Kernel.State, batch.Thread.Tcb));
        Assert.False(Batch<SimMachine>.HasCalls(batch.Thread.Tcb));
        batch.Is(deleted, SeL4Error.NoError);
        Assert.Equal((ThreadState.BlockedOnReceive, before), (batch.Thread.Tcb->State, batch.Thread.Tcb->Context));
        Assert.True(batch.World.SlotOf(badged)->Cap.Badge == 4);
    }

    [Fact]
    public void HandleBatch_SignalsTheThreadItself_DeliversTheSignal()
    {
        using var batch = new BatchWorld();
        StoryObject notification = batch.World.Notification();
        CPtr badged = batch.World.Root.Given(notification, badge: 4);
        batch.Thread.Wait(notification);
        ulong number = batch.Write(badged, 0);
        Assert.True(Kernel<SimMachine>.HandleBatch(batch.World.Kernel.State, batch.Thread.Tcb));
        batch.Is(number, SeL4Error.NoError);
        Assert.Equal((ThreadState.Running, 4UL), (batch.Thread.Tcb->State, batch.Thread.Tcb->Context.Rdi));
    }

    [Fact]
    public void PerformBatch_PreemptedInACall_RepeatsThatCall()
    {
        using var batch = new BatchWorld();
        StoryObject endpoint = batch.World.Endpoint();
        for (int i = 0; i < 5; i++)
            batch.World.Root.Given(endpoint, badge: 1 + (ulong)i);
        ulong first = batch.Write(RootSlot.CNode, InvocationLabel.CNodeDelete, [250, 64]);
        ulong revoke = batch.Write(RootSlot.CNode, InvocationLabel.CNodeRevoke, [endpoint.Original.Value, 64]);
        ulong last = batch.Write(RootSlot.CNode, InvocationLabel.CNodeDelete, [251, 64]);
        batch.World.Kernel.PreemptAt(2);
        batch.Submit();
        Assert.Equal((ThreadState.Running, batch.Thread.Tcb->FaultIP), (batch.Thread.Tcb->State, batch.Thread.Tcb->Context.Rip));
        Assert.Equal(revoke, batch.Mapped->Completed);
        Assert.True(DerivationTree.HasChildren(batch.World.SlotOf(endpoint.Original)));
        Assert.Equal(SeL4Error.NoError, batch.Submit());
        Assert.Equal(last + 1, batch.Mapped->Completed);
        Assert.False(DerivationTree.HasChildren(batch.World.SlotOf(endpoint.Original)));
        batch.Is(first, SeL4Error.NoError);
    }

    [Fact]
    public void PerformBatch_PreemptedBetweenCalls_GoesOnWithTheNext()
    {
        using var batch = new BatchWorld();
        for (int i = 0; i < BatchFrame.Capacity; i++)
            batch.Write(RootSlot.CNode, InvocationLabel.CNodeDelete, [250, 64]);
        ulong points = batch.World.Kernel.PreemptionPoints;
        batch.World.Kernel.PreemptAt(1);
        batch.Submit();
        Assert.Equal(2UL, batch.Mapped->Completed);
        Assert.Equal(1UL, batch.World.Kernel.PreemptionPoints - points);
        Assert.Equal(SeL4Error.NoError, batch.Submit());
        Assert.Equal((ulong)BatchFrame.Capacity, batch.Mapped->Completed);
    }

    [Fact]
    public void PerformBatch_SixteenCalls_HaveTwoPreemptionPointsBetween()
    {
        using var batch = new BatchWorld();
        for (int i = 0; i < BatchFrame.Capacity; i++)
            batch.Write(RootSlot.CNode, InvocationLabel.CNodeDelete, [250, 64]);
        ulong points = batch.World.Kernel.PreemptionPoints;
        batch.Submit();
        Assert.Equal(2UL, batch.World.Kernel.PreemptionPoints - points);
    }

    [Theory]
    [InlineData(Syscall.Recv)]
    [InlineData(Syscall.ReplyRecv)]
    public void Wait_Preempted_IsRepeated(Syscall call)
    {
        using var batch = new BatchWorld();
        StoryObject endpoint = batch.World.Endpoint();
        for (int i = 0; i < BatchFrame.Capacity; i++)
            batch.Write(RootSlot.CNode, InvocationLabel.CNodeDelete, [250, 64]);
        batch.World.Kernel.PreemptAt(1);
        batch.World.Kernel.Trap(batch.Thread.Tcb, call, endpoint.Original.Value, default);
        Assert.Equal((ThreadState.Running, batch.Thread.Tcb->FaultIP), (batch.Thread.Tcb->State, batch.Thread.Tcb->Context.Rip));
        Assert.NotEqual(batch.Mapped->Produced, batch.Mapped->Completed);
        batch.World.Kernel.Trap(batch.Thread.Tcb);
        Assert.Equal((ThreadState.BlockedOnReceive, batch.Mapped->Produced), (batch.Thread.Tcb->State, batch.Mapped->Completed));
    }

    [Fact]
    public void PerformBatch_FewerCapabilitiesThanTheCallBefore_AreNotThere()
    {
        using var batch = new BatchWorld();
        ulong[] words = [(ulong)ObjectType.Endpoint, 0, 0, 0, 200, 1];
        ulong first = batch.Write(batch.World.Memory, InvocationLabel.UntypedRetype, words, RootSlot.CNode);
        ulong second = batch.Write(batch.World.Memory, InvocationLabel.UntypedRetype, words);
        Assert.Equal(SeL4Error.NoError, batch.Submit());
        batch.Is(first, SeL4Error.NoError);
        batch.Is(second, SeL4Error.TruncatedMessage);
    }

    [Fact]
    public void PerformBatch_CapabilityBehindThoseSent_IsNotLookedFor()
    {
        using var batch = new BatchWorld();
        StoryThread other = batch.World.Thread("other");
        ulong number = batch.Write(other.Original, InvocationLabel.TcbSetSpace, [0, 0, 0], RootSlot.CNode, RootSlot.VSpace);
        BatchFrame.Entry(batch.Mapped, number)->Caps[2] = 1UL << 60;
        Assert.Equal(SeL4Error.NoError, batch.Submit());
        batch.Is(number, SeL4Error.NoError);
    }

    [Fact]
    public void PerformBatch_WordsBehindAnAnswer_StayAsTheyWere()
    {
        using var batch = new BatchWorld();
        ulong number = batch.Write(RootSlot.CNode, InvocationLabel.CNodeMove, [200, 64, 201, 64], RootSlot.CNode);
        for (int i = 0; i < BatchAnswer.MessageWords; i++)
            BatchFrame.Answer(batch.Mapped, number)->Words[i] = 0xA5;
        Assert.Equal(SeL4Error.NoError, batch.Submit());
        batch.Is(number, SeL4Error.FailedLookup, 1, 2, 64);
        Assert.Equal(0xA5UL, BatchFrame.Answer(batch.Mapped, number)->Words[3]);
    }

    [Fact]
    public void HandleBatch_Preempted_SaysSo()
    {
        using var batch = new BatchWorld();
        for (int i = 0; i < BatchFrame.Capacity; i++)
            batch.Write(RootSlot.CNode, InvocationLabel.CNodeDelete, [250, 64]);
        batch.World.Kernel.PreemptAt(1);
        Assert.False(Kernel<SimMachine>.HandleBatch(batch.World.Kernel.State, batch.Thread.Tcb));
        Assert.True(Kernel<SimMachine>.HandleBatch(batch.World.Kernel.State, batch.Thread.Tcb));
    }

    [Fact]
    public void HasCalls_CounterForgedOrNoFrame_IsFalse()
    {
        using var batch = new BatchWorld();
        Assert.False(Batch<SimMachine>.HasCalls(batch.World.Thread("other").Tcb));
        batch.Mapped->Produced = BatchFrame.Capacity + 1;
        Assert.False(Batch<SimMachine>.HasCalls(batch.Thread.Tcb));
        batch.Mapped->Produced = BatchFrame.Capacity;
        Assert.True(Batch<SimMachine>.HasCalls(batch.Thread.Tcb));
    }
}
