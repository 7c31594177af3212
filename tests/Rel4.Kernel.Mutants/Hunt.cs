using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Rel4.Kernel.Mutants;

/// <summary>Says what became of a mutant.</summary>
/// <param name="Mutant">The mutant.</param>
/// <param name="IsKilled">Whether a trial noticed it.</param>
/// <param name="By">The trial, and what it noticed.</param>
internal sealed record Verdict(Mutant Mutant, bool IsKilled, string By);

/// <summary>Runs the tests against mutants, in as many child processes as there are processors.</summary>
internal sealed class Hunt
{
    private const int SurveySeconds = 180;

    /// <summary>Far more than all trials take, so that a machine with other work kills nothing by being slow.</summary>
    private const int SecondsPerMutant = 60;

    private readonly string _survey = Path.Combine(AppContext.BaseDirectory, "survey.tsv");

    /// <summary>Finds out which trials come across which mutants.</summary>
    public Hunt()
    {
        using var child = Start("survey", _survey);
        Task<string> complaint = child.StandardOutput.ReadToEndAsync();
        if (!child.WaitForExit(TimeSpan.FromSeconds(SurveySeconds)))
            child.Kill();
        child.WaitForExit();
        if (child.ExitCode != 0)
            throw new InvalidOperationException($"the tests do not pass without a mutant ({child.ExitCode}): {complaint.Result}");
    }

    /// <summary>Gets the paths of the core that no trial takes.</summary>
    public IReadOnlyList<string> Untaken => Survey.Load(_survey).Untaken;

    /// <summary>Tries mutants until all are tried, or the time is over.</summary>
    public IReadOnlyList<Verdict> Try(IEnumerable<Mutant> mutants, TimeSpan limit, Action<Verdict>? progress = null)
    {
        var clock = Stopwatch.StartNew();
        var left = new ConcurrentQueue<Mutant>(mutants);
        var verdicts = new ConcurrentQueue<Verdict>();
        Thread[] threads = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(Work))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        return [.. verdicts.OrderBy(verdict => verdict.Mutant.Number)];

        void Work()
        {
            Process? child = null;
            while ((limit == Timeout.InfiniteTimeSpan || clock.Elapsed < limit) && left.TryDequeue(out Mutant? mutant))
            {
                Verdict verdict = Try(mutant, ref child);
                verdicts.Enqueue(verdict);
                progress?.Invoke(verdict);
            }

            child?.Kill();
            child?.Dispose();
        }
    }

    private Verdict Try(Mutant mutant, ref Process? child)
    {
        while (true)
        {
            bool isFresh = child is null;
            child ??= Start("hunt", _survey);
            string[]? answer = Ask(child, mutant, out string end)?.Split('\t');
            if (answer is ["killed" or "survived", var trial, var failure])
                return new Verdict(mutant, answer[0] == "killed", $"{trial}: {failure}");
            child.Dispose();
            child = null;

            // Only a process that no other mutant was in is believed when it dies.
            if (isFresh)
                return new Verdict(mutant, true, end);
        }
    }

    private static string? Ask(Process child, Mutant mutant, out string end)
    {
        end = "the process died";
        try
        {
            child.StandardInput.WriteLine(mutant.Number.ToString(CultureInfo.InvariantCulture));
            child.StandardInput.Flush();
            Task<string?> answer = child.StandardOutput.ReadLineAsync();
            if (answer.Wait(TimeSpan.FromSeconds(SecondsPerMutant)) && answer.Result is { } line && !line.StartsWith("unsure", StringComparison.Ordinal))
                return line;
            if (!answer.IsCompleted)
                end = $"no end within {SecondsPerMutant} s";
        }
        catch (IOException)
        {
            // It is dead already.
        }

        child.Kill();
        child.WaitForExit();
        return null;
    }

    private static Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(typeof(Hunt).Assembly.Location);
        start.ArgumentList.Add("worker");
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment["DOTNET_TieredPGO"] = "0";
        Process child = Process.Start(start)!;
        child.ErrorDataReceived += (_, _) => { };
        child.BeginErrorReadLine();
        return child;
    }
}
