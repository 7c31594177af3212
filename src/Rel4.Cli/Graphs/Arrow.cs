using Rel4.Hosted.Observation;

namespace Rel4.Cli.Graphs;

/// <summary>Is an arrow between a task and an object: the way that messages, signals or data go.</summary>
/// <param name="From">Where it starts.</param>
/// <param name="To">Where it ends.</param>
/// <param name="Label">What the capability allows besides.</param>
internal sealed record Arrow(Node From, Node To, string Label)
{
    /// <summary>Gets the arrows of a system. Who may both send and receive has one each way.</summary>
    public static IReadOnlyList<Arrow> Of(SystemSnapshot system) =>
    [
        .. from holding in system.Holdings
           let task = Node.OfTask(holding.Task)
           let item = Node.OfObject(holding.Object)
           from arrow in Directions(holding, task, item)
           group arrow by (arrow.From, arrow.To) into same
           select same.First() with { Label = string.Join("; ", same.Select(arrow => arrow.Label).Where(label => label.Length > 0).Distinct()) },
    ];

    private static IEnumerable<Arrow> Directions(HoldingSnapshot holding, Node task, Node item)
    {
        if (holding.Rights.Contains("write"))
            yield return new Arrow(task, item, Describe(holding));
        if (holding.Rights.Contains("read"))
            yield return new Arrow(item, task, "");
    }

    private static string Describe(HoldingSnapshot holding)
    {
        IEnumerable<string> words = holding.Rights.Where(right => right is "grant" or "grantReply");
        return string.Join(", ", holding.Badge == 0 ? words : words.Append($"badge {holding.Badge}"));
    }
}

/// <summary>Is a task or an object in a graph. Both may have the same name.</summary>
internal readonly record struct Node(string Name, bool IsTask)
{
    public static Node OfTask(string name) => new(name, IsTask: true);

    public static Node OfObject(string name) => new(name, IsTask: false);

    /// <summary>Gets all nodes of a system, tasks first.</summary>
    public static IReadOnlyList<Node> AllOf(SystemSnapshot system) =>
        [.. system.Tasks.Select(task => OfTask(task.Name)), .. system.Objects.Select(item => OfObject(item.Name))];
}
