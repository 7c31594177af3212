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
        var check = new Option<bool>("--check") { Description = "Checks the file and that its programs are there, and starts nothing." };
        var grace = new Option<double>("--grace")
        {
            Description = "How long a task that was asked to end has before it is killed.",
            HelpName = "SECONDS",
            DefaultValueFactory = _ => new SupervisionOptions().GracePeriod.TotalSeconds,
        };
        grace.Validators.Add(result =>
        {
            if (!(result.GetValueOrDefault<double>() is >= 0 and <= 3600))
                result.AddError("--grace takes a number of seconds, 0 to 3600.");
        });

        var command = new DocumentedCommand("run", "Runs a system described in a file.", Examples) { file, check, grace };
        command.SetAction((parsed, _) => CommandFailure.CatchAsync(async () =>
        {
            string path = parsed.GetRequiredValue(file);
            SystemDefinition system = CommandFailure.LoadSystem(path);
            // Before the first task starts, and all that is missing at once.
            ProgramFiles.Check(system);
            if (parsed.GetValue(check))
            {
                Console.WriteLine($"{path}: {system.Tasks.Length} tasks, {system.Objects.Length} objects between them");
                return ExitCode.Success;
            }

            // It takes Ctrl-C itself, so that a second one is heard.
            var options = new SupervisionOptions { Name = path, GracePeriod = TimeSpan.FromSeconds(parsed.GetValue(grace)) };
            await Console.Error.WriteLineAsync($"rel4: {path} runs as process {Environment.ProcessId}. Look at it with 'rel4 top'; Ctrl-C stops it.");
            return await RunningSystem.RunAsync(system, options, CancellationToken.None);
        }));
        return command;
    }
}
