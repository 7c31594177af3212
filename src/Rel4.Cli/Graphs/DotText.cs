using System.Text;
using Rel4.Hosted.Observation;
using Rel4.Hosted.Supervision;

namespace Rel4.Cli.Graphs;

/// <summary>Writes graphs in Graphviz' language (https://graphviz.org/doc/info/lang.html).</summary>
internal static class DotText
{
    /// <summary>Writes a system.</summary>
    public static string Write(SystemSnapshot system)
    {
        var text = new StringBuilder();
        text.Append("digraph ").Append(Quote(PrintableText.Of(system.Name))).Append(" {\n  rankdir=LR;\n  node [fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\", fontsize=10];\n");
        foreach (TaskSnapshot task in system.Tasks)
            text.Append($"  {Id(Node.OfTask(task.Name))} [label={Quote(task.IsDebuggable ? $"{task.Name}\n(open to debuggers)" : task.Name)}, shape=box, style=rounded];\n");
        foreach (ObjectSnapshot item in system.Objects)
            text.Append($"  {Id(Node.OfObject(item.Name))} [label={Quote(item.Name)}, shape={ShapeOf(item.Kind)}];\n");
        foreach (Arrow arrow in Arrow.Of(system))
            text.Append($"  {Id(arrow.From)} -> {Id(arrow.To)}{(arrow.Label.Length == 0 ? "" : $" [label={Quote(arrow.Label)}]")};\n");
        return text.Append("}\n").ToString();
    }

    private static string ShapeOf(ObjectKind kind) => kind switch
    {
        ObjectKind.Endpoint => "ellipse",
        ObjectKind.Notification => "diamond",
        _ => "folder",
    };

    private static string Id(Node node) => Quote($"{(node.IsTask ? "task" : "object")} {node.Name}");

    private static string Quote(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
