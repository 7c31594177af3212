using Rel4.Hosted.Sandbox;

namespace Rel4.Cli.Tests;

/// <summary>Runs systems from files.</summary>
public sealed class RunTests
{
    [Fact]
    public async Task Run_OfASystemWhoseTasksEnd_ReturnsZero()
    {
        using var system = new SampleSystem(client: nameof(Programs.Ask), server: nameof(Programs.ServeOnce));

        (int exitCode, string output, string error) = await Rel4Command.RunAsync("run", system.Path);

        Assert.True(exitCode == 0, output + error);
        Assert.Contains("client | twice 21 is 42", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_OfASystemWithATaskThatFails_ReturnsOne()
    {
        using var system = new SampleSystem(client: nameof(Programs.Ask), server: nameof(Programs.ServeOnceAndFail));

        (int exitCode, _, string error) = await Rel4Command.RunAsync("run", system.Path);

        Assert.Equal(1, exitCode);
        Assert.Contains("server * ended: exit code 3", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Interrupt_OfARun_StopsTheTasksAndReturnsZero()
    {
        using var system = new SampleSystem();
        await using Rel4Command run = Rel4Command.Start("run", system.Path);
        await run.WaitForAsync("twice 21 is 42");

        await run.InterruptAsync();

        Assert.True(await run.WaitForEndAsync() == 0, run.Output + run.Error);
        Assert.Contains("client * stopped", run.Error, StringComparison.Ordinal);
        Assert.Contains("server * stopped", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SecondInterrupt_OfARun_KillsATaskThatDoesNotEnd()
    {
        using var system = new SampleSystem(client: nameof(Programs.AskAndIgnoreTermination));
        await using Rel4Command run = Rel4Command.Start("run", system.Path, "--grace", "600");
        await run.WaitForAsync("twice 21 is 42");
        await run.InterruptAsync();
        await run.WaitForAsync("told to end");

        await run.InterruptAsync();

        await run.WaitForEndAsync();
        Assert.Contains("client * is killed", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_OfAFile_StartsNothing()
    {
        using var system = new SampleSystem();

        (int exitCode, string output, _) = await Rel4Command.RunAsync("run", system.Path, "--check");

        Assert.Equal(0, exitCode);
        Assert.Equal($"{system.Path}: 2 tasks, 3 objects between them\n", output);
    }

    [Theory]
    [InlineData("{\n  \"tasks\": {\n", "broken.json, line 3")]
    [InlineData("{\n  \"tasks\": {},\n  \"endpoint\": []\n}", "broken.json, line 3, $.endpoint: ")]
    [InlineData("", "broken.json, line 1: it is empty. docs/system.schema.json says")]
    [InlineData("{ \"tasks\": {} }", "broken.json, the system: it has no task. Add one.")]
    [InlineData(
        "{ \"tasks\": { \"a\": { \"program\": \"a.dll\", \"startAfter\": [\"b\"] } } }",
        "broken.json, line 1, task 'a': it starts after 'b', which is no task. Name one of 'a'.")]
    public async Task Run_OfAFileWithAMistake_SaysWhereAndFails(string text, string message)
    {
        using var system = new SampleSystem();

        (int exitCode, _, string error) = await Rel4Command.RunAsync("run", system.Write(text, "broken.json"));

        Assert.Equal(1, exitCode);
        Assert.StartsWith("rel4: ", error, StringComparison.Ordinal);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_WithoutAFile_SaysThatThereIsNone()
    {
        (int exitCode, _, string error) = await Rel4Command.RunAsync("run", "no-such.json");

        Assert.Equal(1, exitCode);
        Assert.Equal("rel4: There is no file no-such.json. docs/systems.md says how to write one.\n", error);
    }

    [Theory]
    [InlineData]
    [InlineData("--check")]
    public async Task Run_OfASystemWhoseFilesAreMissing_NamesAllOfThemAndStartsNothing(params string[] options)
    {
        using var system = new SampleSystem();
        string file = system.Write(
            """
            {
              "tasks": {
                "a": { "program": "missing.dll" }, "b": { "program": "." }, "c": { "program": "system.json" },
                "d": { "program": "/bin/sh", "sandbox": { "readable": ["no-data"] } }
              }
            }
            """,
            "missing.json");

        (int exitCode, string output, string error) = await Rel4Command.RunAsync(["run", file, .. options]);

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Equal(
            $"""
            rel4: task 'a': there is no program {system.PathOf("missing.dll")}. Build it, or correct its path.
            rel4: task 'b': its program {system.PathOf("")} is a folder. Name the .NET assembly (.dll) or the executable in it.
            rel4: task 'c': its program {system.PathOf("system.json")} is not executable. Run chmod +x on it, or name a .NET assembly (.dll).
            rel4: task 'd', sandbox: there is no {system.PathOf("no-data")}. Create it, or leave it out.

            """,
            error);
    }

    [Theory]
    [InlineData]
    [InlineData("--check")]
    public async Task Run_OfASystemWhoseMethodsAreMissing_NamesAllOfThemAndStartsNothing(params string[] options)
    {
        using var system = new SampleSystem();
        string program = Path.Combine(AppContext.BaseDirectory, "Rel4.Cli.Tests.dll");
        string Task(string name, string assembly, string type, string method) =>
            $"\"{name}\": {{ \"program\": \"{program}\", \"method\": {{ \"assembly\": \"{assembly}\", \"type\": \"{type}\", \"name\": \"{method}\" }} }}";
        string file = system.Write(
            $$"""
            {
              "tasks": {
                {{Task("a", "Rel4.Cli.Test", "T", "M")}}, {{Task("b", "Rel4.Cli.Tests", "Rel4.Cli.Tests.Program", "Serve")}},
                {{Task("c", "Rel4.Cli.Tests", "Rel4.Cli.Tests.EntryPoints+Inner", "Sever")}},
                {{Task("d", "Rel4.Cli.Tests", "Rel4.Cli.Tests.EntryPoints+Inner", "Serve")}}
              }
            }
            """,
            "missing.json");

        (int exitCode, string output, string error) = await Rel4Command.RunAsync(["run", file, .. options]);

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Equal(
            $"""
            rel4: task 'a', method: there is no assembly {Path.Combine(AppContext.BaseDirectory, "Rel4.Cli.Test.dll")}. Correct its name, which has no .dll at its end, or build it.
            rel4: task 'b', method: Rel4.Cli.Tests has no type Rel4.Cli.Tests.Program. Give its name with its namespace; one in another type is written Outer+Inner.
            rel4: task 'c', method: Rel4.Cli.Tests.EntryPoints+Inner has no static method 'Sever' without parameters that returns nothing or an int. Add it, or name one of 'Serve', 'Count'.

            """,
            error);
    }

    [Fact]
    public async Task Check_OfASystemThatRequiresMissingLayers_NamesThem()
    {
        SandboxReport here = SandboxReport.Inspect();
        using var system = new SampleSystem();
        string file = system.Write(
            "{ \"tasks\": { \"a\": { \"program\": \"/bin/sh\", \"sandbox\": { \"require\": [\"all\"] } } } }", "layers.json");

        (int exitCode, _, string error) = await Rel4Command.RunAsync("run", file, "--check");

        Assert.Equal(here.Missing.Any() ? 1 : 0, exitCode);
        Assert.Equal(
            string.Concat(here.Missing.Select(
                layer => $"rel4: task 'a', sandbox: it requires '{layer.Name}', which tasks don't get here. {layer.Detail.TrimEnd('.')}.\n")),
            error);
    }

    [Fact]
    public async Task Run_OfAKernelThatIsTooSmall_SaysSoInOneLine()
    {
        using var system = new SampleSystem();
        string text = (await File.ReadAllTextAsync(system.Path, TestContext.Current.CancellationToken))
            .Replace("\"endpoints\"", "\"kernel\": { \"memoryBits\": 20, \"rootCNodeBits\": 24 }, \"endpoints\"", StringComparison.Ordinal);

        (int exitCode, _, string error) = await Rel4Command.RunAsync("run", system.Write(text, "small.json"));

        Assert.Equal(1, exitCode);
        Assert.Equal(
            "rel4: kernel: 2^20 bytes hold no kernel with these sizes. Raise memoryBits, or lower rootCNodeBits, receivers or senders.",
            error.TrimEnd('\n').Split('\n')[^1]);
    }
}
