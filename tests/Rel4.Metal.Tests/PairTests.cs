using System.Globalization;

namespace Rel4.Metal.Tests;

/// <summary>Do tasks of ring 3 call and signal each other by reL4's names, through shared memory and user interrupts, whatever becomes of one of them?</summary>
public sealed class PairTests(BuiltImages images)
{
    private static readonly (string Subject, string State, string Operation)[] Expected =
    [
        ("pair", "64 at once", "first calls"), ("pair", "64 at once", "calls again"), ("pair", "1 at once", "first calls"), ("pair", "1 at once", "calls again"),
        ("pair", "two tasks", "Signal, Wait"), ("pair", "two tasks", "Signal, Poll"),
        ("pair", "1 at once", "long calls"), ("pair", "16 at once", "priorities"), ("pair", "many", "Send"), ("pair", "1 at once", "never answered"),
        ("pair", "no capability", "Call, Send"),
        ("pair", "no channel", "synchronous"), ("pair", "64 at once", "synchronous"),
        ("broker", "forged tickets", "Open, Accept"), ("broker", "never claimed", "Ask, Leave"), ("broker", "one client", "opens at once"),
        ("broker", "one client", "opens endlessly"), ("broker", "one client", "garbage"),
        ("broker", "one client", "long messages"), ("broker", "two clients", "begin long ones"), ("broker", "server leaves", "opens endlessly"), ("broker", "one ticket", "Accept twice"),
        ("broker", "silent server", "ends"), ("broker", "all ended", "channels"),
        ("broker", "synchronous", "server replaced"), ("broker", "64 calls", "client killed"), ("broker", "64 calls", "client revoked"), ("broker", "64 calls", "server killed"), ("broker", "64 calls", "server revoked"),
    ];

    /// <param name="machine">The emulator, whose processor has user interrupts or has none.</param>
    /// <param name="model">The processor.</param>
    /// <param name="at64">The most instructions that a call may take on both sides, with 64 callers at once.</param>
    /// <param name="at1">With one: each side sleeps once a call.</param>
    [Theory]
    [InlineData("qemu", "max", 1_330, 13_200)]
    [InlineData("bochs", "sapphire_rapids", 1_250, 8_400)]
    [InlineData("bochs", "corei7_skylake_x", 1_330, 13_200)]
    public async Task Run_OneProcessor_EveryRowPassesWithinTheBudget(string machine, string model, long at64, long at1)
    {
        ProgramRun run = await RunAsync([], "--machine", machine, "--cpu", model);

        Assert.Equal(Expected, RowsOf(run));
        Assert.InRange(Assert.Single(CountsOf(run, "pair64")), 1, at64);
        Assert.InRange(Assert.Single(CountsOf(run, "pair1")), 1, at1);
        TestContext.Current.TestOutputHelper?.WriteLine(run.Output);
    }

    /// <remarks>How often tasks enter the kernel there, the next test holds: how far two of QEMU's processors run at the same time is up to the host.</remarks>
    [Theory]
    [InlineData("qemu", "--real-time")]
    [InlineData("bochs")]
    public async Task Run_TwoProcessors_EveryRowPasses(string machine, params string[] options)
    {
        ProgramRun run = await RunAsync([], ["--machine", machine, "--cpus", "2", .. options]);

        Assert.Equal(Expected, RowsOf(run));
    }

    /// <remarks>What is left is the signal by which the root task has them begin, what they tell it when they are done, and the server's looks at its endpoint.</remarks>
    [Fact]
    public async Task Run_AMillionCallsAndSignalsOnTwoProcessorsWithUserInterrupts_GoWithoutTheKernel()
    {
        ProgramRun run = await RunAsync(["million"], "--machine", "bochs", "--cpu", "sapphire_rapids", "--cpus", "2");

        Assert.Equal([("pair", "64 at once", "a million calls"), ("pair", "two tasks", "Signal, Wait"), ("pair", "two tasks", "Signal, Poll")], RowsOf(run));
        Assert.Equal([1_000_000], CountsOf(run, "signals"));
        long[] entries = CountsOf(run, "entries");
        Assert.Equal(2, entries.Length);
        Assert.InRange(entries[0], 1, 64);
        Assert.InRange(entries[1], 1, 6);
    }

    private static (string Subject, string State, string Operation)[] RowsOf(ProgramRun run)
    {
        Assert.True(run.ExitCode == 0, $"It ended with {run.ExitCode}:\n{run.Output}{run.Errors}");
        return [.. SuiteRow.All(run).Where(row => row.Result == "ok").Select(row => (row.Subject, row.State, row.Operation))];
    }

    private static long[] CountsOf(ProgramRun run, string name) =>
    [
        .. run.Output.Split('\n').Select(line => line.Split(' ')).Where(words => words is ["bench", _, _] && words[1] == name)
            .Select(words => long.Parse(words[2], CultureInfo.InvariantCulture)),
    ];

    private Task<ProgramRun> RunAsync(string[] words, params string[] machine) => images.RunAsync(
        "run", [.. machine, "--memory", "128M", "--timeout", "240", "--root", Path.Combine(BuiltImages.Folder, "pair.elf"), .. words, "--module", $"{Path.Combine(BuiltImages.Folder, "peer.elf")} peer"]);
}
