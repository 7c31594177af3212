using System.CommandLine;
using Rel4.Cli.Observing;
using Rel4.Hosted.Observation;
using Rel4.Hosted.Supervision;

namespace Rel4.Cli.Commands;

/// <summary>Lists the tasks of a running system, one a line: <c>rel4 list</c>.</summary>
internal static class ListCommand
{
    private const string Examples = """
        Examples:
          ./rel4 list           tasks of the system that is running: name, state, process, restarts
          ./rel4 list 4711      of the one whose kernel is in process 4711
        """;

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Argument<string?> process = SystemChoice.Argument();
        var command = new DocumentedCommand("list", "Lists the tasks of a running system.", Examples) { process };
        command.SetAction((parsed, cancellationToken) => CommandFailure.CatchAsync(async () =>
        {
            ObservedSystem system = await SystemChoice.FindAsync(parsed.GetValue(process), cancellationToken);
            SystemSnapshot snapshot = await SystemChoice.LookAsync(system, cancellationToken);
            foreach (TaskSnapshot task in snapshot.Tasks.Where(task => !task.IsHost))
                Console.WriteLine(PrintableText.Of($"{task.Name} {task.State} {(task.ProcessId is { } id ? $"{id}" : "-")} {task.Restarts}{(task.IsInProcess ? " NOT-ISOLATED" : "")}"));
            return ExitCode.Success;
        }));
        return command;
    }
}
