namespace Rel4.Metal.Tests;

/// <summary>Does the kernel on several processors, which really run at the same time, do what it does on one?</summary>
/// <remarks>Where several run threads, time is the machine's, not the count of instructions, by which QEMU's processors would take turns that never end.</remarks>
public sealed class SeveralProcessorsTests(BuiltImages images)
{
    private const int Passed = (0x10 << 1) | 1;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private static readonly (string State, string Operation)[] s_rows =
    [
        ("any", "SetAffinity"), ("other", "runs"), ("other", "SetAffinity"), ("other", "Suspend"), ("other", "ReadRegisters"), ("other", "WriteRegisters"), ("other", "Signal"),
        ("other", "Call"), ("two others", "Call"), ("other", "Unmap"), ("other", "delete"),
        ("other, running", "SENDUIPI"), ("other, masked", "SENDUIPI"), ("other, parked", "SENDUIPI"), ("other, sending", "Delete"), ("other, sending", "receiver dies"), ("other, sending", "Unregister"), ("other, idle", "SENDUIPI"), ("other, writing", "Submit"), ("all", "random batches"), ("all", "random acts"),
    ];

    /// <remarks>No more than really run at a time: who waits in a queue for one that doesn't, waits for Linux.</remarks>
    [Fact]
    public async Task Rows_OfSeveralProcessors_AllPass()
    {
        ProgramRun run = await BootAsync("processors", Math.Clamp(Environment.ProcessorCount, 2, 4));

        Assert.True(run.ExitCode == Passed, $"QEMU ended with {run.ExitCode}:\n{run.Output}{run.Errors}");
        AssertRows(run);
    }

    /// <remarks>Its processors take turns, but have user interrupts and process-context identifiers, which QEMU's have not.</remarks>
    [Fact]
    public async Task Rows_OfSeveralProcessorsInBochs_AllPass()
    {
        ProgramRun run = await images.RunAsync(
            "run", "--machine", "bochs", "--cpu", "sapphire_rapids", "--cpus", "2", "--root", Image("root.elf"),
            "--module", $"{Image("worker.elf")} worker", "--module", $"{Image("hostile.elf")} hostile", "processors");

        Assert.True(run.ExitCode == 0, $"It ended with {run.ExitCode}:\n{run.Output}{run.Errors}");
        AssertRows(run);
    }

    private static void AssertRows(ProgramRun run)
    {
        foreach ((string state, string operation) in s_rows)
            Assert.Equal("ok", Assert.Single(SuiteRow.All(run), row => row.Is("processor", state, operation)).Result);
    }

    /// <remarks>The others have nothing to do, so that instructions can be the time, by which the rows of time slices always pass.</remarks>
    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public async Task Suite_BesideOtherProcessors_Passes(int processors)
    {
        ProgramRun run = await BootAsync("", processors, "-icount", "shift=0,sleep=off");

        Assert.True(run.ExitCode == Passed, $"QEMU ended with {run.ExitCode}:\n{run.Output}{run.Errors}");
        Assert.Contains($"passed {SuiteTests.Rows.Count} of", run.Output, StringComparison.Ordinal);
    }

    private static Task<ProgramRun> BootAsync(string words, int processors, params string[] more) => ProgramRun.RunAsync(
        "qemu-system-x86_64",
        [
            "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-cpu", "max", "-m", "64", "-smp", $"{processors}",
            "-serial", "stdio", "-device", "isa-debug-exit,iobase=0xf4,iosize=4", "-kernel", Image("kernel.img"),
            "-initrd", $"{Image("root.elf")} {words},{Image("worker.elf")} worker,{Image("hostile.elf")} hostile", .. more,
        ],
        Limit,
        TestContext.Current.CancellationToken);

    private static string Image(string name) => Path.Combine(BuiltImages.Folder, name);
}
