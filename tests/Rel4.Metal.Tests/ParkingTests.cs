using System.Globalization;

namespace Rel4.Metal.Tests;

/// <summary>Does a task that goes to sleep miss no U-notification, whatever comes between its steps, and does one that stays awake get them without the kernel?</summary>
/// <remarks><c>REL4_SEED</c> chooses the pauses and what is done to whom; <c>REL4_SOAK_MINUTES</c> goes on for so long, with other seeds.</remarks>
public sealed class ParkingTests(BuiltImages images)
{
    private const int Rounds = 500;

    private static readonly string[] s_states = ["undisturbed", "suspended", "killed"];

    /// <remarks>In QEMU the kernel emulates user interrupts, in Bochs the processor has them.</remarks>
    [Theory]
    [InlineData("--machine", "qemu")]
    [InlineData("--machine", "qemu", "--cpus", "2", "--real-time")]
    [InlineData("--machine", "bochs")]
    [InlineData("--machine", "bochs", "--cpus", "2")]
    [InlineData("--machine", "bochs", "--cpu", "corei7_skylake_x", "--cpus", "3")]
    public async Task Turns_PausesAtEachStep_NoPostIsLost(params string[] machine)
    {
        uint seed = uint.TryParse(Environment.GetEnvironmentVariable("REL4_SEED"), CultureInfo.InvariantCulture, out uint chosen) ? chosen : (uint)Random.Shared.Next();
        double minutes = double.TryParse(Environment.GetEnvironmentVariable("REL4_SOAK_MINUTES"), CultureInfo.InvariantCulture, out double soak) ? soak : 0;
        DateTime end = DateTime.UtcNow + TimeSpan.FromMinutes(minutes);
        do
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"REL4_SEED={seed}");
            ProgramRun run = await RunAsync("parking", Rounds, [$"seed={seed}"], machine);

            Assert.True(run.ExitCode == 0, $"It ended with {run.ExitCode}:\n{run.Output}{run.Errors}");
            Assert.Equal(s_states, SuiteRow.All(run).Where(row => row is { Subject: "parking", Result: "ok" }).Select(row => row.State));
            seed++;
        }
        while (DateTime.UtcNow < end);
    }

    /// <summary>What finds nothing counts only if it finds a bug that is there: both take interrupts between their look and their sleep.</summary>
    [Theory]
    [InlineData("--machine", "qemu")]
    [InlineData("--machine", "bochs")]
    public async Task Turns_InterruptsTakenBeforeTheSleep_PostIsLost(params string[] machine)
    {
        ProgramRun run = await RunAsync("parking", Rounds, ["plant-failure"], machine);

        Assert.True(run.ExitCode == 1, $"It ended with {run.ExitCode}:\n{run.Output}{run.Errors}");
        Assert.Single(SuiteRow.All(run), row => row is { State: "undisturbed", Result: "FAILED" });
    }

    /// <remarks>A round is a post of each. The root task, which counts, has a processor of its own.</remarks>
    [Fact]
    public async Task Turns_MillionOnTwoProcessorsWithUserInterrupts_NeitherEntersTheKernel()
    {
        ProgramRun run = await RunAsync("notifications", 500_000, [], ["--machine", "bochs", "--cpus", "3"]);

        Assert.True(run.ExitCode == 0, $"It ended with {run.ExitCode}:\n{run.Output}{run.Errors}");
        Dictionary<string, long> counts = run.Counts();
        Assert.InRange(counts["notifications"], 1_000_000, long.MaxValue);
        Assert.Equal((0, 0), (counts["calls"], counts["exceptions"]));
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join(", ", counts.Select(count => $"{count.Key}: {count.Value}")));
    }

    private Task<ProgramRun> RunAsync(string words, int rounds, string[] more, string[] machine) => images.RunAsync(
        "run",
        [
            .. machine, "--timeout", "400", "--root", Image("root.elf"), "--module", $"{Image("worker.elf")} worker", "--module", $"{Image("hostile.elf")} hostile",
            words, $"rounds={rounds}", .. more,
        ]);

    private static string Image(string name) => Path.Combine(BuiltImages.Folder, name);
}
