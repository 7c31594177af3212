namespace Rel4.Metal.Tests;

/// <summary>Do two tasks of ring 3 call each other through shared memory, woken by user interrupts?</summary>
public sealed class PairTests(BuiltImages images)
{
    /// <param name="machine">The emulator, whose processor has user interrupts or has none.</param>
    /// <param name="model">The processor.</param>
    /// <param name="at64">The most instructions that a call may take on both sides, with 64 callers at once.</param>
    /// <param name="at1">With one: each side sleeps once a call.</param>
    [Theory]
    [InlineData("qemu", "max", 1_250, 19_000)]
    [InlineData("bochs", "sapphire_rapids", 1_100, 9_000)]
    [InlineData("bochs", "corei7_skylake_x", 1_250, 19_000)]
    public async Task Run_TwoTasksThatCall_EveryReplyIsRightWithinTheBudget(string machine, string model, long at64, long at1)
    {
        ProgramRun run = await images.RunAsync(
            "run", "--machine", machine, "--cpu", model, "--root", Path.Combine(BuiltImages.Folder, "pair.elf"),
            "--module", $"{Path.Combine(BuiltImages.Folder, "peer.elf")} peer");

        Assert.True(run.ExitCode == 0, $"It ended with {run.ExitCode}:\n{run.Output}{run.Errors}");
        Assert.Equal(
            ["register", "open", "calls", "calls again", "calls again"],
            SuiteRow.All(run).Where(row => row is { Subject: "pair", Result: "ok" }).Select(row => row.Operation));
        Dictionary<string, long> counts = run.Counts();
        Assert.InRange(counts["pair64"], 1, at64);
        Assert.InRange(counts["pair1"], 1, at1);
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join(", ", counts.Select(count => $"{count.Key}: {count.Value}")));
    }

    /// <remarks>What is left is the root task's command, and the signal that it is done. A million calls take longer: <c>REL4_SOAK_MINUTES</c>.</remarks>
    [Fact]
    public async Task Run_TwoTasksOnTwoProcessorsWithUserInterrupts_CallWithoutTheKernel()
    {
        bool soaks = Environment.GetEnvironmentVariable("REL4_SOAK_MINUTES") is { Length: > 0 };
        ProgramRun run = await images.RunAsync(
            "run",
            [
                "--machine", "bochs", "--cpu", "sapphire_rapids", "--cpus", "2", "--timeout", "400", "--root", Path.Combine(BuiltImages.Folder, "pair.elf"),
                "--module", $"{Path.Combine(BuiltImages.Folder, "peer.elf")} peer", .. soaks ? ["million"] : Array.Empty<string>(),
            ]);

        Assert.True(run.ExitCode == 0, $"It ended with {run.ExitCode}:\n{run.Output}{run.Errors}");
        Dictionary<string, long> counts = run.Counts();
        Assert.Equal(soaks ? 1_000_000 : 64_000, counts["calls"]);
        Assert.InRange(counts["entries"], 1, 6);
    }
}
