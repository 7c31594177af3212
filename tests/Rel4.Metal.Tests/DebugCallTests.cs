namespace Rel4.Metal.Tests;

/// <summary>Are seL4's debug calls, and what else is dangerous, there in the kernel that is built with them, and in no other?</summary>
public sealed class DebugCallTests(BuiltImages images)
{
    private static readonly string Root = Path.Combine(BuiltImages.Folder, "debugcalls.elf");

    [Fact]
    public async Task Run_KernelWithDebugCalls_MakesEach()
    {
        await BuildAsync();

        ProgramRun run = await images.RunAsync("run", "--debug-calls", "--root", Root);

        Assert.True(run.ExitCode == 4, $"It ended with {run.ExitCode}:\n{run.Output}{run.Errors}");
        Assert.Contains("features 15\nwritten and executed 42\nregisters 6 77\nkinds 0 2 10 12 0\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("ursula  255  ", run.Output, StringComparison.Ordinal);
        Assert.Contains("slot 1: kind 12\nslot 2: kind 10\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("halted by a debug call", run.Output, StringComparison.Ordinal);
    }

    /// <summary>QEMU has no counters, so RDPMC is undefined (6) once user code may run it, and not an offence (13).</summary>
    [Fact]
    public async Task Run_KernelWithDebugCalls_LetsUserCodeReadCounters()
    {
        await BuildAsync();

        ProgramRun run = await images.RunAsync("run", "--debug-calls", "--root", Root, "counters");

        Assert.True(run.ExitCode == 3, $"It ended with {run.ExitCode}:\n{run.Output}{run.Errors}");
        Assert.Contains("faulted: type 3, at 0000000020000002, words 0000000000000006", run.Output, StringComparison.Ordinal);
    }

    /// <summary>Label 41 gets a frame's address where there is one processor; where there are several, as seL4 is configured, it ends its mapping and 42 gets the address.</summary>
    /// <remarks>3 is <c>seL4_IllegalOperation</c>: there is no such processor, or frames have no such method.</remarks>
    [Theory]
    [InlineData("1", "labels 0 3 0 3\n")]
    [InlineData("2", "labels 3 3 0 0\n", "--sel4-smp")]
    public async Task Run_LabelsOfAConfiguration_NameItsMethods(string processors, string answers, params string[] options)
    {
        await BuildAsync();

        ProgramRun run = await images.RunAsync("run", ["--debug-calls", "--cpus", processors, .. options, "--root", Root, "labels"]);

        Assert.True(run.ExitCode == 4, $"It ended with {run.ExitCode}:\n{run.Output}{run.Errors}");
        Assert.Contains(answers, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_KernelWithout_FirstOneIsAnUnknownSystemCall()
    {
        ProgramRun run = await images.RunAsync("run", "--root", Root);

        Assert.True(run.ExitCode == 3, $"It ended with {run.ExitCode}:\n{run.Output}{run.Errors}");
        Assert.Contains("faulted: type 2", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("features", run.Output, StringComparison.Ordinal);
    }

    private static async Task BuildAsync()
    {
        ProgramRun build = await MetalBuild.RunAsync(Path.Combine(MetalBuild.Root, "src/Rel4.Metal/Kernel/Rel4.Metal.Kernel.csproj"), "-p:DebugCalls=true");
        Assert.True(build.ExitCode == 0, $"The kernel was not built:\n{build.Output}{build.Errors}");
    }
}
