using System.Text.Json;

namespace Rel4.Metal.Tests;

/// <summary>Do system calls on Metal cost a number of instructions that is always the same, and not too many?</summary>
public sealed class BenchTests(BuiltImages images)
{
    /// <summary>Instructions of seL4 16 (x86_64, release build) under this QEMU: the kernel's, measured, and 7 a system call for user code. With it, how many times those each may take.</summary>
    private static readonly Dictionary<string, (int SeL4, double Budget)> s_rows = new()
    {
        ["callReplyRecvFast"] = (464 + 14, 1.16),
        ["callReplyRecvSlow"] = (1728 + 14, 1),
        ["callReplyRecvLong"] = (2828 + 14, 1),
        ["signalNoWaiter"] = (380 + 7, 1),
        ["signalWakesWaiter"] = (981 + 14, 1),
        ["pollIdle"] = (252 + 7, 1.16),
        ["yield"] = (291 + 7, 1),
    };

    /// <summary>What sixteen calls may take in a batch, of what they take one by one: half of each is the retype itself.</summary>
    private const double BatchShare = 0.53;

    /// <param name="machine">The emulator.</param>
    /// <param name="notification">The most that a U-notification to the thread itself may take, sent, handled and taken: without the kernel in Bochs, with it twice and more in QEMU.</param>
    /// <param name="more">What two changes of thread may take beyond: Bochs' processors have process-context identifiers and user interrupts, which QEMU's have not.</param>
    [Theory]
    [InlineData("qemu", 12_000, 0)]
    [InlineData("bochs", 20, 80)]
    public async Task Bench_RunTwice_CountsTheSameAndWithinTheBudget(string machine, int notification, int more)
    {
        Dictionary<string, long> first = await CountAsync(machine), second = await CountAsync(machine);

        Assert.Equal(first, second);
        Assert.InRange(first["notifyItself"], 1, notification);
        Assert.Superset(new HashSet<string>([.. s_rows.Keys, "sendRecv", "notifyOther", "retype16ByCalls", "retype16ByBatch"]), new HashSet<string>(first.Keys));
        Assert.True(
            first["retype16ByBatch"] <= BatchShare * first["retype16ByCalls"],
            $"Sixteen retypes take {first["retype16ByBatch"]} instructions in a batch, {first["retype16ByCalls"]} by calls.");
        Assert.All(s_rows, row => Assert.True(
            first[row.Key] <= (row.Value.Budget * row.Value.SeL4) + more, $"{row.Key} takes {first[row.Key]} instructions, seL4 {row.Value.SeL4}."));
    }

    private async Task<Dictionary<string, long>> CountAsync(string machine)
    {
        string file = Path.GetTempFileName();
        try
        {
            ProgramRun run = await images.RunAsync("bench", "--machine", machine, "--json", file);
            Assert.True(run.ExitCode == 0, $"rel4 metal bench ended with {run.ExitCode}:\n{run.Output}{run.Errors}");
            await using FileStream counts = File.OpenRead(file);
            return (await JsonSerializer.DeserializeAsync<Dictionary<string, long>>(counts, cancellationToken: TestContext.Current.CancellationToken))!;
        }
        finally
        {
            File.Delete(file);
        }
    }
}
