using System.Globalization;
using System.Reflection;
using Core = Rel4.Kernel;

namespace Rel4.Refinement.Tests;

/// <summary>Counts which branches of the kernel core were taken: this project's tests run a core built with probes (<c>Instrument.targets</c>).</summary>
/// <remarks>
/// Every condition of the core has two outcomes, every case, default and method one. <c>unreached.tsv</c> lists those that no story can come to,
/// with the reason.
/// </remarks>
internal static class CorePaths
{
    private static readonly Assembly Assembly = typeof(Core.KernelState).Assembly;
    private static readonly int[] Counts = (int[])(Assembly.GetType("Rel4.Kernel.Probe")
        ?? throw new InvalidOperationException($"{Assembly.Location} has no probes: build this project, which puts them there."))
        .GetField("Counts")!.GetValue(null)!;

    private static readonly List<Outcome> Outcomes = [.. ReadSites()];

    private static readonly Dictionary<string, string> Arguments =
        File.ReadLines(Path.Combine(AppContext.BaseDirectory, "unreached.tsv"))
            .Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split('\t')).ToDictionary(fields => fields[0], fields => fields[1]);

    /// <summary>Forgets what was counted.</summary>
    public static void Reset() => Array.Clear(Counts);

    /// <summary>Lists the paths that were not taken and are not argued to be out of reach, with a hint each.</summary>
    /// <param name="within">Start of the names of the paths that count; all, if it is empty.</param>
    public static List<string> Untaken(string within = "") =>
    [
        .. Outcomes.Where(outcome => outcome.Count == 0 && outcome.Name.StartsWith(within, StringComparison.Ordinal)
            && !Arguments.ContainsKey(outcome.Name)).Select(outcome => outcome.ToString()),
    ];

    /// <summary>Lists the paths that were taken least, and how often: one that is seldom taken may be missed by the next run.</summary>
    public static IEnumerable<string> Rarest(string within, int count) => Outcomes
        .Where(outcome => outcome.Name.StartsWith(within, StringComparison.Ordinal) && !Arguments.ContainsKey(outcome.Name))
        .OrderBy(outcome => outcome.Count).Take(count).Select(outcome => $"{outcome.Name}, {outcome.Count} times");

    /// <summary>Lists what is argued to be out of reach and is not, or is not in the core.</summary>
    public static List<string> RefutedArguments() =>
    [
        .. Arguments.Keys.Where(name => Outcomes.Find(outcome => outcome.Name == name) is not { Count: 0 })
            .Select(name => $"unreached.tsv says that nothing comes to this, which is not so: {name}"),
    ];

    private static IEnumerable<Outcome> ReadSites()
    {
        using var reader = new StreamReader(Assembly.GetManifestResourceStream("sites.tsv")!);
        int site = 0;
        for (string? text = reader.ReadLine(); text is not null; text = reader.ReadLine(), site++)
        {
            string[] fields = text.Split('\t');
            int line = int.Parse(fields[1], CultureInfo.InvariantCulture);
            if (fields[0] == "condition")
                yield return new Outcome(2 * site, line, fields[2], "is false");
            yield return new Outcome((2 * site) + 1, line, fields[2], fields[0] == "condition" ? "is true" : "is reached");
        }
    }

    /// <summary>Is one way that the core can go at a place.</summary>
    private sealed record Outcome(int Index, int Line, string Site, string What)
    {
        public string Name => $"{Site} {What}";

        public int Count => Counts[Index];

        public override string ToString() =>
            $"no story got so far that, in line {Line} of src/Rel4.Kernel/{Name}: let Planner plan for it or a test of the kernel go there, or argue in unreached.tsv why none can";
    }
}
