namespace Rel4.Cli.Tests;

/// <summary>Checks what every command says of itself.</summary>
public sealed class HelpTests
{
    [Theory]
    [InlineData("run")]
    [InlineData("top")]
    [InlineData("graph")]
    [InlineData("list")]
    [InlineData("add")]
    [InlineData("restart")]
    [InlineData("doctor")]
    [InlineData("bench")]
    [InlineData("bench", "ipc")]
    [InlineData("nats")]
    [InlineData("nats", "key")]
    [InlineData("nats", "users")]
    [InlineData("nats", "check")]
    [InlineData("nats", "serve")]
    [InlineData("test")]
    [InlineData("docs")]
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
        Assert.All(["run", "top", "graph", "doctor", "bench", "test", "docs"], command => Assert.Contains($"\n  {command} ", output, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Unrecognized command or argument 'flie'. Choose from demo, run, top, graph, list, add, start, stop, restart, remove, nats, doctor, bench, test, metal, docs.", "flie")]
    [InlineData("Unrecognized command or argument 'rnu'. Did you mean 'run'?", "rnu")]
    [InlineData("Required command was not provided. Choose from demo, run, top, graph, list, add, start, stop, restart, remove, nats, doctor, bench, test, metal, docs.")]
    [InlineData("Required argument 'SYSTEM.json' missing for command: 'run'.", "run")]
    [InlineData("--interval takes a number of seconds, 0.1 to 3600, and not '0'.", "top", "--interval", "0")]
    [InlineData("--interval takes a number of seconds, 0.1 to 3600, and not 'abc'.", "top", "--interval", "abc")]
    [InlineData("PROCESS takes the number of a process, and of a system in it if it has several, as 4711 or 4711.2, and not 'abc'.", "top", "abc")]
    [InlineData("--grace takes a number of seconds, 0 to 3600, and not '-1'.", "run", "system.json", "--grace", "-1")]
    [InlineData("--grace takes a number of seconds, 0 to 3600, and not 'abc'.", "run", "system.json", "--grace", "abc")]
    [InlineData("--soak takes a whole number of minutes, 1 or more, and not 'abc'.", "test", "--soak", "abc")]
    [InlineData("--seed takes a whole number, 0 to 18446744073709551615, and not 'abc'.", "test", "--seed", "abc")]
    [InlineData("--timeout takes a whole number of seconds, 1 to 86400, and not '1.5'.", "metal", "test", "--timeout", "1.5")]
    [InlineData("'run' has no option '--chek'. Did you mean '--check'?", "run", "system.json", "--chek")]
    [InlineData("'run' has no option '--chek'. Did you mean '--check'?", "run", "--chek")]
    [InlineData("'run' has no option '--grac'. Did you mean '--grace'?", "run", "system.json", "--grac", "5")]
    [InlineData("'run' has no option '--verbose'. Choose from --check, --grace, --help.", "run", "system.json", "--verbose")]
    public async Task Mistake_InTheArguments_IsOneLineThatSaysWhatIsMeantAndFails(string message, params string[] arguments)
    {
        (int exitCode, string output, string error) = await Rel4Command.RunAsync(arguments);

        Assert.Equal((1, "", $"rel4: {message}\n"), (exitCode, output, error));
    }
}
