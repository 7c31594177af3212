using System.Text;
using Rel4.Hosted.Observation;
using Rel4.Hosted.Supervision;

namespace Rel4.Cli.Graphs;

/// <summary>Writes graphs in Graphviz' language (https://graphviz.org/doc/info/lang.html), with a legend.</summary>
internal static class DotText
{
    // Who shows a picture may have other fonts than who laid it out: so there is room beside each text.
    private const string Attributes = """
          rankdir=LR;
          graph [fontname="sans-serif", fontsize=14, pad=0.3, nodesep=0.3, ranksep=0.6];
          node [fontname="sans-serif", fontsize=13, margin="0.2,0.12"];
          edge [fontname="sans-serif", fontsize=10, color="#5b6875", fontcolor="#3c4650"];

        """;

    /// <summary>Writes a system.</summary>
    public static string Write(SystemSnapshot system)
    {
        string name = PrintableText.Of(system.Name);
        var text = new StringBuilder();
        text.Append($"digraph {Quote(name)} {{\n{Attributes}  label={Quote(name)};\n  labelloc=t;\n");
        foreach (Node node in Node.AllOf(system))
            text.Append($"  {Id(node)} [label={Quote(node.Name)}, {StyleOf(node.Kind)}];\n");
        foreach (Arrow arrow in Arrow.Of(system))
            text.Append($"  {Id(arrow.From)} -> {Id(arrow.To)}{Label(arrow.Lines)};\n");

        text.Append("  subgraph cluster_legend {\n    label=\"Legend\";\n    color=\"#c5ccd3\";\n    style=rounded;\n");
        foreach (NodeKind kind in Node.KindsOf(system))
            text.Append($"    {LegendId(kind)} [label={Quote(Node.Describe(kind))}, {StyleOf(kind)}];\n");
        if (Legend.Of(system) is (var task, var sample))
        {
            text.Append($"    {LegendId(task)} -> {LegendId(sample)}{Label(Legend.ToObject(sample))};\n");
            text.Append($"    {LegendId(sample)} -> {LegendId(task)}{Label(Legend.FromObject(sample))};\n");
        }

        return text.Append("  }\n}\n").ToString();
    }

    private static string StyleOf(NodeKind kind) => kind switch
    {
        NodeKind.Host => "shape=box, style=\"filled,bold\", fillcolor=\"#dde3ea\", color=\"#34414e\"",
        NodeKind.Task => "shape=box, style=\"rounded,filled\", fillcolor=\"#e8f0fb\", color=\"#34639c\"",
        NodeKind.DebuggedTask => "shape=box, style=\"rounded,filled,dashed\", fillcolor=\"#fbe9e7\", color=\"#b3372b\"",
        NodeKind.Endpoint => "shape=ellipse, style=filled, fillcolor=\"#e9f6ec\", color=\"#2f7d46\"",
        NodeKind.Notification => "shape=hexagon, margin=\"0.05,0.05\", style=filled, fillcolor=\"#fdf3df\", color=\"#a8741a\"",
        _ => "shape=folder, style=filled, fillcolor=\"#f3ecf8\", color=\"#77489b\"",
    };

    private static string Label(IReadOnlyList<string> lines) => lines.Count == 0 ? "" : $" [label={Quote(string.Join('\n', lines))}]";

    private static string Id(Node node) => Quote($"{(node.IsTask ? "task" : "object")} {node.Name}");

    private static string LegendId(NodeKind kind) => Quote($"legend {kind}");

    private static string Quote(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}\"";
}
