namespace Rel4.Metal.Tests;

/// <summary>Does the core of the asynchronous runtime, compiled without .NET, run coroutines and their calls in ring 3?</summary>
/// <remarks>That the core compiles there at all, and so uses nothing that a bare machine lacks, the image's build shows.</remarks>
public sealed class CoroutineTests(BuiltImages images)
{
    /// <summary>The most instructions that each may take: a call on both sides, with as many callers at once; a suspension with its resumption, as one of 1 and of 32, and the same with a wake by another's id.</summary>
    private static readonly Dictionary<string, long> Budgets = new() { ["call1"] = 4_000, ["call64"] = 2_410, ["suspendResume1"] = 220, ["suspendResume32"] = 220, ["wake2"] = 380, ["wake32"] = 380 };

    private static readonly (string State, string Operation)[] Expected =
    [
        ("2 ready", "priorities"), ("3 asleep", "Delay"), ("another alive", "Join"), ("suspended", "Wake"), ("in pairs", "Wake"), ("64", "calls"), ("64", "calls again"),
        ("1", "long call"), ("1", "unanswered"), ("1", "server closes"),
    ];

    [Theory]
    [InlineData("qemu")]
    [InlineData("bochs")]
    public async Task Run_CoroutinesThatWaitAndCall_EveryRowPassesWithinTheBudget(string machine)
    {
        ProgramRun run = await images.RunAsync("run", "--machine", machine, "--root", Path.Combine(BuiltImages.Folder, "coroutines.elf"));

        Assert.True(run.ExitCode == 0, $"It ended with {run.ExitCode}:\n{run.Output}{run.Errors}");
        Assert.Equal(Expected, SuiteRow.All(run).Where(row => row is { Subject: "coroutines", Result: "ok" }).Select(row => (row.State, row.Operation)));
        Dictionary<string, long> counts = run.Counts();
        Assert.Equal(Budgets.Keys.Order(), counts.Keys.Order());
        Assert.All(Budgets, budget => Assert.InRange(counts[budget.Key], 1, budget.Value));
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join(", ", counts.Select(count => $"{count.Key}: {count.Value} instructions")));
    }
}
