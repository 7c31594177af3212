namespace Rel4.Kernel.Tests;

/// <summary>Does <c>CNode_Mint</c> do what <c>object-api.xml</c> says?</summary>
public sealed unsafe class CNodeMintTests
{
    private const ulong AllRights = (ulong)CapRights.All;

    private static readonly RefusalTable s_refusals = WithOwn(CopyCases.For(InvocationLabel.CNodeMint, AllRights, 7));

    public static TheoryData<string> Refusals => s_refusals.Names;

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Mint_ErrorCase_IsRefusedAndChangesNothing(string name) => s_refusals.Check(name);

    [Fact]
    public void Mint_BadgeOfUnbadged_IsRevocableChild()
    {
        using var stage = new Stage();
        CPtr badged = stage.Root.Given(stage.Endpoint, badge: 7), copy = stage.Root.Given(badged);
        Assert.Equal(7UL, stage.World.SlotOf(badged)->Cap.Badge);
        stage.Root.CNodeRevoke(stage.CSpace, badged).Ok();
        Assert.True(stage.World.SlotOf(copy)->IsEmpty);
        Assert.False(stage.World.SlotOf(badged)->IsEmpty);
        stage.World.Check();
    }

    [Fact]
    public void Mint_SameBadgeTwice_NeitherIsChildOfTheOther()
    {
        using var stage = new Stage();
        CPtr first = stage.Root.Given(stage.Endpoint, badge: 7), second = stage.Root.Given(stage.Endpoint, badge: 7);
        stage.Root.CNodeRevoke(stage.CSpace, first).Ok();
        stage.Root.CNodeRevoke(stage.CSpace, second).Ok();
        Assert.False(stage.World.SlotOf(first)->IsEmpty);
        Assert.False(stage.World.SlotOf(second)->IsEmpty);
        stage.World.Check();
    }

    [Fact]
    public void Mint_CopiesOfDeletedBadge_DoNotJoinALaterOne()
    {
        using var stage = new Stage();
        CPtr first = stage.Root.Given(stage.Endpoint, badge: 7), orphan = stage.Root.Given(first);
        stage.Root.CNodeDelete(stage.CSpace, first).Ok();
        CPtr second = stage.Root.Given(stage.Endpoint, badge: 7);
        stage.Root.CNodeRevoke(stage.CSpace, second).Ok();
        Assert.False(stage.World.SlotOf(orphan)->IsEmpty);
        stage.World.Check();
    }

    [Fact]
    public void Mint_Guard_IsTheCNodes()
    {
        using var stage = new Stage();
        CPtr guarded = stage.Root.Given(stage.Node, badge: new CNodeCapData(0xAB, 8).Raw);
        Assert.Equal(new CNodeCapData(0xAB, 8).Raw, stage.World.SlotOf(guarded)->Cap.Guard.Raw);
        stage.World.Check();
    }

    [Fact]
    public void Mint_GuardLongerThanItsSize_IsCut()
    {
        using var stage = new Stage();
        CPtr guarded = stage.Root.Given(stage.Node, badge: new CNodeCapData(0xFAB, 8).Raw);
        Assert.Equal(0xABUL, stage.World.SlotOf(guarded)->Cap.Guard.Guard);
    }

    private static RefusalTable WithOwn(RefusalTable table)
    {
        const InvocationLabel Label = InvocationLabel.CNodeMint;
        table.Add(
            "a badge for what has one", s => CopyCases.Make(s, Label, [AllRights, 8], source: s.Root.Given(s.Endpoint, badge: 7)),
            SeL4Error.IllegalOperation);
        table.Add(
            "a guard too long", s => CopyCases.Make(s, Label, [AllRights, new CNodeCapData(0, 61).Raw], source: s.Node),
            SeL4Error.IllegalOperation);
        table.Add(
            "a reply capability", s => CopyCases.Make(s, Label, [AllRights, 0], source: CNodeCopyTests.SaveReply(s)),
            SeL4Error.IllegalOperation);
        table.Add("untyped memory with children", Used, SeL4Error.RevokeFirst);
        return table;
    }

    private static Attempt Used(Stage stage)
    {
        stage.Root.UntypedRetype(stage.Untyped, ObjectType.Endpoint, 0, stage.Node, 0, 0, 0, 1).Ok();
        return CopyCases.Make(stage, InvocationLabel.CNodeMint, [AllRights, 0], source: stage.Untyped);
    }
}
