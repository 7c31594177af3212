using System.Globalization;

namespace Rel4.Metal.Tests;

/// <summary>Do two tasks of ring 3 call each other through shared memory, woken by user interrupts?</summary>
public sealed class PairTests(BuiltImages images)
{
    /// <summary>The most instructions that a call may take on both sides, where the kernel does what a processor with user interrupts would.</summary>
    private static readonly Dictionary<string, long> Budgets = new() { ["pair64"] = 2_700, ["pair1"] = 20_000 };

    [Fact]
    public async Task Run_TwoTasksThatCall_EveryReplyIsRightWithinTheBudget()
    {
        ProgramRun run = await images.RunAsync("run", "--root", Path.Combine(BuiltImages.Folder, "pair.elf"));

        Assert.True(run.ExitCode == 0, $"It ended with {run.ExitCode}:\n{run.Output}{run.Errors}");
        Assert.Equal(
            ["register", "open", "calls", "calls again", "calls again"],
            SuiteRow.All(run).Where(row => row is { Subject: "pair", Result: "ok" }).Select(row => row.Operation));
        Dictionary<string, long> counts = run.Output.Split('\n').Select(line => line.Split(' ')).Where(words => words is ["bench", _, _])
            .GroupBy(words => words[1]).ToDictionary(lines => lines.Key, lines => lines.Max(words => long.Parse(words[2], CultureInfo.InvariantCulture)));
        Assert.All(Budgets, budget => Assert.InRange(counts[budget.Key], 1, budget.Value));
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join(", ", counts.Select(count => $"{count.Key}: {count.Value}")));
    }
}
