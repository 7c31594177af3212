namespace Rel4.Kernel.Tests;

/// <summary>Does <c>CNode_Copy</c> do what <c>object-api.xml</c> says?</summary>
public sealed unsafe class CNodeCopyTests
{
    private const ulong AllRights = (ulong)CapRights.All;

    private static readonly RefusalTable s_refusals = WithOwn(CopyCases.For(InvocationLabel.CNodeCopy, AllRights));

    public static TheoryData<string> Refusals => s_refusals.Names;

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Copy_ErrorCase_IsRefusedAndChangesNothing(string name) => s_refusals.Check(name);

    [Theory]
    [InlineData(CapRights.All, CapRights.All)]
    [InlineData(CapRights.Read, CapRights.Read)]
    [InlineData(CapRights.Write | CapRights.GrantReply, CapRights.Write | CapRights.GrantReply)]
    [InlineData(CapRights.None, CapRights.None)]
    public void Copy_EndpointWithFewerRights_HasThose(CapRights asked, CapRights expected)
    {
        using var stage = new Stage();
        CPtr copy = stage.Root.Given(stage.Endpoint, asked);
        Assert.Equal(expected, stage.World.SlotOf(copy)->Cap.Rights);
        stage.World.Check();
    }

    [Fact]
    public void Copy_OfCopyWithMoreRights_HasNoMore()
    {
        using var stage = new Stage();
        CPtr copy = stage.Root.Given(stage.Root.Given(stage.Notification, CapRights.Read), CapRights.All);
        Assert.Equal(CapRights.Read, stage.World.SlotOf(copy)->Cap.Rights);
    }

    [Fact]
    public void Copy_OfOriginal_IsItsChild()
    {
        using var stage = new Stage();
        CPtr copy = stage.Root.Given(stage.Endpoint);
        Assert.True(DerivationTree.IsParent(stage.Endpoint.Slot, stage.World.SlotOf(copy)));
        Assert.False(stage.World.SlotOf(copy)->IsRevocable);
        stage.World.Check();
    }

    [Fact]
    public void Copy_OfCopy_IsItsSibling()
    {
        using var stage = new Stage();
        CPtr copy = stage.Root.Given(stage.Endpoint), second = stage.Root.Given(copy);
        stage.Root.CNodeRevoke(stage.CSpace, copy).Ok();
        Assert.False(stage.World.SlotOf(second)->IsEmpty);
        stage.Root.CNodeRevoke(stage.CSpace, stage.Endpoint).Ok();
        Assert.True(stage.World.SlotOf(second)->IsEmpty);
        Assert.True(stage.World.SlotOf(copy)->IsEmpty);
        stage.World.Check();
    }

    [Fact]
    public void Copy_OfUntyped_LeavesMemoryToTheCopyOnly()
    {
        using var stage = new Stage();
        CPtr copy = stage.Root.Given(stage.Untyped);
        stage.Root.UntypedRetype(stage.Untyped, ObjectType.Endpoint, 0, stage.CSpace, 0, 0, stage.Empty.Value, 1)
            .Is(SeL4Error.NotEnoughMemory, 0);
        stage.Root.UntypedRetype(copy, ObjectType.Endpoint, 0, stage.CSpace, 0, 0, stage.Empty.Value, 1).Ok();
        stage.World.Check();
    }

    private static RefusalTable WithOwn(RefusalTable table)
    {
        table.Add("untyped memory with children", s => Used(s), SeL4Error.RevokeFirst);
        table.Add(
            "an address space without an ASID", s => CopyCases.Make(s, InvocationLabel.CNodeCopy, [AllRights], source: s.Unassigned()),
            SeL4Error.IllegalOperation);
        table.Add(
            "a reply capability", s => CopyCases.Make(s, InvocationLabel.CNodeCopy, [AllRights], source: SaveReply(s)),
            SeL4Error.IllegalOperation);
        return table;
    }

    private static Attempt Used(Stage stage)
    {
        stage.Root.UntypedRetype(stage.Untyped, ObjectType.Endpoint, 0, stage.Node, 0, 0, 0, 1).Ok();
        return CopyCases.Make(stage, InvocationLabel.CNodeCopy, [AllRights], source: stage.Untyped);
    }

    /// <summary>Lets the target call the root thread, which saves the reply capability.</summary>
    internal static CPtr SaveReply(Stage stage)
    {
        CPtr reply = stage.World.FreeSlot();
        stage.Target.Call(stage.Target.Given(stage.Endpoint));
        stage.Root.Recv(stage.Endpoint);
        stage.Root.CNodeSaveCaller(stage.CSpace, reply).Ok();
        return reply;
    }
}
