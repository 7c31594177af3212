using System.Globalization;

namespace Rel4.Kernel.Mutants;

/// <summary>Would the tests of the kernel core notice a mistake in it?</summary>
/// <remarks>
/// Each mutant is one small mistake: a condition that always or never holds, a bound or constant off by one, another right, state or error code,
/// a statement or case left out. A run tries those that <c>must-be-killed.tsv</c> names, none of which may survive, and a sample of the others
/// (<c>REL4_SEED</c> picks the same again); with <c>REL4_MUTANTS=all</c> it tries all, and with a file of beginnings of names, one a line, those. Each that is
/// tried must be killed or argued in <c>survivors.tsv</c>.
/// </remarks>
public sealed class MutationTests(ITestOutputHelper output)
{
    private static readonly TimeSpan SampleTime = TimeSpan.FromSeconds(15);

    /// <summary>Every mutant that no test kills, and why it is no mistake.</summary>
    private static Dictionary<string, string> Arguments { get; } = ReadTable("survivors.tsv");

    private static Dictionary<string, string> MustBeKilled { get; } = ReadTable("must-be-killed.tsv");

    private static Lazy<Hunt> Hunt { get; } = new(() => new Hunt());

    [Fact]
    public void Mutants_OfTheCore_AreKilledOrArgued()
    {
        string? chosen = Environment.GetEnvironmentVariable("REL4_MUTANTS");
        int seed = int.TryParse(Environment.GetEnvironmentVariable("REL4_SEED"), out int given) ? given : Random.Shared.Next();
        Mutant[] named = [.. Mutant.All.Where(mutant => MustBeKilled.ContainsKey(mutant.Key))];
        Mutant[] others = [.. Mutant.All.Except(named)];
        new Random(seed).Shuffle(others);
        if (File.Exists(chosen))
            (named, others) = ([], [.. Mutant.All.Where(mutant => File.ReadLines(chosen).Any(mutant.Key.StartsWith))]);
        using var report = new Report(Path.Combine(AppContext.BaseDirectory, "mutants-report.tsv"));

        Verdict[] verdicts =
        [
            .. Hunt.Value.Try(named, Timeout.InfiniteTimeSpan, report.Add),
            .. Hunt.Value.Try(others, chosen is not null ? Timeout.InfiniteTimeSpan : SampleTime, report.Add),
        ];

        int killed = verdicts.Count(verdict => verdict.IsKilled);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"REL4_SEED={seed}: {killed} of {verdicts.Length} mutants tried were killed ({100.0 * killed / verdicts.Length:0.0} %), {Mutant.All.Count} there are"));
        Mutant[] unargued = [.. Survivors(verdicts).Where(mutant => !Arguments.ContainsKey(mutant.Key))];
        Verdict[] refuted = [.. verdicts.Where(verdict => verdict.IsKilled && Arguments.ContainsKey(verdict.Mutant.Key))];
        Require("These must be killed, and survive:", Survivors(verdicts).Intersect(named));
        Require("These survive: kill them by a test, or argue in survivors.tsv why they are no mistakes:", unargued);
        Require("These are argued to be no mistakes, and are noticed:", refuted.Select(verdict => $"{verdict.Mutant} ({verdict.By})"));
    }

    /// <summary>The kernel's tests and the stories together are the same in each run, so a path is taken in all or in none.</summary>
    [Fact]
    public void Paths_OfTheCore_AreAllTaken() => Require(
        "Write a test that goes there, or argue in unreached.tsv of Rel4.Refinement.Tests why none can:", Hunt.Value.Untaken);

    [Fact]
    public void Lists_OfMutants_NameOnlyMutantsThereAre()
    {
        HashSet<string> known = [.. Mutant.All.Select(mutant => mutant.Key)];

        Assert.DoesNotContain(Arguments.Keys.Concat(MustBeKilled.Keys), key => !known.Contains(key));
        Assert.DoesNotContain(Arguments.Values.Concat(MustBeKilled.Values), string.IsNullOrWhiteSpace);
    }

    private static IEnumerable<Mutant> Survivors(IEnumerable<Verdict> verdicts) =>
        verdicts.Where(verdict => !verdict.IsKilled).Select(verdict => verdict.Mutant);

    private static void Require(string complaint, IEnumerable<object> about)
    {
        object[] all = [.. about];
        Assert.True(all.Length == 0, string.Join(Environment.NewLine, [complaint, .. all]));
    }

    private static Dictionary<string, string> ReadTable(string name) =>
        File.ReadLines(Path.Combine(AppContext.BaseDirectory, name))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split('\t'))
            .ToDictionary(fields => fields[0], fields => fields[1]);

    /// <summary>Writes every verdict to a file as it falls, for whoever wants to watch or read them.</summary>
    private sealed class Report(string file) : IDisposable
    {
        private readonly StreamWriter _writer = new(file) { AutoFlush = true };

        public void Add(Verdict verdict)
        {
            lock (_writer)
                _writer.WriteLine($"{(verdict.IsKilled ? "killed" : "survived")}\t{verdict.Mutant.Line}\t{verdict.Mutant.Key}\t{verdict.By}");
        }

        public void Dispose() => _writer.Dispose();
    }
}
