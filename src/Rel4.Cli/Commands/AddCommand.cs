using System.CommandLine;
using Rel4.Cli.Observing;
using Rel4.Hosted.Observation;

namespace Rel4.Cli.Commands;

/// <summary>Adds a task to a running system: <c>rel4 add</c>.</summary>
internal static class AddCommand
{
    private const string Examples = """
        Examples:
          ./rel4 add audit.json             to the system that is running, the task that audit.json describes
          ./rel4 add audit.json 4711        to the one whose kernel is in process 4711

        The file is a system file with one task, and nothing else. The task is granted endpoints, notifications and frames that the system has. It runs when the command ends, until it ends or 'rel4 remove'.
        Systems that 'rel4 run' has started let the same user do this; one of a program, if that says so (SupervisionOptions.IsControllable).
        """;

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var file = new Argument<string>("TASK.json") { Description = "The file with the task (docs/systems.md)." };
        Argument<string?> process = SystemChoice.Argument();
        var command = new DocumentedCommand("add", "Adds a task to a running system.", Examples) { file, process };
        command.SetAction((parsed, cancellationToken) => CommandFailure.CatchAsync(async () =>
        {
            string path = parsed.GetRequiredValue(file);
            CommandFailure.RequireFile(path);
            ObservedSystem system = await SystemChoice.FindAsync(parsed.GetValue(process), cancellationToken);
            try
            {
                await system.AddTaskAsync(path, cancellationToken);
            }
            catch (InvalidOperationException refused)
            {
                throw new CommandFailure(refused.Message);
            }

            return ExitCode.Success;
        }));
        return command;
    }
}
