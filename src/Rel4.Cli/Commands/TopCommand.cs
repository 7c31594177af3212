using System.CommandLine;
using Rel4.Cli.Observing;
using Rel4.Hosted.Observation;

namespace Rel4.Cli.Commands;

/// <summary>Shows what a running system does: <c>rel4 top</c>.</summary>
internal static class TopCommand
{
    private const string Examples = """
        Examples:
          ./rel4 top                  follows the system that is running, until Ctrl-C
          ./rel4 top 4711             the one whose kernel is in process 4711
          ./rel4 top --once           looks for one interval and ends
          ./rel4 top --once --json    one snapshot for a program to read; without --once, one a line and interval

        It shows systems of the same user, started by 'rel4 run' or by a program that uses SystemBuilder.
        """;

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Argument<string?> process = SystemChoice.Argument();
        var once = new Option<bool>("--once") { Description = "Shows it once." };
        var json = new Option<bool>("--json") { Description = "Writes snapshots as JSON, one a line." };
        Option<double?> interval = NumberOption.Create<double>(
            "--interval", "How long to wait between looks.", "SECONDS", "a number of seconds", 0.1, 3600, 1);

        var command = new DocumentedCommand("top", "Shows what a running system does.", Examples) { process, once, json, interval };
        command.SetAction((parsed, cancellationToken) => CommandFailure.CatchAsync(async () =>
        {
            ObservedSystem system = await SystemChoice.FindAsync(parsed.GetValue(process), cancellationToken);
            var watch = new Watch(system, TimeSpan.FromSeconds(parsed.GetValue(interval)!.Value));
            Task watching = (parsed.GetValue(json), parsed.GetValue(once)) switch
            {
                (true, true) => watch.WriteJsonAsync(cancellationToken),
                (true, false) => watch.WriteJsonForeverAsync(cancellationToken),
                (false, true) => watch.ShowAsync(Terminal.Open(), cancellationToken),
                (false, false) => watch.FollowAsync(Terminal.Open(), cancellationToken),
            };
            await watching;
            return ExitCode.Success;
        }));
        return command;
    }
}
