using Rel4.Hosted.Probe.Isolation;
using Rel4.Hosted.Tests.Sandbox;

namespace Rel4.Hosted.Tests.Isolation;

/// <summary>Can a task of a system get at anything that it was not granted?</summary>
[Collection(nameof(OneKernel))]
public sealed class SystemIsolationTests(IsolationRuns runs) : IClassFixture<IsolationRuns>
{
    /// <summary>What succeeds for nobody but the root task, or leaves the others unharmed whoever does it.</summary>
    private static readonly Trespass[] s_withoutControl = [Trespass.MoveThreadThroughOwnSpace, Trespass.KillThroughOwnSpace];

    /// <summary>Gets how many of them there are.</summary>
    internal static int WithoutControl => s_withoutControl.Length;

    private static readonly string[] s_targets = ["kernel", "peer"];

    public static TheoryData<StartedBy, Trespass> Trespasses =>
        [.. Enum.GetValues<StartedBy>().SelectMany(user => Enum.GetValues<Trespass>().Select(trespass => (user, trespass)))];

    public static TheoryData<Trespass> TrespassesWithControl => [.. Enum.GetValues<Trespass>().Except(s_withoutControl)];

    public static TheoryData<StartedBy, string, ProcessTrespass> ProcessTrespasses =>
    [
        .. Enum.GetValues<StartedBy>().SelectMany(user => s_targets.SelectMany(
            target => Enum.GetValues<ProcessTrespass>().Select(trespass => (user, target, trespass)))),
    ];

    /// <summary>Gets what an unprotected process lets pass. The container that the tests run in may refuse the others itself.</summary>
    public static TheoryData<ProcessTrespass> ProcessTrespassesWithControl =>
        [.. Enum.GetValues<ProcessTrespass>().Except([ProcessTrespass.OpenMachineMemory, ProcessTrespass.Profile])];

    [Theory]
    [MemberData(nameof(Trespasses))]
    public void Trespass_OfATask_IsRefused(StartedBy user, Trespass trespass) =>
        Assert.StartsWith("refused: ", runs.OfAttacker(user)[$"{trespass}"], StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(TrespassesWithControl))]
    public void Trespass_OfATaskThatHoldsTheRights_Succeeds(Trespass trespass) =>
        Assert.StartsWith("SUCCEEDED: ", runs.OfOwner[$"{trespass}"], StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(ProcessTrespasses))]
    public void Trespass_OnAnotherProcess_IsRefused(StartedBy user, string target, ProcessTrespass trespass) =>
        Assert.StartsWith("refused: ", runs.OfAttacker(user)[$"{target} {trespass}"], StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(ProcessTrespassesWithControl))]
    public void Trespass_OnAnotherProcessByRootOutsideASystem_Succeeds(ProcessTrespass trespass)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Linux itself refuses some of this to ordinary users.");

        Assert.StartsWith("SUCCEEDED: ", runs.OutsideASystem[$"{trespass}"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(StartedBy.Caller)]
    [InlineData(StartedBy.OrdinaryUser)]
    public void Victim_AfterAllTrespasses_IsUnharmed(StartedBy user) =>
        Assert.Equal("refused: the victim is unharmed", runs.OfAttacker(user)["Harm"]);
}
