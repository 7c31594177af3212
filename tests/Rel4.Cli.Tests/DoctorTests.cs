using System.Text.Json;

namespace Rel4.Cli.Tests;

/// <summary>Checks what the command says of this machine, on which systems run.</summary>
public sealed class DoctorTests
{
    [Fact]
    public async Task Json_OfThisMachine_SaysThatSystemsCanRun()
    {
        (int exitCode, string output, string error) = await Rel4Command.RunAsync("doctor", "--json");

        Assert.True(exitCode == 0, output + error);
        using var document = JsonDocument.Parse(output);
        Assert.True(document.RootElement.GetProperty("canRun").GetBoolean());
        Dictionary<string, string?> verdicts = document.RootElement.GetProperty("findings").EnumerateArray()
            .ToDictionary(finding => finding.GetProperty("name").GetString()!, finding => finding.GetProperty("verdict").GetString());
        Assert.All(["futex", "memfd seals", "pidfd", "open files", "folders of tasks", "users of tasks", ".NET host", "addresses", ".NET runtime", "processors"], name => Assert.Equal("good", verdicts[name]));
        Assert.All(["user interrupts", "user namespaces", "system call filter", "confined files", "spin"], name => Assert.Contains(name, verdicts.Keys));
    }

    [Fact]
    public async Task Text_OfThisMachine_EndsWithTheVerdict()
    {
        (int exitCode, string output, _) = await Rel4Command.RunAsync("doctor");

        Assert.Equal(0, exitCode);
        Assert.EndsWith("Systems can run on this machine.\n", output, StringComparison.Ordinal);
    }
}
