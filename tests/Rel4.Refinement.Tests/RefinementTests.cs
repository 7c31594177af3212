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

    private static readonly InvocationLabel[] Methods =
        [.. Enum.GetValues<InvocationLabel>().Where(label => label != InvocationLabel.Invalid)];

    [Fact]
    public void Stories_OfAllSystemCalls_EndTheSameOnBothSides()
    {
        var coverage = new Coverage();
        if (Number("REL4_SEED") is { } seed)
        {
            Check(Gen.Constant(Story.FromSeed(seed)), storiesToTell: 1, coverage: coverage);
            return;
        }

        double seconds = Number("REL4_SOAK_MINUTES") * 60 ?? DefaultSeconds;
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed.TotalSeconds < seconds)
            Check(Stories, StoriesPerRound, coverage: coverage);

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
    internal static void Check(
        Gen<Story> stories, int storiesToTell, Sabotage? sabotage = null, Coverage? coverage = null, Action<Story, string>? onDifference = null)
    {
        Property property = Prop.ForAll(Arb.From(stories, story => story.Shrunk()), story =>
        {
            string? difference = story.FindDifference(sabotage, coverage);
            if (difference is not null)
                onDifference?.Invoke(story, difference);
            return (difference is null).Label(difference ?? string.Empty);
        });
        property.Check(Config.QuickThrowOnFailure.WithMaxTest(storiesToTell).WithQuietOnSuccess(true));
    }

    private static int? Number(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}
