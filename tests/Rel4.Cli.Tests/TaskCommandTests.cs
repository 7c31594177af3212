namespace Rel4.Cli.Tests;

/// <summary>Tells a running system from outside what to do with its tasks.</summary>
public sealed class TaskCommandTests
{
    [Fact]
    public async Task Tasks_OfARunningSystem_AreListedStoppedStartedRestartedAndRemoved()
    {
        using var system = new SampleSystem();
        await using Rel4Command run = await TopTests.StartAsync(system);
        string process = $"{run.Id}";
        Assert.Matches(@"^server Running \d+ 0\nclient Running \d+ 0\n\z", (await Rel4Command.RunAsync("list", process)).Output);

        Assert.Equal((0, "", ""), await Rel4Command.RunAsync("stop", "client", process));
        Assert.Matches(@"\nclient Stopped - 0\n\z", (await Rel4Command.RunAsync("list", process)).Output);
        Assert.Equal((0, "", ""), await Rel4Command.RunAsync("start", "client", process));
        Assert.Equal((0, "", ""), await Rel4Command.RunAsync("restart", "client", process));
        Assert.Matches(@"\nclient Running \d+ 2\n\z", (await Rel4Command.RunAsync("list", process)).Output);
        Assert.Equal((0, "", ""), await Rel4Command.RunAsync("remove", "client", process));
        Assert.Matches(@"^server Running \d+ 0\n\z", (await Rel4Command.RunAsync("list", process)).Output);

        (int exitCode, _, string error) = await Rel4Command.RunAsync("stop", "client", process);
        Assert.Equal((1, "rel4: The system has no task 'client'. It has 'server'. (Parameter 'name')\n"), (exitCode, error));
    }
}
