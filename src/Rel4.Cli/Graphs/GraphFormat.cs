namespace Rel4.Cli.Graphs;

/// <summary>Names the formats that graphs are written in.</summary>
internal enum GraphFormat
{
    /// <summary>Graphviz' language.</summary>
    Dot,

    /// <summary>Mermaid's language.</summary>
    Mermaid,

    /// <summary>A picture.</summary>
    Svg,

    /// <summary>For programs.</summary>
    Json,
}
