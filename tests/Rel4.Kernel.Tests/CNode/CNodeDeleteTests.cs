namespace Rel4.Kernel.Tests;

/// <summary>Do <c>CNode_Delete</c>, <c>Revoke</c>, <c>SaveCaller</c> and <c>CancelBadgedSends</c> do what the manual says?</summary>
public sealed unsafe class CNodeDeleteTests
{
    private static readonly RefusalTable s_deletes = Cases(InvocationLabel.CNodeDelete);
    private static readonly RefusalTable s_revokes = Cases(InvocationLabel.CNodeRevoke);
    private static readonly RefusalTable s_saves = WithFull(Cases(InvocationLabel.CNodeSaveCaller));
    private static readonly RefusalTable s_cancels = WithRights(Cases(InvocationLabel.CNodeCancelBadgedSends));

    public static TheoryData<string> DeleteRefusals => s_deletes.Names;

    public static TheoryData<string> RevokeRefusals => s_revokes.Names;

    public static TheoryData<string> SaveRefusals => s_saves.Names;

    public static TheoryData<string> CancelRefusals => s_cancels.Names;

    [Theory]
    [MemberData(nameof(DeleteRefusals))]
    public void Delete_ErrorCase_IsRefusedAndChangesNothing(string name) => s_deletes.Check(name);

    [Theory]
    [MemberData(nameof(RevokeRefusals))]
    public void Revoke_ErrorCase_IsRefusedAndChangesNothing(string name) => s_revokes.Check(name);

    [Theory]
    [MemberData(nameof(SaveRefusals))]
    public void SaveCaller_ErrorCase_IsRefusedAndChangesNothing(string name) => s_saves.Check(name);

    [Theory]
    [MemberData(nameof(CancelRefusals))]
    public void CancelBadgedSends_ErrorCase_IsRefusedAndChangesNothing(string name) => s_cancels.Check(name);

    [Fact]
    public void Delete_EmptySlot_Succeeds()
    {
        using var stage = new Stage();
        stage.Root.CNodeDelete(stage.CSpace, stage.Empty).Ok();
        stage.World.Check();
    }

    [Fact]
    public void Delete_OneOfTwo_LeavesObjectAlive()
    {
        using var stage = new Stage();
        CPtr copy = stage.Root.Given(stage.Endpoint);
        stage.Target.Send(stage.Target.Given(copy));
        stage.Root.CNodeDelete(stage.CSpace, stage.Endpoint).Ok();
        stage.Target.Is(ThreadState.BlockedOnSend);
        stage.World.Check();
    }

    [Fact]
    public void SaveCaller_WithoutCaller_Succeeds()
    {
        using var stage = new Stage();
        stage.Root.CNodeSaveCaller(stage.CSpace, stage.Empty).Ok();
        Assert.True(stage.World.SlotOf(stage.Empty)->IsEmpty);
    }

    [Fact]
    public void CancelBadgedSends_TwoBadges_CancelsOneOnly()
    {
        using var stage = new Stage();
        StoryThread other = stage.World.Thread("other");
        CPtr seven = stage.Root.Given(stage.Endpoint, badge: 7);
        stage.Target.Send(stage.Target.Given(seven));
        other.Send(other.Given(stage.Endpoint, badge: 8));
        stage.Root.CNodeCancelBadgedSends(stage.CSpace, seven).Ok();
        stage.Target.Is(ThreadState.Restart);
        other.Is(ThreadState.BlockedOnSend);
        stage.World.Check();
    }

    [Fact]
    public void CancelBadgedSends_Unbadged_CancelsNothing()
    {
        using var stage = new Stage();
        stage.Target.Send(stage.Target.Given(stage.Endpoint));
        stage.Root.CNodeCancelBadgedSends(stage.CSpace, stage.Endpoint).Ok();
        stage.Target.Is(ThreadState.BlockedOnSend);
    }

    private static RefusalTable Cases(InvocationLabel label) => new()
    {
        { "the service is a capability of the wrong type", s => Make(s, label) with { Service = s.Target }, SeL4Error.IllegalOperation },
        { "the service is an empty slot", s => Make(s, label) with { Service = s.World.FreeSlot() }, SeL4Error.InvalidCapability, 0 },
        { "one word", s => Make(s, label) with { Words = [1] }, SeL4Error.TruncatedMessage },
        { "depth of 0", s => Make(s, label, depth: 0), SeL4Error.RangeError, 1, 64 },
        { "depth beyond a word", s => Make(s, label, depth: 65), SeL4Error.RangeError, 1, 64 },
        { "index against the guard", s => Make(s, label, s.Astray), SeL4Error.FailedLookup, Errors.Guard(Errors.Destination, 64, 0, 56) },
        {
            "depth less than the level", s => Make(s, label, 1, 3) with { Service = s.Node }, SeL4Error.FailedLookup,
            Errors.Depth(Errors.Destination, 3, 4)
        },
        {
            "depth more than the level", s => Make(s, label, 1, 7) with { Service = s.Node }, SeL4Error.FailedLookup,
            Errors.Depth(Errors.Destination, 3, 0)
        },
    };

    private static Attempt Make(Stage stage, InvocationLabel label, CPtr? index = null, ulong depth = 64) =>
        stage.Try(stage.CSpace, label, [(index ?? stage.Endpoint).Value, depth]);

    private static RefusalTable WithFull(RefusalTable table)
    {
        table.Add("a capability in the destination", s => Make(s, InvocationLabel.CNodeSaveCaller), SeL4Error.DeleteFirst);
        return table;
    }

    private static RefusalTable WithRights(RefusalTable table)
    {
        const InvocationLabel Label = InvocationLabel.CNodeCancelBadgedSends;
        table.Add("an empty slot", s => Make(s, Label, s.Empty), SeL4Error.IllegalOperation);
        table.Add("no endpoint", s => Make(s, Label, s.Notification), SeL4Error.IllegalOperation);
        foreach (CapRights right in (CapRights[])[CapRights.Read, CapRights.Write, CapRights.Grant, CapRights.GrantReply])
        {
            table.Add(
                $"an endpoint without the {right} right", s => Make(s, Label, s.Root.Given(s.Endpoint, CapRights.All & ~right, badge: 7)),
                SeL4Error.IllegalOperation);
        }

        return table;
    }
}
