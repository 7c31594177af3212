namespace Rel4.Metal.Tests;

/// <summary>Does the command tell how a machine ended that did not end well?</summary>
public sealed class RunTests(BuiltImages images)
{
    private static readonly string Root = Path.Combine(BuiltImages.Folder, "root.elf");

    [Fact]
    public async Task Run_RootTaskFaults_SaysWhereAndEndsWithThree()
    {
        // The worker expects what only the root task of the suite gives it.
        ProgramRun run = await images.RunAsync("run", "--root", Path.Combine(BuiltImages.Folder, "worker.elf"));

        Assert.True(run.ExitCode == 3, $"It ended with {run.ExitCode}:\n{run.Output}{run.Errors}");
        Assert.Contains("fault", run.Output, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Run_ModulesNotNamed_AreNotPassed()
    {
        ProgramRun run = await images.RunAsync("run", "--root", Root);

        Assert.True(run.ExitCode == 2, $"It ended with {run.ExitCode}:\n{run.Output}{run.Errors}");
        Assert.Contains("there is no such module", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_MemoryBehindTheHoleAndMoreSlots_PassesTheSuite()
    {
        ProgramRun run = await images.RunAsync(
            "run", "--root", Root, "--module", Module("worker"), "--module", Module("hostile"),
            "--memory", "4200M", "--root-cnode-bits", "16", "--cpus", "2", "--timeout", "300");

        Assert.True(run.ExitCode == 0, $"It ended with {run.ExitCode}:\n{run.Output}{run.Errors}");
        Assert.Contains("memory behind 4 GiB holds what is written", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_TooFewSlots_SaysHowToGiveMore()
    {
        ProgramRun run = await images.RunAsync("run", "--root", Root, "--root-cnode-bits", "8");

        Assert.True(run.ExitCode == 2, $"It ended with {run.ExitCode}:\n{run.Output}{run.Errors}");
        Assert.Contains("root-cnode-bits", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_UntilATextIsPrinted_EndsTheMachineWithSuccess()
    {
        ProgramRun run = await images.RunAsync(
            "run", "--root", Root, "--module", Module("worker"), "--module", Module("hostile"), "--until", "endpoint      idle");

        Assert.True(run.ExitCode == 0, $"It ended with {run.ExitCode}:\n{run.Output}{run.Errors}");
        Assert.DoesNotContain("hostile", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_EndsWithoutTheText_SaysSoAndEndsWithTen()
    {
        ProgramRun run = await images.RunAsync("run", "--root", Path.Combine(BuiltImages.Folder, "coroutines.elf"), "--until", "no such words");

        Assert.True(run.ExitCode == 10, $"It ended with {run.ExitCode}:\n{run.Output}{run.Errors}");
        Assert.Contains("'no such words'", run.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--memory", "12")]
    [InlineData("--memory", "3T")]
    [InlineData("--memory", "")]
    [InlineData("--memory", "99999999999999999999G")]
    [InlineData("--cpus", "0")]
    [InlineData("--cpus", "9")]
    [InlineData("--cpu", "max nonsense")]
    [InlineData("--root-cnode-bits", "40")]
    public async Task Run_OptionOutOfRange_SaysWhatIsAllowed(string option, string value)
    {
        ProgramRun run = await images.RunAsync("run", "--root", Root, option, value);

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains($"{option} takes ", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_RootNotNamed_IsRefused()
    {
        ProgramRun run = await images.RunAsync("run");

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("--root", run.Errors, StringComparison.Ordinal);
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

    private static string Module(string name) => $"{Path.Combine(BuiltImages.Folder, name)}.elf {name}";
}
