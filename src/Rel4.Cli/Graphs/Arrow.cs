using Rel4.Hosted.Observation;

namespace Rel4.Cli.Graphs;

/// <summary>An arrow between a task and an object: the way that messages, signals or data go.</summary>
/// <param name="From">Where it starts.</param>
/// <param name="To">Where it ends.</param>
/// <param name="Lines">Under which name the task was granted it, and what it allows besides.</param>
internal sealed record Arrow(Node From, Node To, IReadOnlyList<string> Lines)
{
    /// <summary>Gets the arrows of a system. Who may both send and receive has one each way.</summary>
    public static IReadOnlyList<Arrow> Of(SystemSnapshot system)
    {
        Dictionary<(bool IsTask, string Name), Node> nodes = Node.AllOf(system).ToDictionary(node => (node.IsTask, node.Name));
        return
        [
            .. from holding in system.Holdings
               let task = nodes[(true, holding.Task)]
               let item = nodes[(false, holding.Object)]
               from arrow in Directions(holding, task, item)
               group arrow by (arrow.From, arrow.To) into same
               select same.First() with { Lines = [.. same.SelectMany(arrow => arrow.Lines).Distinct()] },
        ];
    }

    private static IEnumerable<Arrow> Directions(HoldingSnapshot holding, Node task, Node item)
    {
        string[] name = holding.Grant is null ? [] : [holding.Grant];
        if (holding.Rights.Contains("write"))
            yield return new Arrow(task, item, Describe(holding) is { Length: > 0 } more ? [.. name, more] : name);
        if (holding.Rights.Contains("read"))
            yield return new Arrow(item, task, name);
    }

    private static string Describe(HoldingSnapshot holding)
    {
        IEnumerable<string> words = holding.Rights.Where(right => right is "grant" or "grantReply");
        return string.Join(", ", holding.Badge == 0 ? words : words.Append($"badge {holding.Badge}"));
    }
}
