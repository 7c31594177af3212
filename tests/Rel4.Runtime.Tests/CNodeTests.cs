using Rel4.Abi;

namespace Rel4.Runtime.Tests;

/// <summary>Passes capabilities around.</summary>
public sealed class CNodeTests : IDisposable
{
    private const ulong Free = SimWorld.FreeSlot;
    private readonly SimWorld _world = new();
    private readonly ulong _endpoint;

    public CNodeTests() => _endpoint = _world.Make(ObjectType.Endpoint);

    private CNodeCap Root => _world.Root;

    public void Dispose() => _world.Dispose();

    [Fact]
    public void Copy_ToAnEmptySlot_FillsIt()
    {
        Root.Copy(Root[_endpoint], Free, CapRights.Write);

        Assert.False(_world.IsEmpty(Free));
    }

    [Fact]
    public void Copy_OfAnEmptySlot_SaysWhich() => Refusals.Says(
        "CNode_Copy on capability 2 failed with FailedLookup: the source, slot 90 of CNode 2, was not found: the slot is empty, "
        + "or what it holds is of no use there. Name a slot that holds a capability.",
        () => Root.Copy(Root[90], Free));

    [Fact]
    public void Copy_FromASlotThatIsNotThere_SaysWhereTheLookupFailed()
    {
        SeL4Exception exception = Refusals.Says(
            "CNode_Copy on capability 2 failed with FailedLookup: the source, slot 300 of CNode 2, was not found: with 64 bits of its "
            + "address left, "
            + "these don't begin with the CNode's guard, 0 in 56 bits (a slot number beyond the CNode's slots looks so as well). "
            + "Check the slot's number, the root and the depth.",
            () => Root.Copy(Root[300], Free));

        Assert.True(exception.Failure.IsSource);
        LookupFailure lookup = exception.Failure.Lookup;
        Assert.Equal(LookupFailureType.GuardMismatch, lookup.Type);
        Assert.Equal((64UL, 0UL, 56UL), (lookup.BitsLeft, lookup.Guard, lookup.GuardSize));
    }

    [Fact]
    public void Copy_OfMemoryWithObjectsInIt_SaysToRevokeFirst() => Refusals.Says(
        $"CNode_Copy on capability 2 failed with RevokeFirst: the untyped memory in slot {_world.Memory.CPtr} of CNode 2 has objects in "
        + "it, "
        + "so it can't be derived from. Revoke it first, which deletes them, or move it in place of copying it.",
        () => Root.Copy(Root[_world.Memory.CPtr], Free));

    [Fact]
    public void Mint_OfTheOriginal_GivesItsCopyABadge()
    {
        Root.Mint(Root[_endpoint], Free, CapRights.All, badge: 7);

        Refusals.Says(
            "CNode_Mint on capability 2 failed with IllegalOperation: it is not a CNode, or the source has a badge already, the guard is "
            + "too long, "
            + "or it is a reply capability. Mint from the unbadged original, with a guard that leaves room for the CNode's own bits.",
            () => Root.Mint(Root[Free], Free + 1, CapRights.All, badge: 8));
    }

    [Fact]
    public void Mint_OfACNodeWithAGuard_LetsItResolveMoreBits()
    {
        ulong node = _world.Make(ObjectType.CapTable, 4);
        Root.Mint(Root[node], Free, new CNodeCapData(guard: 0, guardSize: 60));
        var guarded = new CNodeCap(Free);

        guarded.Copy(Root[_endpoint], 3);

        Refusals.Says(
            "CNode_Copy on capability 64 failed with DeleteFirst: slot 3 of CNode 64 is occupied. Delete what it holds, or choose an "
            + "empty one.",
            () => guarded.Copy(Root[_endpoint], 3));
    }

    [Fact]
    public void Move_ToAnEmptySlot_LeavesTheSourceEmpty()
    {
        Root.Move(Root[_endpoint], Free);

        Assert.True(_world.IsEmpty(_endpoint));
        Assert.False(_world.IsEmpty(Free));
    }

    [Fact]
    public void Move_ToAnOccupiedSlot_SaysWhich() => Refusals.Says(
        "CNode_Move on capability 2 failed with DeleteFirst: slot 1 of CNode 2 is occupied. Delete what it holds, or choose an empty one.",
        () => Root.Move(Root[_endpoint], RootSlot.Tcb));

    [Fact]
    public void Mutate_OfACNode_ChangesItsGuard()
    {
        ulong node = _world.Make(ObjectType.CapTable, 4);

        Root.Mutate(Root[node], Free, new CNodeCapData(guard: 5, guardSize: 8));

        new CNodeCap(Free, 12).Copy(Root[_endpoint], 0x53);
    }

    [Fact]
    public void Mutate_OfAnEndpoint_SaysToMoveIt() => Refusals.Says(
        "CNode_Mutate on capability 2 failed with IllegalOperation: it is not a CNode, or the source is an endpoint or notification, "
        + "or the guard is too long. Use Move for endpoints and notifications, whose badge never changes.",
        () => Root.Mutate(Root[_endpoint], Free, default));

    [Fact]
    public void Rotate_OfThreeSlots_MovesTwoCapabilities()
    {
        ulong first = _world.Make(ObjectType.Tcb), second = _world.Make(ObjectType.CapTable, 4);

        Root.Rotate(Root[first], Root[second], Free, pivotGuard: default);

        Assert.True(_world.IsEmpty(first));
        new CNodeCap(Free, 4).Copy(Root[_endpoint], 3);
        new TcbCap(second).Suspend();
    }

    [Fact]
    public void Rotate_AroundTheSource_SaysWhatMustDiffer() => Refusals.Says(
        "CNode_Rotate on capability 2 failed with IllegalOperation: it is not a CNode, or the pivot is the source or the destination, "
        + "an endpoint or notification is among them, or a guard is too long. Name different slots; use Move for endpoints and "
        + "notifications.",
        () => Root.Rotate(Root[RootSlot.Tcb], Root[RootSlot.Tcb], Free));

    [Fact]
    public void Delete_OfACapability_EmptiesItsSlot()
    {
        Root.Delete(_endpoint);

        Assert.True(_world.IsEmpty(_endpoint));
    }

    [Fact]
    public void Delete_WithADepthOutOfRange_SaysTheRange() => Refusals.Says(
        "CNode_Delete on capability 2 failed with RangeError: the depth must be 1 to 64. Choose a value within the range.",
        () => new CNodeCap(RootSlot.CNode, 65).Delete(_endpoint));

    [Fact]
    public void Delete_WithTooFewBits_SaysWhatTheCNodeResolves()
    {
        ulong node = _world.Make(ObjectType.CapTable, 4);

        Refusals.Says(
            $"CNode_Delete on capability {node} failed with FailedLookup: slot 1 (depth 3) of CNode {node} was not found: "
            + "a CNode resolves 4 bits where only 3 bits of its address are left. Check the slot's number, the root and the depth.",
            () => new CNodeCap(node, 3).Delete(1));
    }

    [Fact]
    public void Delete_WithTooManyBits_SaysThatSomeAreLeftOver()
    {
        ulong node = _world.Make(ObjectType.CapTable, 4);

        Refusals.Says(
            $"CNode_Delete on capability {node} failed with FailedLookup: slot 1 (depth 6) of CNode {node} was not found: "
            + "2 bits of its address are left over, and what the others lead to is no CNode. Check the slot's number, the root and the "
            + "depth.",
            () => new CNodeCap(node, 6).Delete(1));
    }

    [Fact]
    public void Revoke_OfAnOriginal_DeletesWhatWasMintedFromIt()
    {
        Root.Mint(Root[_endpoint], Free, CapRights.All, badge: 1);

        Root.Revoke(_endpoint);

        Assert.True(_world.IsEmpty(Free));
        Assert.False(_world.IsEmpty(_endpoint));
    }

    [Fact]
    public void Revoke_OnAThread_SaysThatItIsNoCNode() => Refusals.Says(
        "CNode_Revoke on capability 1 failed with IllegalOperation: it is not a CNode. Invoke a CNode.",
        () => new CNodeCap(RootSlot.Tcb).Revoke(_endpoint));

    [Fact]
    public void CancelBadgedSends_OfABadge_LetsItsSenderBeginAnew()
    {
        Root.Mint(Root[_endpoint], Free, CapRights.All, badge: 7);
        TcbCap thread = _world.MakeThread();
        SimThread sender = _world.Start(thread, () => new EndpointCap(Free).Send(3, 4));
        _world.WaitUntilBlocked(thread);

        Root.CancelBadgedSends(Free);

        ReceivedMessage message = new EndpointCap(_endpoint).Receive();
        Assert.Equal((7UL, 3UL, 4UL), (message.Badge, message.Label, message[0]));
        sender.Join();
    }

    [Fact]
    public void CancelBadgedSends_OfWhatIsNoEndpoint_SaysSo() => Refusals.Says(
        "CNode_CancelBadgedSends on capability 2 failed with IllegalOperation: it is not a CNode, or the slot holds no endpoint with all "
        + "four rights. "
        + "Name a slot with a full capability to the endpoint.",
        () => Root.CancelBadgedSends(RootSlot.Tcb));

    [Fact]
    public void SaveCaller_ToAnOccupiedSlot_SaysWhich() => Refusals.Says(
        "CNode_SaveCaller on capability 2 failed with DeleteFirst: slot 1 of CNode 2 is occupied. Delete what it holds, or choose an "
        + "empty one.",
        () => Root.SaveCaller(RootSlot.Tcb));
}
