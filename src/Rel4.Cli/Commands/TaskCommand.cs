using System.CommandLine;
using Rel4.Cli.Observing;
using Rel4.Hosted.Observation;
using Rel4.Hosted.Supervision;

namespace Rel4.Cli.Commands;

/// <summary>Does something to a task of a running system: <c>rel4 start</c>, <c>stop</c>, <c>restart</c>, <c>remove</c>.</summary>
internal static class TaskCommand
{
    /// <summary>Makes a command.</summary>
    public static Command Create(ControlCommand what, string summary)
    {
        string name = what.ToString().ToLowerInvariant();
        string examples = $"""
            Examples:
              ./rel4 {name} store               the task 'store' of the system that is running
              ./rel4 {name} store 4711          of the one whose kernel is in process 4711

            It is done when the command ends. Systems that 'rel4 run' has started let the same user do this; one of a program, if that says so
            (SupervisionOptions.IsControllable).
            """;
        var task = new Argument<string>("TASK") { Description = "The task's name ('rel4 list')." };
        Argument<string?> process = SystemChoice.Argument();
        var command = new DocumentedCommand(name, summary, examples) { task, process };
        command.SetAction((parsed, cancellationToken) => CommandFailure.CatchAsync(async () =>
        {
            ObservedSystem system = await SystemChoice.FindAsync(parsed.GetValue(process), cancellationToken);
            try
            {
                await system.CommandAsync(what, parsed.GetRequiredValue(task), cancellationToken);
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
