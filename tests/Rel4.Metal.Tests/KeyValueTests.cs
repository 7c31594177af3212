using System.Text.Json;

namespace Rel4.Metal.Tests;

/// <summary>Does a key-value store in ring 3 keep what it is told to, refuse the rest, and answer within its budget, by synchronous messages and through shared memory?</summary>
public sealed class KeyValueTests(BuiltImages images)
{
    private static readonly string[] s_ways = ["SeL4.Call", "SeL4.Call", "SeL4.Call", "ReL4.Call", "ReL4.Call", "ReL4.Call"];

    private static readonly (string State, string Operation)[] s_rows =
    [
        .. s_ways.Select(way => ("any", way)),
        ("ended", "calls under way"), ("ended", "ReL4.Call"), ("ended", "SeL4.Call"),
        .. s_ways.Select(way => ("another", way)),
        ("0 us", "measured calls"), ("1 us", "measured calls"), ("10 us", "measured calls"),
    ];

    /// <remarks>What a call takes is counted in instructions, so that no bound is left to chance.</remarks>
    /// <param name="machine">The emulator, whose processor has user interrupts or has none.</param>
    /// <param name="at64">The most instructions that an asynchronous call may take on both sides, with 64 at once.</param>
    [Theory]
    [InlineData("qemu", 1_800)]
    [InlineData("bochs", 1_650)]
    public async Task Store_OneProcessor_AnswersByEachWayWithinTheBudget(string machine, long at64)
    {
        Dictionary<string, long> counts = await RunAsync("--machine", machine);

        Assert.InRange(counts["fast.1.0.entries"], 2000, 2002);
        Assert.InRange(counts["fast.1.0.ticks"], 1, 1_300);
        Assert.True(counts["fast.1.0.ticks"] < 0.7 * counts["slow.1.0.ticks"], "The fast path is none.");
        Assert.InRange(counts["async.64.0.ticks"], 1, at64);
        Assert.True(counts["async.64.0.ticks"] < counts["slow.1.0.ticks"], "64 at once gain nothing.");
        // More at once take less, and enter the kernel less.
        for (int callers = 2; callers <= 64; callers *= 2)
        {
            Assert.True(counts[$"async.{callers}.0.ticks"] < counts[$"async.{callers / 2}.0.ticks"], $"{callers} at once take more than {callers / 2}.");
            Assert.InRange(counts[$"async.{callers}.0.entries"], 0, (8000 / callers) + 10);
        }

        Assert.InRange(counts["fast.1.10.ticks"] - counts["fast.1.0.ticks"], 9_900, 10_100);
        Assert.InRange(counts["async.64.10.ticks"] - counts["async.64.0.ticks"], 9_900, 10_100);
    }

    [Fact]
    public async Task Store_OnAProcessorOfItsOwn_AnswersWithoutTheKernel()
    {
        Dictionary<string, long> counts = await RunAsync("--machine", "bochs", "--cpus", "2");

        foreach (int work in (int[])[0, 1, 10])
        {
            for (int callers = 4; callers <= 64; callers *= 2)
                Assert.InRange(counts[$"async.{callers}.{work}.entries"], 0, 10);
        }
    }

    /// <remarks>What is typed before the driver has the port may be lost: empty lines.</remarks>
    [Fact]
    public async Task Driver_LinesAreTyped_TheStoreAnswersThem()
    {
        string input = new string('\n', 64) + "GET a\nSET a 1\nGET a\nSET b two words\nGET b\nDEL a\nGET a\nnonsense\nSET 12345678901234567 1\nGET\nEND\n";

        ProgramRun run = await ProgramRun.RunAsync(
            "qemu-system-x86_64",
            [
                "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-cpu", "max", "-m", "64", "-icount", "shift=0,sleep=off",
                "-serial", "stdio", "-device", "isa-debug-exit,iobase=0xf4,iosize=4", "-kernel", Image("kernel.img"),
                "-initrd", $"{Image("kv.elf")} serve,{Image("store.elf")} store,{Image("load.elf")} load,{Image("serial.elf")} serial",
            ],
            TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken, input: input);

        Assert.True(run.ExitCode == (0x10 << 1 | 1), $"QEMU ended with {run.ExitCode}:\n{run.Output}{run.Errors}");
        Assert.EndsWith("END\nnot found\nok\n1\nok\ntwo words\nok\nnot found\nwhat?\nwhat?\nwhat?\n", run.Output.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    private static string Image(string name) => Path.Combine(BuiltImages.Folder, name);

    private async Task<Dictionary<string, long>> RunAsync(params string[] machine)
    {
        string file = Path.GetTempFileName();
        try
        {
            ProgramRun run = await images.RunAsync("kv", [.. machine, "--json", file, "--timeout", "300"]);
            Assert.True(run.ExitCode == 0, $"rel4 metal kv ended with {run.ExitCode}:\n{run.Output}{run.Errors}");
            Assert.Equal(s_rows, SuiteRow.All(run).Where(row => row is { Subject: "store", Result: "ok" }).Select(row => (row.State, row.Operation)));
            await using FileStream counts = File.OpenRead(file);
            return (await JsonSerializer.DeserializeAsync<Dictionary<string, long>>(counts, cancellationToken: TestContext.Current.CancellationToken))!;
        }
        finally
        {
            File.Delete(file);
        }
    }
}
