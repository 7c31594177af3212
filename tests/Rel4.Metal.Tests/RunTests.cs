namespace Rel4.Metal.Tests;

/// <summary>Does the command tell how a machine ended that did not end well?</summary>
public sealed class RunTests(BuiltImages images)
{
    [Fact]
    public async Task Run_RootTaskFaults_SaysWhereAndEndsWithThree()
    {
        // The worker expects what only the root task of the suite gives it.
        ProgramRun run = await images.RunAsync("run", "--root", Path.Combine(BuiltImages.Folder, "worker.elf"));

        Assert.True(run.ExitCode == 3, $"It ended with {run.ExitCode}:\n{run.Output}{run.Errors}");
        Assert.Contains("fault", run.Output, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Run_ModuleIsMissing_EndsWithTwo()
    {
        ProgramRun run = await images.RunAsync("run", "--module", $"{Path.Combine(BuiltImages.Folder, "worker.elf")} other");

        Assert.True(run.ExitCode == 2, $"It ended with {run.ExitCode}:\n{run.Output}{run.Errors}");
        Assert.Contains("worker", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_RootTaskIsNoProgram_EndsWithTwo()
    {
        ProgramRun run = await images.RunAsync("run", "--root", Path.Combine(BuiltImages.Folder, "kernel.map"));

        Assert.True(run.ExitCode == 2, $"It ended with {run.ExitCode}:\n{run.Output}{run.Errors}");
    }

    [Fact]
    public async Task Run_FileIsMissing_NamesItAndEndsWithTen()
    {
        ProgramRun run = await images.RunAsync("run", "--root", Path.Combine(BuiltImages.Folder, "nothing.elf"));

        Assert.True(run.ExitCode == 10, $"It ended with {run.ExitCode}:\n{run.Output}{run.Errors}");
        Assert.Contains("nothing.elf", run.Errors, StringComparison.Ordinal);
    }
}
