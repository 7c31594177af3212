using Rel4.Hosted.Observation;

namespace Rel4.Cli.Graphs;

/// <summary>Says what the arrows of a graph mean, by a task and an object of a kind that is in it.</summary>
internal static class Legend
{
    /// <summary>Chooses the kinds of both; null if one of them is not there.</summary>
    public static (NodeKind Task, NodeKind Object)? Of(SystemSnapshot system)
    {
        IReadOnlyList<NodeKind> kinds = Node.KindsOf(system);
        NodeKind[] tasks = [.. kinds.Where(kind => kind is NodeKind.Task or NodeKind.DebuggedTask)], objects = [.. kinds.Where(kind => kind >= NodeKind.Endpoint)];
        return tasks.Length > 0 && objects.Length > 0 ? (tasks[0], objects[0]) : null;
    }

    /// <summary>Says what an arrow to the object means, and what is written beside it.</summary>
    public static IReadOnlyList<string> ToObject(NodeKind kind) =>
        [kind switch { NodeKind.Endpoint => "may send, as", NodeKind.Notification => "may signal, as", _ => "may write, as" }, "name of the grant", "rights, badge"];

    /// <summary>Says what an arrow from the object means, and what is written beside it.</summary>
    public static IReadOnlyList<string> FromObject(NodeKind kind) =>
        [kind switch { NodeKind.Endpoint => "may receive, as", NodeKind.Notification => "may wait, as", _ => "may read, as" }, "name of the grant"];
}
