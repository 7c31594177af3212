namespace Rel4.Kernel.Tests;

/// <summary>Does <c>CNode_Rotate</c> do what <c>object-api.xml</c> says?</summary>
public sealed unsafe class CNodeRotateTests
{
    private static readonly RefusalTable s_refusals = new()
    {
        { "the service is a capability of the wrong type", s => Rotate(s) with { Service = s.Target }, SeL4Error.IllegalOperation },
        { "seven words", s => Rotate(s) with { Words = Rotate(s).Words[..7] }, SeL4Error.TruncatedMessage },
        { "one root", s => Rotate(s) with { Caps = [s.CSpace] }, SeL4Error.TruncatedMessage },
        { "dest_depth of 0", s => Change(s, 1, 0), SeL4Error.RangeError, 1, 64 },
        {
            "dest_index against the guard", s => Change(s, 0, s.Astray.Value),
            SeL4Error.FailedLookup, Errors.Guard(Errors.Destination, 64, 0, 56)
        },
        { "pivot_depth beyond a word", s => Change(s, 4, 65), SeL4Error.RangeError, 1, 64 },
        {
            "pivot_index against the guard", s => Change(s, 3, s.Astray.Value),
            SeL4Error.FailedLookup, Errors.Guard(Errors.Destination, 64, 0, 56)
        },
        {
            "a pivot root that is no CNode", s => Rotate(s) with { Caps = [s.Endpoint, s.CSpace] },
            SeL4Error.FailedLookup, Errors.InvalidRoot(Errors.Destination)
        },
        { "src_depth of 0", s => Change(s, 7, 0), SeL4Error.RangeError, 1, 64 },
        {
            "src_index against the guard", s => Change(s, 6, s.Astray.Value),
            SeL4Error.FailedLookup, Errors.Guard(Errors.Source, 64, 0, 56)
        },
        {
            "a source root that is no CNode", s => Rotate(s) with { Caps = [s.CSpace, s.Endpoint] },
            SeL4Error.FailedLookup, Errors.InvalidRoot(Errors.Source)
        },
        { "the pivot is the source", s => Change(s, 3, s.Node.Original.Value), SeL4Error.IllegalOperation },
        { "the pivot is the destination", s => Change(s, 3, s.Empty.Value), SeL4Error.IllegalOperation },
        { "a capability in the destination", s => Change(s, 0, s.Endpoint.Original.Value), SeL4Error.DeleteFirst },
        { "an empty source", s => Change(s, 6, s.World.FreeSlot().Value), SeL4Error.FailedLookup, Errors.Missing(Errors.Source, 64) },
        { "an empty pivot", s => Change(s, 3, s.World.FreeSlot().Value), SeL4Error.FailedLookup, Errors.Missing(Errors.Destination, 64) },
        { "a pivot that keeps its badge", s => Change(s, 3, s.Endpoint.Original.Value), SeL4Error.IllegalOperation },
        { "a source that keeps its badge", s => Change(s, 6, s.Endpoint.Original.Value), SeL4Error.IllegalOperation },
        { "a guard too long", s => Change(s, 5, new CNodeCapData(0, 61).Raw), SeL4Error.IllegalOperation },
    };

    public static TheoryData<string> Refusals => s_refusals.Names;

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Rotate_ErrorCase_IsRefusedAndChangesNothing(string name) => s_refusals.Check(name);

    [Fact]
    public void Rotate_ThreeSlots_MovesBothWithNewGuards()
    {
        using var stage = new Stage();
        CPtr child = stage.Root.Given(stage.Node);
        var frame = (nint)stage.Frame.Address;
        Change(stage, 5, new CNodeCapData(3, 2).Raw).Make().Ok();
        Assert.Equal(frame, (nint)stage.World.SlotOf(stage.Empty)->Cap.Address);
        Assert.Equal(new CNodeCapData(3, 2).Raw, stage.Frame.Slot->Cap.Guard.Raw);
        Assert.True(stage.Node.Slot->IsEmpty);
        Assert.True(DerivationTree.IsParent(stage.Frame.Slot, stage.World.SlotOf(child)));
        stage.World.Check();
    }

    [Fact]
    public void Rotate_SourceIsDestination_ExchangesNeighbours()
    {
        using var stage = new Stage();
        CPtr copy = stage.Root.Given(stage.Node);
        Attempt rotate = Change(stage, 0, stage.Node.Original.Value);
        rotate.Words[3] = copy.Value;
        rotate.Make().Ok();
        Assert.True(DerivationTree.IsParent(stage.World.SlotOf(copy), stage.Node.Slot));
        stage.World.Check();
    }

    /// <summary>Makes an attempt to move the node to the frame's slot, and the frame to the empty one.</summary>
    private static Attempt Rotate(Stage stage) => stage.Try(
        stage.CSpace, InvocationLabel.CNodeRotate,
        [stage.Empty.Value, 64, 0, stage.Frame.Original.Value, 64, 0, stage.Node.Original.Value, 64], stage.CSpace, stage.CSpace);

    private static Attempt Change(Stage stage, int word, ulong value)
    {
        Attempt attempt = Rotate(stage);
        attempt.Words[word] = value;
        return attempt;
    }
}
