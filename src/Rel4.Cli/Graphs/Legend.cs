using Rel4.Hosted.Observation;

namespace Rel4.Cli.Graphs;

/// <summary>Says what the arrows of a graph mean, by a task and an object of a kind that is in it.</summary>
internal static class Legend
{
    /// <summary>Chooses the kind of object; null if there is none, or no task.</summary>
    public static NodeKind? Of(SystemSnapshot system)
    {
        IReadOnlyList<NodeKind> kinds = Node.KindsOf(system);
        return kinds.Contains(NodeKind.Task) && kinds[^1] is not (NodeKind.Host or NodeKind.Task)
            ? kinds.First(kind => kind is not (NodeKind.Host or NodeKind.Task)) : null;
    }

    /// <summary>Says what an arrow to the object means, and what is written beside it.</summary>
    public static IReadOnlyList<string> ToObject(NodeKind kind) =>
        [kind switch { NodeKind.Endpoint => "may send, as", NodeKind.Notification => "may signal, as", _ => "may write, as" }, "name of the grant", "rights, badge"];

    /// <summary>Says what an arrow from the object means, and what is written beside it.</summary>
    public static IReadOnlyList<string> FromObject(NodeKind kind) =>
        [kind switch { NodeKind.Endpoint => "may receive, as", NodeKind.Notification => "may wait, as", _ => "may read, as" }, "name of the grant"];
}
