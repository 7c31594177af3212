using System.Diagnostics;
using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Rel4.Abi;

namespace Rel4.Refinement.Tests;

/// <summary>Does the kernel do what the specification says?</summary>
/// <remarks>
/// <c>REL4_SEED</c> tells one story again; <c>REL4_SOAK_MINUTES</c> goes on for as long, with stories never told before.
/// </remarks>
public sealed class RefinementTests(ITestOutputHelper output)
{
    private const int DefaultSeconds = 20;
    private const int StoriesPerRound = 10;

    /// <summary>The methods of the core; those of frames are a machine's, and Sim has none.</summary>
    private static readonly InvocationLabel[] Methods =
    [
        .. Enum.GetValues<InvocationLabel>().Where(label =>
            label is > InvocationLabel.Invalid and <= InvocationLabel.CNodeSaveCaller or >= InvocationLabel.NotificationRegisterReceiver),
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

        double seconds = Number("REL4_SOAK_MINUTES") * 60 ?? DefaultSeconds;
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed.TotalSeconds < seconds)
            Require(FindDifference(Stories, StoriesPerRound, coverage: coverage));

        output.WriteLine($"{coverage.Acts} acts in {clock.Elapsed.TotalSeconds:F0} s{Environment.NewLine}{coverage}");
        string[] neverDone =
        [
            .. Methods.Select(method => $"{method}: {SeL4Error.NoError}"),
            .. Enum.GetValues<SeL4Error>().Select(error => $"error {error}"),
            "fault CapFault sent", "fault UnknownSyscall sent", "fault UserException sent", "fault VMFault sent",
            "fault CapFault ended", "fault UnknownSyscall ended", "fault UserException ended", "fault VMFault ended",
            "capability transferred", "capability unwrapped", "post accepted", "post refused", "zombie left",
        ];
        neverDone = [.. neverDone.Where(what => coverage[what] < 3)];
        Assert.True(neverDone.Length == 0, $"The stories hardly reach: {string.Join("; ", neverDone)}");
    }

    /// <summary>Gets stories made from seeds.</summary>
    internal static Gen<Story> Stories => Gen.Choose(0, int.MaxValue - 1).Select(Story.FromSeed);

    /// <summary>Tells stories until one shows a difference; FsCheck then looks for the shortest that still does.</summary>
    /// <returns>That story and its difference; <see langword="null"/> if there is none.</returns>
    internal static (Story Story, string Difference)? FindDifference(
        Gen<Story> stories, int storiesToTell, Sabotage? sabotage = null, Coverage? coverage = null)
    {
        (Story Story, string Difference)? shortest = null;
        Property property = Prop.ForAll(Arb.From(stories, story => story.Shrunk()), story =>
        {
            // What FsCheck tries after the first failure are ever shorter stories: the last that fails is the shortest.
            if (story.FindDifference(sabotage, coverage) is not { } difference)
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

    private static void Require((Story Story, string Difference)? found)
    {
        if (found is var (story, difference))
            Assert.Fail($"{difference}{Environment.NewLine}{story}");
    }

    private static int? Number(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}
