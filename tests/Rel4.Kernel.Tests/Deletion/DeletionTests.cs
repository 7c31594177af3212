namespace Rel4.Kernel.Tests;

/// <summary>Does deletion reclaim everything, however capabilities contain each other?</summary>
public sealed unsafe class DeletionTests : IDisposable
{
    private readonly World _world = new();

    private StoryThread Root => _world.Root;

    public void Dispose()
    {
        _world.Check();
        _world.Dispose();
    }

    [Fact]
    public void Delete_CNodeInCNode_IsUnreachableUntilItsMemoryIsRevoked()
    {
        // The manual's footnote in "Deletion, Revocation, and Recycling": the recursion is limited.
        StoryObject untyped = _world.Untyped(12), endpoint = _world.Endpoint();
        CPtr outer = _world.FreeSlot(), inner = _world.FreeSlot();
        Root.UntypedRetype(untyped, ObjectType.CapTable, 4, RootSlot.CNode, 0, 0, outer.Value, 2).Ok();
        Root.CNodeCopy(inner, 3, 4, RootSlot.CNode, endpoint, 64, CapRights.All).Ok();
        Root.CNodeMove(outer, 7, 4, RootSlot.CNode, inner, 64).Ok();
        Root.CNodeDelete(RootSlot.CNode, outer).Ok();
        Assert.True(_world.SlotOf(outer)->IsEmpty);
        Assert.True(DerivationTree.HasChildren(endpoint.Slot));
        _world.Check();
        Root.CNodeRevoke(RootSlot.CNode, untyped).Ok();
        Assert.False(DerivationTree.HasChildren(endpoint.Slot));
        Retype(untyped, 12);
    }

    [Fact]
    public void Empty_PreemptedAtEveryPoint_GoesOnWhereItStopped()
    {
        StoryObject node = _world.CNode(6), inner = _world.CNode(2), endpoint = _world.Endpoint();
        Root.CNodeCopy(node, 63, 6, RootSlot.CNode, endpoint, 64, CapRights.All).Ok();
        Root.CNodeMove(node, 5, 6, RootSlot.CNode, inner, 64).Ok();
        ulong emptied = 0;
        int pieces = 0;
        do
        {
            _world.Kernel.PreemptAt(1);
            pieces++;
        }
        while (Deletion<SimMachine>.Empty(_world.Kernel.State, node.Slot->Cap, ref emptied) != Outcome.Done);
        _world.Kernel.PreemptAt(0);

        // One for each slot, one that finds nothing left, and those of the CNode inside.
        Assert.InRange(pieces, 64 + 1, 64 + 1 + 4);
        Assert.All(Enumerable.Range(0, 64), i => Assert.True(node.Slot->Cap.Slots[i].IsEmpty));
    }

    [Fact]
    public void Delete_CNodeWithLastCapabilityToThread_EndsBoth()
    {
        StoryObject outer = _world.CNode(4), thread = _world.Make(ObjectType.Tcb, 0, "thread");
        Root.CNodeMove(outer, 7, 4, RootSlot.CNode, thread, 64).Ok();
        Root.CNodeDelete(RootSlot.CNode, outer).Ok();
        Assert.True(outer.Slot->IsEmpty);
        _world.Check();
    }

    [Fact]
    public void Delete_CNodeThatContainsItself_EmptiesIt()
    {
        StoryObject node = _world.CNode(4);
        CPtr copy = Root.Given(node);
        Root.CNodeMove(node, 9, 4, RootSlot.CNode, copy, 64).Ok();
        Root.CNodeDelete(RootSlot.CNode, node).Ok();
        Assert.True(node.Slot->IsEmpty);
        _world.Check();
        Root.CNodeRevoke(RootSlot.CNode, _world.Memory).Ok();
    }

    [Fact]
    public void Delete_OnlyCapabilityToCNodeInItself_IsReachedByRevoke()
    {
        StoryObject untyped = _world.Untyped(12);
        CPtr slot = _world.FreeSlot();
        Root.UntypedRetype(untyped, ObjectType.CapTable, 4, RootSlot.CNode, 0, 0, slot.Value, 1).Ok();
        Root.CNodeMove(slot, 2, 4, RootSlot.CNode, slot, 64).Ok();
        _world.Check();
        Root.CNodeRevoke(RootSlot.CNode, untyped).Ok();
        Assert.False(DerivationTree.HasChildren(untyped.Slot));
        Retype(untyped, 12);
    }

    [Fact]
    public void Delete_TwoCNodesInEachOther_AreReachedByRevoke()
    {
        StoryObject untyped = _world.Untyped(12);
        CPtr first = _world.FreeSlot(), second = _world.FreeSlot();
        Root.UntypedRetype(untyped, ObjectType.CapTable, 4, RootSlot.CNode, 0, 0, first.Value, 2).Ok();
        CPtr copy = Root.Given(first);
        Root.CNodeMove(second, 2, 4, RootSlot.CNode, copy, 64).Ok();
        Root.CNodeMove(first, 2, 4, RootSlot.CNode, second, 64).Ok();
        Root.CNodeDelete(RootSlot.CNode, first).Ok();
        _world.Check();
        Root.CNodeRevoke(RootSlot.CNode, untyped).Ok();
        Retype(untyped, 12);
    }

    [Theory]
    [InlineData(0, 3)]
    [InlineData(3, 0)]
    [InlineData(0, 0)]
    [InlineData(3, 3)]
    public void Revoke_NodesAtEachOthersEnds_DeletesAllInBoth(ulong first, ulong second)
    {
        StoryObject untyped = _world.Untyped(12), endpoint = _world.Endpoint();
        CPtr one = _world.FreeSlot(), other = _world.FreeSlot();
        Root.UntypedRetype(untyped, ObjectType.CapTable, 2, RootSlot.CNode, 0, 0, one.Value, 2).Ok();
        for (ulong i = 0; i < 4; i++)
        {
            if (i != first)
                Root.CNodeCopy(one, i, 2, RootSlot.CNode, endpoint, 64, CapRights.All).Ok();
            if (i != second)
                Root.CNodeCopy(other, i, 2, RootSlot.CNode, endpoint, 64, CapRights.All).Ok();
        }

        CPtr copy = Root.Given(one);
        Root.CNodeMove(one, first, 2, RootSlot.CNode, other, 64).Ok();
        Slot* held = _world.SlotOf(one)->Cap.Slots + first;
        Root.CNodeDelete(RootSlot.CNode, copy).Ok();
        DerivationTree.Move(_world.Kernel.State, _world.SlotOf(one)->Cap, _world.SlotOf(one), held->Cap.Slots + second);
        Root.CNodeRevoke(RootSlot.CNode, untyped).Ok();
        Assert.False(DerivationTree.HasChildren(untyped.Slot));
        Assert.False(DerivationTree.HasChildren(endpoint.Slot));
    }

    [Fact]
    public void Delete_ThreadInItsOwnCSpace_DiesByItsOwnHand()
    {
        StoryThread thread = _world.Thread("thread");
        CPtr cspace = thread.GivenOwnCSpace(), self = thread.FreeSlot();
        Root.CNodeMove(thread.CSpace, self, 6, RootSlot.CNode, thread, 64).Ok();
        Root.CNodeDelete(RootSlot.CNode, thread.CSpace).Ok();
        thread.Call(cspace, new StoryMessage((ulong)InvocationLabel.CNodeDelete, self.Value, 64));
        thread.Is(ThreadState.Inactive);
        _world.Check();
        Root.CNodeRevoke(RootSlot.CNode, _world.Memory).Ok();
    }

    [Fact]
    public void Revoke_Untyped_ReclaimsAllAndMemoryIsZero()
    {
        StoryObject untyped = _world.Untyped(16);
        CPtr node = _world.FreeSlot(), thread = _world.FreeSlot(), endpoint = _world.FreeSlot(), frame = _world.FreeSlot();
        Root.UntypedRetype(untyped, ObjectType.CapTable, 4, RootSlot.CNode, 0, 0, node.Value, 1).Ok();
        Root.UntypedRetype(untyped, ObjectType.Tcb, 0, RootSlot.CNode, 0, 0, thread.Value, 1).Ok();
        Root.UntypedRetype(untyped, ObjectType.Endpoint, 0, RootSlot.CNode, 0, 0, endpoint.Value, 1).Ok();
        Root.UntypedRetype(untyped, ObjectType.Page4K, 0, RootSlot.CNode, 0, 0, frame.Value, 1).Ok();
        StoryThread other = _world.Thread("other");
        other.Send(other.Given(endpoint));
        Root.CNodeCopy(node, 1, 4, RootSlot.CNode, thread, 64, CapRights.All).Ok();
        Root.TcbConfigure(thread, 0, node, 0, RootSlot.VSpace, 0, 0x1000, frame).Ok();
        Root.CNodeRevoke(RootSlot.CNode, untyped).Ok();
        foreach (CPtr slot in (CPtr[])[node, thread, endpoint, frame])
            Assert.True(_world.SlotOf(slot)->IsEmpty);
        other.Is(ThreadState.Restart);
        Retype(untyped, 16);
        Assert.Equal(-1, new ReadOnlySpan<byte>(untyped.Address, 1 << 16).IndexOfAnyExcept((byte)0));
    }

    [Fact]
    public void Delete_Untyped_GivesItsChildrenToItsParent()
    {
        StoryObject untyped = _world.Untyped(8);
        CPtr endpoint = _world.FreeSlot();
        Root.UntypedRetype(untyped, ObjectType.Endpoint, 0, RootSlot.CNode, 0, 0, endpoint.Value, 1).Ok();
        Root.CNodeDelete(RootSlot.CNode, untyped).Ok();
        Assert.False(_world.SlotOf(endpoint)->IsEmpty);
        Root.CNodeRevoke(RootSlot.CNode, _world.Memory).Ok();
        Assert.True(_world.SlotOf(endpoint)->IsEmpty);
    }

    [Fact]
    public void Delete_BoundThread_UnbindsItsNotification()
    {
        StoryThread thread = _world.Thread("thread");
        StoryObject notification = _world.Notification();
        Root.TcbBindNotification(thread, notification).Ok();
        Root.CNodeDelete(RootSlot.CNode, thread).Ok();
        Assert.True(((Notification*)notification.Address)->BoundThread == null);
    }

    private void Retype(CPtr untyped, ulong bits) =>
        Root.UntypedRetype(untyped, ObjectType.Untyped, bits, RootSlot.CNode, 0, 0, _world.FreeSlot().Value, 1).Ok();
}
