namespace Rel4.Kernel.Tests;

/// <summary>Do <c>TCB_SetPriority</c>, <c>SetMCPriority</c> and <c>SetSchedParams</c> do what <c>object-api.xml</c> says?</summary>
public sealed unsafe class TcbPriorityTests
{
    private static readonly RefusalTable s_priorities = Cases(InvocationLabel.TcbSetPriority);
    private static readonly RefusalTable s_maxima = Cases(InvocationLabel.TcbSetMCPriority);
    private static readonly RefusalTable s_both = WithSecond(Cases(InvocationLabel.TcbSetSchedParams, 1));

    public static TheoryData<string> PriorityRefusals => s_priorities.Names;

    public static TheoryData<string> MaximumRefusals => s_maxima.Names;

    public static TheoryData<string> BothRefusals => s_both.Names;

    [Theory]
    [MemberData(nameof(PriorityRefusals))]
    public void SetPriority_ErrorCase_IsRefusedAndChangesNothing(string name) => s_priorities.Check(name);

    [Theory]
    [MemberData(nameof(MaximumRefusals))]
    public void SetMCPriority_ErrorCase_IsRefusedAndChangesNothing(string name) => s_maxima.Check(name);

    [Theory]
    [MemberData(nameof(BothRefusals))]
    public void SetSchedParams_ErrorCase_IsRefusedAndChangesNothing(string name) => s_both.Check(name);

    [Fact]
    public void SetSchedParams_Allowed_SetsBoth()
    {
        using var stage = new Stage();
        stage.Root.TcbSetSchedParams(stage.Target, stage.Root, 90, 80).Ok();
        Assert.Equal((80, 90), (stage.Target.Tcb->Priority, stage.Target.Tcb->MaxControlledPriority));
        stage.World.Check();
    }

    [Fact]
    public void SetPriority_AuthoritysMaximum_IsAllowed()
    {
        using var stage = new Stage();
        stage.Root.TcbSetPriority(stage.Root, stage.Target, 100).Ok();
        Assert.Equal(100, stage.Root.Tcb->Priority);
        stage.World.Check();
    }

    [Fact]
    public void SetMCPriority_BelowPriority_LeavesPriority()
    {
        using var stage = new Stage();
        stage.Root.TcbSetMCPriority(stage.Target, stage.Root, 10).Ok();
        Assert.Equal((100, 10), (stage.Target.Tcb->Priority, stage.Target.Tcb->MaxControlledPriority));
    }

    /// <summary>The target's maximum controlled priority, 100, is the authority.</summary>
    private static RefusalTable Cases(InvocationLabel label, params ulong[] last) => new()
    {
        {
            "the service is a capability of the wrong type", s => Make(s, label, [1, .. last]) with { Service = s.CSpace },
            SeL4Error.IllegalOperation
        },
        { "a word too few", s => Make(s, label, last), SeL4Error.TruncatedMessage },
        { "no authority", s => Make(s, label, [1, .. last]) with { Caps = [] }, SeL4Error.TruncatedMessage },
        { "an empty authority", s => Make(s, label, [1, .. last]) with { Caps = [s.Empty] }, SeL4Error.InvalidCapability, 1 },
        {
            "the authority is a capability of the wrong type", s => Make(s, label, [1, .. last]) with { Caps = [s.Node] },
            SeL4Error.InvalidCapability, 1
        },
        { "more than the authority's maximum", s => Make(s, label, [101, .. last]), SeL4Error.RangeError, 0, 100 },
        { "more than any maximum", s => Make(s, label, [ulong.MaxValue, .. last]), SeL4Error.RangeError, 0, 100 },
    };

    private static RefusalTable WithSecond(RefusalTable table)
    {
        table.Add(
            "a priority above the authority's maximum", s => Make(s, InvocationLabel.TcbSetSchedParams, [1, 101]),
            SeL4Error.RangeError, 0, 100);
        return table;
    }

    private static Attempt Make(Stage stage, InvocationLabel label, ulong[] words) => stage.Try(stage.Target, label, words, stage.Target);
}
