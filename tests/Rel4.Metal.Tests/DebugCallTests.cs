namespace Rel4.Metal.Tests;

/// <summary>Are seL4's debug calls there in the kernel that is built with them, and in no other?</summary>
public sealed class DebugCallTests(BuiltImages images)
{
    private static readonly string Root = Path.Combine(BuiltImages.Folder, "debugcalls.elf");

    [Fact]
    public async Task Run_KernelWithDebugCalls_MakesEach()
    {
        ProgramRun build = await MetalBuild.RunAsync(Path.Combine(MetalBuild.Root, "src/Rel4.Metal/Kernel/Rel4.Metal.Kernel.csproj"), "-p:DebugCalls=true");
        Assert.True(build.ExitCode == 0, $"The kernel was not built:\n{build.Output}{build.Errors}");

        ProgramRun run = await images.RunAsync("run", "--debug-calls", "--root", Root);

        Assert.True(run.ExitCode == 4, $"It ended with {run.ExitCode}:\n{run.Output}{run.Errors}");
        Assert.Contains("features 1\nkinds 0 2 10 12 0\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("ursula  255  ", run.Output, StringComparison.Ordinal);
        Assert.Contains("slot 1: kind 12\nslot 2: kind 10\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("halted by a debug call", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_KernelWithout_FirstOneIsAnUnknownSystemCall()
    {
        ProgramRun run = await images.RunAsync("run", "--root", Root);

        Assert.True(run.ExitCode == 3, $"It ended with {run.ExitCode}:\n{run.Output}{run.Errors}");
        Assert.Contains("faulted: type 2", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("features", run.Output, StringComparison.Ordinal);
    }
}
