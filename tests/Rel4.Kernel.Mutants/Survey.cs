using System.Globalization;

namespace Rel4.Kernel.Mutants;

/// <summary>Tells which trials come across which mutants, the quickest first.</summary>
internal sealed class Survey
{
    private readonly Dictionary<int, List<int>> _trials = [];
    private readonly List<long> _probes = [];
    private readonly List<string> _untaken = [];

    /// <summary>Starts a line about a path that no trial takes.</summary>
    public const string UntakenMark = "untaken";

    /// <summary>Gets the paths of the core that no trial takes.</summary>
    public IReadOnlyList<string> Untaken => _untaken;

    /// <summary>Reads what a worker wrote down.</summary>
    public static Survey Load(string file)
    {
        var survey = new Survey();
        List<(int Trial, double Ms, string Reached)> entries = [];
        foreach (string line in File.ReadLines(file))
        {
            string[] fields = line.Split('\t');
            if (fields[0] == UntakenMark)
            {
                survey._untaken.Add(fields[1]);
                continue;
            }

            entries.Add((entries.Count, double.Parse(fields[0], CultureInfo.InvariantCulture), fields[2]));
            survey._probes.Add(long.Parse(fields[1], CultureInfo.InvariantCulture));
        }

        foreach ((int trial, _, string reached) in entries.OrderBy(entry => entry.Ms))
        {
            foreach (string mutant in reached.Split(',', StringSplitOptions.RemoveEmptyEntries))
            {
                int number = int.Parse(mutant, CultureInfo.InvariantCulture);
                if (!survey._trials.TryGetValue(number, out List<int>? trials))
                    survey._trials[number] = trials = [];
                trials.Add(trial);
            }
        }

        return survey;
    }

    /// <summary>Gets the probes that a trial may pass: many times of what it passes without a mistake.</summary>
    public long FuelOf(int trial) => (10 * _probes[trial]) + 1_000_000;

    /// <summary>Gets the numbers of the trials that come across a mutant.</summary>
    public IReadOnlyList<int> TrialsOf(int mutant) => _trials.GetValueOrDefault(mutant) ?? [];
}
