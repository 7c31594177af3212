namespace Rel4.Metal.Tests;

/// <summary>Do the machine's invariants hold in ring 0, behind every system call of the suite that may change what they speak of?</summary>
/// <remarks>
/// The kernel is built to walk all page tables itself (<c>-p:CheckInvariants=true</c>), and ends the machine at the first entry that no capability stands
/// for. That the walk finds what is wrong, <c>tests/Rel4.Metal.Machine.Tests</c> shows.
/// </remarks>
public sealed class CheckedKernelTests
{
    private const int Passed = (0x10 << 1) | 1;

    // The suite makes some more.
    private const int Checks = 10_000;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Suite_KernelWalksAllPageTables_PassesAndIsChecked()
    {
        ProgramRun build = await MetalBuild.RunAsync(Path.Combine(MetalBuild.Root, "src/Rel4.Metal/Kernel/Rel4.Metal.Kernel.csproj"), "-p:CheckInvariants=true");
        Assert.True(build.ExitCode == 0, $"The kernel was not built:\n{build.Output}{build.Errors}");

        ProgramRun run = await BootAsync("kernel-checked.img");

        Assert.True(run.ExitCode == Passed, $"QEMU ended with {run.ExitCode}:\n{run.Output}{run.Errors}");
        Assert.Contains($"passed {SuiteTests.Rows.Count} of {SuiteTests.Rows.Count} rows", run.Output, StringComparison.Ordinal);
        Assert.Contains($"the invariants held behind {Checks} system calls", run.Output, StringComparison.Ordinal);
    }

    /// <remarks>QEMU's memory is zero, so something is put there before the boot: at the start of the block of 16 MiB behind 32 MiB.</remarks>
    [Fact]
    public async Task Suite_MemoryIsNotZeroAtBoot_GetsItZero()
    {
        ProgramRun run = await BootAsync("kernel.img", "-device", "loader,addr=0x2000000,data=0x5EED,data-len=8");

        Assert.True(run.ExitCode == Passed, $"QEMU ended with {run.ExitCode}:\n{run.Output}{run.Errors}");
    }

    private static Task<ProgramRun> BootAsync(string kernel, params string[] more) => ProgramRun.RunAsync(
        "qemu-system-x86_64",
        [
            "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-cpu", "max", "-m", "64", "-icount", "shift=0,sleep=off",
            "-serial", "stdio", "-device", "isa-debug-exit,iobase=0xf4,iosize=4", "-kernel", Image(kernel),
            "-initrd", $"{Image("root.elf")},{Image("worker.elf")} worker,{Image("hostile.elf")} hostile", .. more,
        ],
        Limit,
        TestContext.Current.CancellationToken);

    private static string Image(string name) => Path.Combine(BuiltImages.Folder, name);
}
