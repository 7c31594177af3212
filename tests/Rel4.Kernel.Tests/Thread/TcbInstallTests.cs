namespace Rel4.Kernel.Tests;

/// <summary>What becomes of a thread's capabilities when they are replaced, and of its registers when they are copied, in odd cases?</summary>
public sealed unsafe class TcbInstallTests
{
    [Fact]
    public void SetSpace_OldRootHoldsMuch_IsPreemptedAndRepeated()
    {
        using var world = new World();
        StoryThread thread = world.Thread("thread");
        CPtr endpoint = world.Endpoint();
        for (int i = 0; i < 6; i++)
            thread.Given(endpoint);
        StoryObject other = world.CNode(3);
        world.Root.CNodeDelete(RootSlot.CNode, thread.CSpace).Ok();
        world.Kernel.PreemptAt(1);
        InvocationResult result = world.Root.TcbSetSpace(thread, CPtr.Null, other, new CNodeCapData(0, 61).Raw, RootSlot.VSpace, 0);
        Assert.True(result.IsPreempted);
        Assert.Equal(CapType.Zombie, thread.Tcb->CSpaceRoot.Cap.Type);
        world.Check();
        for (int i = 0; i < 100 && result.IsPreempted; i++)
            result = world.Root.Repeat();
        result.Ok();
        Assert.True(thread.Tcb->CSpaceRoot.Cap.Address == other.Address);
        world.Check();
    }

    [Fact]
    public void Configure_OldRootHoldsMuch_IsPreemptedAndRepeated()
    {
        using var world = new World();
        StoryThread thread = world.Thread("thread");
        CPtr endpoint = world.Endpoint();
        for (int i = 0; i < 6; i++)
            thread.Given(endpoint);
        StoryObject other = world.CNode(3);
        world.Root.CNodeDelete(RootSlot.CNode, thread.CSpace).Ok();
        world.Kernel.PreemptAt(1);
        InvocationResult result = world.Root.TcbConfigure(
            thread, CPtr.Null, other, new CNodeCapData(0, 61).Raw, RootSlot.VSpace, 0, 0, CPtr.Null);
        Assert.True(result.IsPreempted);
        world.Check();
        for (int i = 0; i < 100 && result.IsPreempted; i++)
            result = world.Root.Repeat();
        result.Ok();
        Assert.True(thread.Tcb->CSpaceRoot.Cap.Address == other.Address);
        Assert.True(thread.Tcb->IpcBufferFrame.IsEmpty);
        world.Check();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void SetSpace_OldRootHeldTheArguments_PutsNothingIn(bool isThreadHeldElsewhere)
    {
        using var world = new World();
        StoryThread thread = world.Thread("thread");
        CPtr node = thread.Given(world.CNode(3)), space = thread.Given(RootSlot.VSpace), own = thread.Given(thread);
        world.Root.CNodeDelete(RootSlot.CNode, thread.CSpace).Ok();
        if (!isThreadHeldElsewhere)
            world.Root.CNodeDelete(RootSlot.CNode, thread).Ok();
        thread.Perform(Syscall.Call, own, new StoryMessage((ulong)InvocationLabel.TcbSetSpace, 0, 0, 0) { Caps = [node, space] });
        if (isThreadHeldElsewhere)
            Assert.True(thread.Tcb->CSpaceRoot.IsEmpty);
        world.Check();
    }

    [Fact]
    public void SetSpace_OldRootHeldTheNewVSpaceOnly_PutsTheRestIn()
    {
        using var world = new World();
        StoryThread thread = world.Thread("thread"), root = world.Root;
        StoryObject outer = world.CNode(6), inner = world.CNode(6), next = world.CNode(3);
        root.CNodeCopy(outer, 1, 6, RootSlot.CNode, inner, 64, CapRights.All).Ok();
        root.CNodeCopy(outer, 2, 6, RootSlot.CNode, RootSlot.VSpace, 64, CapRights.All).Ok();
        root.CNodeCopy(inner, 0, 6, RootSlot.CNode, thread, 64, CapRights.All).Ok();
        root.CNodeCopy(inner, 1, 6, RootSlot.CNode, next, 64, CapRights.All).Ok();
        root.TcbSetSpace(thread, 0, outer, new CNodeCapData(0, 52).Raw, RootSlot.VSpace, 0).Ok();
        root.CNodeDelete(RootSlot.CNode, outer).Ok();
        const ulong Self = 1 << 6, Next = Self + 1, Space = 2 << 6;
        thread.Perform(Syscall.Call, Self, new StoryMessage((ulong)InvocationLabel.TcbSetSpace, 0, 0, 0) { Caps = [Next, Space] });
        Assert.True(thread.Tcb->CSpaceRoot.Cap.Address == next.Address);
        Assert.True(thread.Tcb->VSpaceRoot.IsEmpty);
        world.Check();
    }

    [Fact]
    public void CopyRegisters_FromAThreadThatWaits_GoesOnWhereThatWould()
    {
        using var world = new World();
        StoryThread source = world.Thread("source"), target = world.Thread("target");
        source.Send(source.Given(world.Endpoint()), 1);
        world.Root.TcbCopyRegisters(target, 4, source).Ok();
        Assert.Equal(source.Tcb->FaultIP, target.Tcb->Context.Rip);
        Assert.NotEqual(source.Tcb->Context.Rip, target.Tcb->Context.Rip);
    }

    [Fact]
    public void CopyRegisters_FromTheCaller_GoesOnBehindTheCall()
    {
        using var world = new World();
        StoryThread target = world.Thread("target");
        world.Root.TcbCopyRegisters(target, 4, RootSlot.Tcb).Ok();
        Assert.Equal(world.Root.Tcb->Context.Rip, target.Tcb->Context.Rip);
    }

    [Fact]
    public void ReadRegisters_Sent_SuspendsWithoutAnswer()
    {
        using var world = new World();
        StoryThread target = world.Thread("target");
        world.Root.Perform(Syscall.Send, target, new StoryMessage((ulong)InvocationLabel.TcbReadRegisters, 1, 2));
        target.Is(ThreadState.Inactive);
        world.Root.IsRunnable();
        Assert.Equal((ulong)InvocationLabel.TcbReadRegisters, world.Root.Info.Label);
    }

    [Fact]
    public void Suspend_SentToItself_IsNotAnswered()
    {
        using var world = new World();
        StoryThread thread = world.Thread("thread");
        CPtr own = thread.Given(thread);
        thread.Perform(Syscall.Send, own, new StoryMessage((ulong)InvocationLabel.TcbSuspend));
        thread.Is(ThreadState.Inactive);
        Assert.Equal((ulong)InvocationLabel.TcbSuspend, thread.Info.Label);
        Assert.Equal(thread.Tcb->Context.Rip, thread.Tcb->FaultIP);
    }

    [Fact]
    public void WriteRegisters_None_WritesNone()
    {
        using var world = new World();
        StoryThread target = world.Thread("target");
        UserContext before = target.Tcb->Context;
        world.Root.TcbWriteRegisters(target, 0).Ok();
        Assert.Equal(before, target.Tcb->Context);
        world.Root.Invoke(target, InvocationLabel.TcbWriteRegisters, [0]).Is(SeL4Error.TruncatedMessage);
        world.Root.Invoke(target, InvocationLabel.TcbWriteRegisters, [0, 1]).Is(SeL4Error.TruncatedMessage);
    }

    [Fact]
    public void WriteRegisters_MoreThanThereAre_WritesThoseThereAre()
    {
        using var world = new World();
        StoryThread target = world.Thread("target");
        ulong state = (ulong)target.Tcb->State, handler = target.Tcb->FaultHandler;
        world.Root.TcbWriteRegisters(target, 0, [.. Enumerable.Range(0, UserContext.Count + 4).Select(i => 0x1000UL + (ulong)i)]).Ok();
        Assert.Equal(0x1000UL + UserContext.Count - 1, (&target.Tcb->Context.Rip)[UserContext.Count - 1]);
        Assert.Equal(0x1000UL, target.Tcb->FaultIP);
        Assert.Equal((state, handler), ((ulong)target.Tcb->State, target.Tcb->FaultHandler));
        world.Check();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Rotate_NeighboursInTheTree_KeepTheirPlaces(int first)
    {
        using var world = new World();
        StoryObject node = world.CNode(3);
        CPtr[] copies = [node, world.FreeSlot(), world.FreeSlot(), world.FreeSlot()];
        for (int i = 1; i < copies.Length; i++)
            world.Root.CNodeCopy(RootSlot.CNode, copies[i], 64, RootSlot.CNode, copies[i - 1], 64, CapRights.All).Ok();
        CPtr one = copies[first], other = copies[3 - first];
        world.Root.CNodeRotate(
            RootSlot.CNode, one, 64, new CNodeCapData(0, 5).Raw, RootSlot.CNode, other, 64, new CNodeCapData(0, 6).Raw, RootSlot.CNode, one, 64).Ok();
        world.Check();
        List<ulong> order = [];
        for (Slot* slot = node.Slot; slot != null && order.Count < copies.Length; slot = slot->Next)
            order.Add((ulong)(slot - world.Kernel.RootCNode));

        // A copy comes right behind what it was made from; the two have changed places.
        Assert.Equal([copies[0].Value, copies[2].Value, copies[1].Value, copies[3].Value], order);
    }
}
