namespace Rel4.Kernel.Tests;

/// <summary>Do <c>CNode_Move</c> and <c>CNode_Mutate</c> do what <c>object-api.xml</c> says?</summary>
public sealed unsafe class CNodeMoveTests
{
    private static readonly RefusalTable s_moves = CopyCases.For(InvocationLabel.CNodeMove);
    private static readonly RefusalTable s_mutations = WithOwn(CopyCases.For(InvocationLabel.CNodeMutate, 0));

    public static TheoryData<string> MoveRefusals => s_moves.Names;

    public static TheoryData<string> MutateRefusals => s_mutations.Names;

    [Theory]
    [MemberData(nameof(MoveRefusals))]
    public void Move_ErrorCase_IsRefusedAndChangesNothing(string name) => s_moves.Check(name);

    [Theory]
    [MemberData(nameof(MutateRefusals))]
    public void Mutate_ErrorCase_IsRefusedAndChangesNothing(string name) => s_mutations.Check(name);

    [Fact]
    public void Move_OriginalWithChildren_KeepsThem()
    {
        using var stage = new Stage();
        CPtr copy = stage.Root.Given(stage.Endpoint);
        stage.Root.CNodeMove(stage.CSpace, stage.Empty, 64, stage.CSpace, stage.Endpoint, 64).Ok();
        Assert.True(stage.Endpoint.Slot->IsEmpty);
        Assert.True(DerivationTree.IsParent(stage.World.SlotOf(stage.Empty), stage.World.SlotOf(copy)));
        stage.World.Check();
    }

    [Fact]
    public void Move_ReplyCapability_StillReplies()
    {
        using var stage = new Stage();
        CPtr reply = CNodeCopyTests.SaveReply(stage);
        stage.Root.CNodeMove(stage.CSpace, stage.Empty, 64, stage.CSpace, reply, 64).Ok();
        stage.Root.Send(stage.Empty, 0, 42);
        stage.Target.Received(0, 0, 42);
        stage.World.Check();
    }

    [Fact]
    public void Mutate_CNode_ChangesGuardAndKeepsChildren()
    {
        using var stage = new Stage();
        CPtr copy = stage.Root.Given(stage.Node);
        stage.Root.CNodeMutate(stage.CSpace, stage.Empty, 64, stage.CSpace, stage.Node, 64, new CNodeCapData(5, 3).Raw).Ok();
        Assert.Equal(5UL, stage.World.SlotOf(stage.Empty)->Cap.Guard.Guard);
        Assert.True(DerivationTree.IsParent(stage.World.SlotOf(stage.Empty), stage.World.SlotOf(copy)));
        stage.World.Check();
    }

    private static RefusalTable WithOwn(RefusalTable table)
    {
        table.Add(
            "an endpoint, which keeps its badge", s => CopyCases.Make(s, InvocationLabel.CNodeMutate, [1]),
            SeL4Error.IllegalOperation);
        table.Add(
            "a guard too long", s => CopyCases.Make(s, InvocationLabel.CNodeMutate, [new CNodeCapData(0, 61).Raw], source: s.Node),
            SeL4Error.IllegalOperation);
        return table;
    }
}
