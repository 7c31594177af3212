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
