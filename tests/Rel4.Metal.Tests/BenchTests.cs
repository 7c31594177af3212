using System.Text.Json;

namespace Rel4.Metal.Tests;

/// <summary>Do system calls on Metal cost a number of instructions that is always the same, and not too many?</summary>
public sealed class BenchTests(BuiltImages images)
{
    /// <summary>How many times seL4's instructions each may take.</summary>
    private const double Budget = 1.5;

    /// <summary>Instructions of seL4 16 (x86_64, release build) under this QEMU: the kernel's, measured, and 7 a system call for user code.</summary>
    private static readonly Dictionary<string, int> SeL4 = new()
    {
        ["callReplyRecvFast"] = 464 + 14,
        ["callReplyRecvSlow"] = 1728 + 14,
        ["callReplyRecvLong"] = 2828 + 14,
        ["signalNoWaiter"] = 380 + 7,
        ["signalWakesWaiter"] = 981 + 14,
        ["pollIdle"] = 252 + 7,
        ["yield"] = 291 + 7,
    };

    [Fact]
    public async Task Bench_RunTwice_CountsTheSameAndWithinTheBudget()
    {
        Dictionary<string, long> first = await CountAsync(), second = await CountAsync();

        Assert.Equal(first, second);
        Assert.Superset(new HashSet<string>([.. SeL4.Keys, "sendRecv"]), new HashSet<string>(first.Keys));
        Assert.All(SeL4, entry => Assert.True(
            first[entry.Key] <= Budget * entry.Value, $"{entry.Key} takes {first[entry.Key]} instructions, seL4 {entry.Value}."));
    }

    private async Task<Dictionary<string, long>> CountAsync()
    {
        string file = Path.GetTempFileName();
        try
        {
            ProgramRun run = await images.RunAsync("bench", "--json", file);
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
