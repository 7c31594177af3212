using System.Diagnostics;
using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Rel4.Abi;

namespace Rel4.Refinement.Tests;

/// <summary>Does the kernel do what the specification says?</summary>
/// <remarks>
/// <c>REL4_SEED</c> tells one story again; with <c>REL4_SOAK_MINUTES</c> each test goes on for as long, with stories never told before.
/// </remarks>
public sealed class RefinementTests(ITestOutputHelper output)
{
    private const int DefaultSeconds = 20;

    /// <summary>Start of the names of the fast path's branches: each run takes all of them.</summary>
    private const string FastPath = "SystemCalls/FastPath.cs";

    /// <summary>How many of a hundred Calls and ReplyRecvs through endpoints take the fast path, at least.</summary>
    private const int FastShare = 25;
    private const int PatienceFactor = 5;
    private const int PreemptedSeconds = 60;
    private const int PreemptionsNeeded = 50;
    private const int StoriesPerRound = 10;

    /// <summary>The methods of the core; those of frames, and what a thread's entries are counted by, are a machine's, and Sim has none.</summary>
    private static readonly InvocationLabel[] Methods =
    [
        .. Enum.GetValues<InvocationLabel>().Where(label =>
            label is > InvocationLabel.Invalid and <= InvocationLabel.CNodeSaveCaller or (>= InvocationLabel.NotificationRegisterReceiver and not (InvocationLabel.TcbReadEntries or InvocationLabel.TcbReadSenders or InvocationLabel.TcbSetBatch))),
    ];

    /// <summary>What the stories must reach, in the words of <see cref="Coverage"/>: else they have gone blind.</summary>
    private static readonly string[] Goals =
    [
        .. Methods.Select(method => $"{method}: {SeL4Error.NoError}"),
        .. Enum.GetValues<SeL4Error>().Select(error => $"error {error}"),
        "fault CapFault sent", "fault UnknownSyscall sent", "fault UserException sent", "fault VMFault sent",
        "fault CapFault ended", "fault UnknownSyscall ended", "fault UserException ended", "fault VMFault ended",
        "capability transferred", "capability unwrapped", "post accepted", "post refused", "zombie left",
        "BlockedOnReceive becomes Running", "BlockedOnSend becomes Running", "BlockedOnReply becomes Running",
        "BlockedOnNotification becomes Running", "BlockedOnSend becomes BlockedOnReply", "BlockedOnSend becomes Inactive",
        "BlockedOnReceive becomes Restart", "BlockedOnSend becomes Restart", "BlockedOnReply becomes Restart",
        "BlockedOnNotification becomes Restart", "post: BlockedOnNotification becomes Running", "post: BlockedOnReceive becomes Running",
    ];

    [Fact]
    public void Stories_OfAllSystemCalls_EndTheSameOnBothSides()
    {
        var coverage = new Coverage();
        if (Number("REL4_SEED") is { } seed)
        {
            Require(FindDifference(Gen.Constant(Story.FromSeed(seed)), storiesToTell: 1));
            return;
        }

        CorePaths.Reset();
        Require(FindDifference(Gen.Constant(Story.OfRareActs()), storiesToTell: 1, coverage: coverage));
        TellStories(DefaultSeconds, Preemption.Never, coverage, () => !HardlyReached(coverage).Any() && CorePaths.Untaken(FastPath).Count == 0);

        output.WriteLine($"{coverage}");
        output.WriteLine($"paths of the core that no story of this run took: {CorePaths.Untaken().Count}");
        output.WriteLine($"the fast path's rarest branches: {string.Join("; ", CorePaths.Rarest(FastPath, 3))}");
        List<string> complaints =
        [
            .. HardlyReached(coverage).Select(goal => $"the stories hardly reach: {goal}"),
            .. new[] { "Call", "ReplyRecv" }.Where(call => coverage[$"fast {call}"] * 100 < coverage[$"{call} on an endpoint"] * FastShare)
                .Select(call => $"fewer than {FastShare} of a hundred {call}s took the fast path: let Planner.Exchange make more"),
            .. CorePaths.Untaken(FastPath),
            .. CorePaths.RefutedArguments(),
        ];
        Assert.True(complaints.Count == 0, string.Join(Environment.NewLine, complaints));
    }

    /// <summary>Tells stories again that once ended differently.</summary>
    /// <remarks>313983897: the memory of a CNode in destruction is deleted before the CNode's last capabilities.</remarks>
    [Theory]
    [InlineData(313983897)]
    public void Story_ThatOnceFailed_EndsTheSameOnBothSides(int seed) =>
        Require(FindDifference(Gen.Constant(Story.FromSeed(seed)), storiesToTell: 1));

    [Fact]
    public void Stories_PreemptedAtEveryPoint_EndTheSameAsUninterrupted()
    {
        var coverage = new Coverage();
        TellStories(PreemptedSeconds, Preemption.Always, coverage, () => coverage["preemption"] >= PreemptionsNeeded);

        output.WriteLine($"{coverage.Acts} acts, {coverage["preemption"]} preemptions");
        Assert.True(coverage["preemption"] >= PreemptionsNeeded, "The stories have no long operations.");
    }

    /// <summary>Gets stories made from seeds.</summary>
    internal static Gen<Story> Stories => Gen.Choose(0, int.MaxValue - 1).Select(Story.FromSeed);

    /// <summary>Tells stories until one shows a difference; FsCheck then looks for the shortest that still does.</summary>
    /// <returns>That story and its difference; <see langword="null"/> if there is none.</returns>
    internal static (Story Story, string Difference)? FindDifference(
        Gen<Story> stories,
        int storiesToTell,
        Preemption preemption = Preemption.Never,
        Sabotage? sabotage = null,
        Coverage? coverage = null)
    {
        (Story Story, string Difference)? shortest = null;
        Property property = Prop.ForAll(Arb.From(stories, story => story.Shrunk()), story =>
        {
            // What FsCheck tries after the first failure are ever shorter stories: the last that fails is the shortest.
            if (story.FindDifference(preemption, sabotage, coverage) is not { } difference)
                return true;
            shortest = (story, difference);
            return false;
        });
        Config config = Config.QuickThrowOnFailure.WithMaxTest(storiesToTell).WithQuietOnSuccess(true);
        Exception? failure = Record.Exception(() => property.Check(config));
        return failure is null || shortest is not null
            ? shortest
            : throw new InvalidOperationException("a story broke the test itself", failure);
    }

    /// <summary>Tells stories for a time, and on a slow machine for longer, until what they are to reach is reached.</summary>
    private static void TellStories(double seconds, Preemption preemption, Coverage coverage, Func<bool> isEnough)
    {
        seconds = Number("REL4_SOAK_MINUTES") * 60 ?? seconds;
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed.TotalSeconds < seconds || (!isEnough() && clock.Elapsed.TotalSeconds < PatienceFactor * seconds))
            Require(FindDifference(Stories, StoriesPerRound, preemption, coverage: coverage));
    }

    /// <summary>Lists the goals that were missed, or reached a time or two by luck.</summary>
    private static IEnumerable<string> HardlyReached(Coverage coverage) => Goals.Where(goal => coverage[goal] < 3);

    private static void Require((Story Story, string Difference)? found)
    {
        if (found is var (story, difference))
            Assert.Fail($"{difference}{Environment.NewLine}{story}");
    }

    private static int? Number(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}
