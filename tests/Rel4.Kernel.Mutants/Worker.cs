using System.Diagnostics;
using System.Globalization;
using Rel4.Refinement.Tests;

namespace Rel4.Kernel.Mutants;

/// <summary>Is the child process that runs tests against mutants: a mutant may well end the process.</summary>
internal static class Worker
{
    /// <summary>The trials that killed mutants of each member: they go first when another of its mutants comes.</summary>
    private static readonly Dictionary<string, List<int>> Killers = [];

    private static readonly Dictionary<int, string> Members = Mutant.All.ToDictionary(mutant => mutant.Number, mutant => mutant.Member);

    /// <summary>Does as it is told on the command line.</summary>
    public static int Run(string[] args)
    {
        // What the tests print is no answer.
        TextWriter answers = Console.Out;
        Console.SetOut(TextWriter.Null);
        Directory.SetCurrentDirectory(AppContext.BaseDirectory);
        if (args is ["survey", var output])
            return Survey(output, answers);
        var survey = Mutants.Survey.Load(args[1]);
        for (string? line = Console.In.ReadLine(); line is not null; line = Console.In.ReadLine())
        {
            int mutant = int.Parse(line, CultureInfo.InvariantCulture);
            (string verdict, bool isPoisoned) = Try(mutant, survey);
            answers.WriteLine(verdict);
            answers.Flush();
            if (isPoisoned)
                return 3;
        }

        return 0;
    }

    /// <summary>Runs all trials without a mistake, and writes down how long each takes and which mutants it comes across.</summary>
    private static int Survey(string output, TextWriter answers)
    {
        using var writer = new StreamWriter(output);
        foreach (Trial trial in KillSuite.All)
        {
            Array.Clear(Probe.Reached);
            long start = Stopwatch.GetTimestamp();
            if (Failure(trial, mutant: -1, long.MaxValue) is { } failure)
            {
                answers.WriteLine($"{trial.Name} fails without any mutant: {failure}");
                return 1;
            }

            double ms = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            string reached = string.Join(',', Probe.Reached.Index().Where(entry => entry.Item).Select(entry => entry.Index));
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{ms:0.###}\t{long.MaxValue - Probe.Fuel}\t{reached}"));
        }

        foreach (string path in CorePaths.Untaken())
            writer.WriteLine($"{Mutants.Survey.UntakenMark}\t{path}");
        return 0;
    }

    /// <summary>Runs the trials that come across a mutant until one notices it.</summary>
    /// <returns>What to answer, and whether the process is no longer to be trusted.</returns>
    private static (string Verdict, bool IsPoisoned) Try(int mutant, Survey survey)
    {
        IReadOnlyList<int> trials = survey.TrialsOf(mutant);
        if (!Killers.TryGetValue(Members[mutant], out List<int>? killers))
            Killers[Members[mutant]] = killers = [];
        foreach (int number in killers.Intersect(trials).Concat(trials.Except(killers)).ToArray())
        {
            Trial trial = KillSuite.All[number];
            if (Failure(trial, mutant, survey.FuelOf(number)) is not { } failure)
                continue;

            killers.Remove(number);
            killers.Insert(0, number);

            // If the same trial fails without the mutant too, an earlier one has spoilt the memory of this process.
            return Failure(trial, mutant: -1, survey.FuelOf(number)) is null
                ? ($"killed\t{trial.Name}\t{failure}", false)
                : ($"unsure\t{trial.Name}\t{failure}", true);
        }

        return ("survived\t\t", false);
    }

    private static string? Failure(Trial trial, int mutant, long fuel)
    {
        Probe.Fuel = fuel;
        Probe.Activate(mutant);
        try
        {
            trial.Run();
            return null;
        }
        catch (Exception exception)
        {
            return exception.Message.ReplaceLineEndings(" ").Replace('\t', ' ');
        }
        finally
        {
            Probe.Activate(-1);
        }
    }
}
