using Rel4.Hosted.Observation;

namespace Rel4.Cli.Graphs;

/// <summary>A task or an object in a graph. Both may have the same name.</summary>
internal readonly record struct Node(string Name, NodeKind Kind)
{
    /// <summary>Gets whether it is a task, or the composing process.</summary>
    public bool IsTask => Kind is NodeKind.Host or NodeKind.Task or NodeKind.DebuggedTask;

    /// <summary>Gets all nodes of a system, tasks first.</summary>
    public static IReadOnlyList<Node> AllOf(SystemSnapshot system) =>
    [
        .. system.Tasks.Select(task => new Node(task.Name, task.IsHost ? NodeKind.Host : task.IsDebuggable ? NodeKind.DebuggedTask : NodeKind.Task)),
        .. system.Objects.Select(item => new Node(item.Name, item.Kind switch
        {
            ObjectKind.Endpoint => NodeKind.Endpoint,
            ObjectKind.Notification => NodeKind.Notification,
            _ => NodeKind.Frame,
        })),
    ];

    /// <summary>Gets the kinds that there are in a system, in the order of their declaration.</summary>
    public static IReadOnlyList<NodeKind> KindsOf(SystemSnapshot system) => [.. AllOf(system).Select(node => node.Kind).Distinct().Order()];

    /// <summary>Says what a kind is.</summary>
    public static string Describe(NodeKind kind) => kind switch
    {
        NodeKind.Host => "composing process",
        NodeKind.DebuggedTask => "task, open to debuggers",
        _ => $"{kind}".ToLowerInvariant(),
    };
}
