namespace Rel4.Cli.Tests;

/// <summary>Checks what every command says of itself.</summary>
public sealed class HelpTests
{
    [Theory]
    [InlineData("run")]
    [InlineData("top")]
    [InlineData("graph")]
    [InlineData("doctor")]
    [InlineData("bench")]
    [InlineData("bench", "ipc")]
    [InlineData("test")]
    public async Task Help_OfACommand_EndsWithExamples(params string[] command)
    {
        (int exitCode, string output, string error) = await Rel4Command.RunAsync([.. command, "--help"]);

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Contains("Examples:", output, StringComparison.Ordinal);
        Assert.Contains($"./rel4 {string.Join(' ', command)}", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_OfTheProgram_ListsTheCommands()
    {
        (int exitCode, string output, _) = await Rel4Command.RunAsync("--help");

        Assert.Equal(0, exitCode);
        Assert.All(["run", "top", "graph", "doctor", "bench", "test"], command => Assert.Contains($"\n  {command} ", output, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Unrecognized command or argument 'flie'", "flie")]
    [InlineData("Required argument 'SYSTEM.json' missing for command: 'run'", "run")]
    [InlineData("--interval takes a number of seconds", "top", "--interval", "0")]
    [InlineData("--grace takes a number of seconds", "run", "system.json", "--grace", "-1")]
    public async Task Mistake_InTheArguments_IsNamedAndFails(string message, params string[] arguments)
    {
        (int exitCode, _, string error) = await Rel4Command.RunAsync(arguments);

        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.NotEqual(0, exitCode);
    }
}
