using System.CommandLine;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;

namespace Rel4.Cli.Commands;

/// <summary>Runs a system described in a file: <c>rel4 run</c>.</summary>
internal static class RunCommand
{
    private const string Examples = """
        Examples:
          ./rel4 run system.json             until all tasks have ended, or Ctrl-C
          ./rel4 run system.json --check     only says whether the file describes a system that can run here
          ./rel4 run system.json --grace 1   tasks have a second to end when they are stopped

        Ctrl-C or SIGTERM stops the tasks in order, and a second one kills what still runs. The exit code is 0 if no task failed.
        """;

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var file = new Argument<string>("SYSTEM.json") { Description = "The system file (docs/systems.md)." };
        var check = new Option<bool>("--check") { Description = "Checks the file, and that what it names and requires is there, and starts nothing." };
        Option<double?> grace = NumberOption.Create<double>(
            "--grace", "How long a task that was asked to end has before it is killed.", "SECONDS",
            "a number of seconds", 0, 3600, new SupervisionOptions().GracePeriod.TotalSeconds);

        var command = new DocumentedCommand("run", "Runs a system described in a file.", Examples) { file, check, grace };
        command.SetAction((parsed, _) => CommandFailure.CatchAsync(async () =>
        {
            string path = parsed.GetRequiredValue(file);
            SystemDefinition system = CommandFailure.LoadSystem(path);
            // Before the first task starts, and all that is missing at once.
            SystemCheck.Check(system);
            if (parsed.GetValue(check))
            {
                Console.WriteLine($"{path}: {system.Tasks.Length} tasks, {system.Objects.Length} objects between them");
                return ExitCode.Success;
            }

            // It takes Ctrl-C itself, so that a second one is heard.
            var options = new SupervisionOptions { Name = path, IsControllable = true, GracePeriod = TimeSpan.FromSeconds(parsed.GetValue(grace)!.Value) };
            await Console.Error.WriteLineAsync($"rel4: {path} runs as process {Environment.ProcessId}. Look at it with 'rel4 top'; Ctrl-C stops it.");
            return await RunningSystem.RunAsync(system, options, CancellationToken.None);
        }));
        return command;
    }
}
