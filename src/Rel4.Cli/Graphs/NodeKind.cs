namespace Rel4.Cli.Graphs;

/// <summary>Names what the nodes of graphs are.</summary>
internal enum NodeKind
{
    /// <summary>The process that composes the system, and takes part in it.</summary>
    Host,

    /// <summary>A task.</summary>
    Task,

    /// <summary>A task that debuggers and diagnostic tools can attach to, and so a weaker one.</summary>
    DebuggedTask,

    /// <summary>An endpoint.</summary>
    Endpoint,

    /// <summary>A notification.</summary>
    Notification,

    /// <summary>A frame.</summary>
    Frame,
}
