using System.Text;
using System.Text.Json;
using Rel4.Hosted.Observation;
using Rel4.Hosted.Supervision;

namespace Rel4.Cli.Graphs;

/// <summary>Writes graphs in Mermaid's language (https://mermaid.js.org/syntax/flowchart.html), which Markdown is shown with, with a legend.</summary>
internal static class MermaidText
{
    private const string Styles = """
          classDef host fill:#dde3ea,stroke:#34414e,stroke-width:3px,color:#1c2733
          classDef task fill:#e8f0fb,stroke:#34639c,color:#1c2733
          classDef debugged fill:#fbe9e7,stroke:#b3372b,stroke-dasharray:5 3,color:#1c2733
          classDef endpoint fill:#e9f6ec,stroke:#2f7d46,color:#1c2733
          classDef notification fill:#fdf3df,stroke:#a8741a,color:#1c2733
          classDef frame fill:#f3ecf8,stroke:#77489b,color:#1c2733

        """;

    /// <summary>Writes a system.</summary>
    public static string Write(SystemSnapshot system)
    {
        IReadOnlyList<Node> nodes = Node.AllOf(system);
        // A name may be a word of Mermaid's, so nodes are numbered; what names are made of needs no more than quotes.
        Dictionary<Node, string> ids = nodes.Select((node, index) => (node, index)).ToDictionary(pair => pair.node, pair => $"n{pair.index}");
        var text = new StringBuilder();
        text.Append($"---\ntitle: \"{JsonEncodedText.Encode(PrintableText.Of(system.Name))}\"\n---\nflowchart LR\n");
        // In a part of its own, so that no arrow runs through the legend.
        text.Append("  subgraph system [System]\n");
        foreach (Node node in nodes)
            text.Append($"    {Shape(ids[node], node.Name, node.Kind)}\n");
        foreach (Arrow arrow in Arrow.Of(system))
            text.Append($"    {ids[arrow.From]} {Line(arrow.Lines)} {ids[arrow.To]}\n");
        text.Append("  end\n  subgraph legend [Legend]\n");
        foreach (NodeKind kind in Node.KindsOf(system))
            text.Append($"    {Shape(LegendId(kind), Node.Describe(kind), kind)}\n");
        if (Legend.Of(system) is (var task, var sample))
        {
            text.Append($"    {LegendId(task)} {Line(Legend.ToObject(sample))} {LegendId(sample)}\n");
            text.Append($"    {LegendId(sample)} {Line(Legend.FromObject(sample))} {LegendId(task)}\n");
        }

        return text.Append("  end\n").Append(Styles).ToString();
    }

    private static string Shape(string id, string name, NodeKind kind)
    {
        string label = $"\"{name}\"";
        return kind switch
        {
            NodeKind.Host => $"{id}[[{label}]]:::host",
            NodeKind.Task => $"{id}[{label}]:::task",
            NodeKind.DebuggedTask => $"{id}[{label}]:::debugged",
            NodeKind.Endpoint => $"{id}([{label}]):::endpoint",
            NodeKind.Notification => $"{id}{{{{{label}}}}}:::notification",
            _ => $"{id}[({label})]:::frame",
        };
    }

    private static string Line(IReadOnlyList<string> lines) => lines.Count == 0 ? "-->" : $"-->|\"{string.Join("<br/>", lines)}\"|";

    private static string LegendId(NodeKind kind) => $"legend{kind}";
}
