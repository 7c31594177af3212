using System.CommandLine;
using Rel4.Cli.Graphs;
using Rel4.Cli.Observing;
using Rel4.Hosted.Observation;

namespace Rel4.Cli.Commands;

/// <summary>Draws who holds what: <c>rel4 graph</c>.</summary>
internal static class GraphCommand
{
    private const string Examples = """
        Examples:
          ./rel4 graph system.json                       Graphviz DOT, as the file says
          ./rel4 graph system.json --output system.svg   a picture, drawn by Graphviz
          ./rel4 graph system.json --format mermaid      for Markdown, which many show as a picture
          ./rel4 graph --output now.svg                  of the system that is running: what its tasks hold now
          ./rel4 graph 4711 --json                       of the one in process 4711, for a program to read

        Arrows go from a task to what it may send to, signal or write, and from an object to the tasks that may take from it. Beside
        each stands the name of the grant.
        """;

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var source = new Argument<string?>("SYSTEM")
        {
            Description = "A system file, or the process of a running system; the running one if left out.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var format = new Option<string?>("--format")
        {
            Description = "What to write. By default what the output file's name ends with, and dot if it has no ending.",
            HelpName = "dot|mermaid|svg|json",
        };
        format.AcceptOnlyFromAmong("dot", "mermaid", "svg", "json");
        var json = new Option<bool>("--json") { Description = "As --format json." };
        var output = new Option<string?>("--output", "-o") { Description = "The file to write; standard output if left out.", HelpName = "FILE" };

        var command = new DocumentedCommand("graph", "Draws who holds what.", Examples) { source, format, json, output };
        command.SetAction((parsed, cancellationToken) => CommandFailure.CatchAsync(async () =>
        {
            string? file = parsed.GetValue(output);
            GraphFormat chosen = Choose(parsed.GetValue(json), parsed.GetValue(format), file);
            SystemSnapshot system = await FindAsync(parsed.GetValue(source), cancellationToken);
            string text = chosen switch
            {
                GraphFormat.Svg => await Graphviz.DrawAsync(DotText.Write(system), cancellationToken),
                GraphFormat.Mermaid => MermaidText.Write(system),
                GraphFormat.Json => system.ToJson() + "\n",
                _ => DotText.Write(system),
            };
            if (file is null)
                Console.Write(text);
            else
                OutputFile.Write(file, text);
            return ExitCode.Success;
        }));
        return command;
    }

    private static async Task<SystemSnapshot> FindAsync(string? source, CancellationToken cancellationToken)
    {
        bool isProcess = source is not null && SystemChoice.IsId(source);
        if (source is not null && (!isProcess || File.Exists(source)))
            return SystemSnapshot.Planned(CommandFailure.LoadSystem(source), source);
        ObservedSystem running = await SystemChoice.FindAsync(isProcess ? source : null, cancellationToken);
        return await SystemChoice.LookAsync(running, cancellationToken);
    }

    /// <summary>Chooses what to write.</summary>
    /// <exception cref="CommandFailure">The options contradict each other, or the file's name tells of another format.</exception>
    private static GraphFormat Choose(bool isJson, string? format, string? file)
    {
        if (isJson && format is not (null or "json"))
            throw new CommandFailure($"--json and --format {format} contradict each other: leave one out.");
        return (isJson ? "json" : format) switch
        {
            "dot" => GraphFormat.Dot,
            "mermaid" => GraphFormat.Mermaid,
            "svg" => GraphFormat.Svg,
            "json" => GraphFormat.Json,
            _ => Path.GetExtension(file)?.ToUpperInvariant() switch
            {
                ".SVG" => GraphFormat.Svg,
                ".MMD" => GraphFormat.Mermaid,
                ".JSON" => GraphFormat.Json,
                null or "" or ".DOT" or ".GV" => GraphFormat.Dot,
                string other => throw new CommandFailure(
                    $"{file}: {other.ToLowerInvariant()} is no format of graphs. End the name in .svg, .mmd, .dot, .gv or .json, or say --format."),
            },
        };
    }
}
