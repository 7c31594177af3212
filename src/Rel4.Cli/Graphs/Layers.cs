namespace Rel4.Cli.Graphs;

/// <summary>Puts the nodes of a graph into columns, so that most arrows go from left to right and few cross.</summary>
/// <remarks>The steps of Sugiyama, Tagawa and Toda (1981), each in its simplest form: layers by longest paths, order by neighbours' means.</remarks>
internal static class Layers
{
    private const int OrderingSweeps = 8;

    /// <summary>Finds the columns, from left to right, each from top to bottom.</summary>
    public static IReadOnlyList<IReadOnlyList<Node>> Find(IReadOnlyList<Node> nodes, IReadOnlyList<Arrow> arrows)
    {
        (Node From, Node To)[] forward = [.. WithoutCycles(nodes, arrows)];
        Dictionary<Node, int> layer = nodes.ToDictionary(node => node, _ => 0);
        // The longest path has fewer steps than there are nodes.
        for (int i = 1; i < nodes.Count; i++)
        {
            foreach ((Node from, Node to) in forward)
                layer[to] = Math.Max(layer[to], layer[from] + 1);
        }

        List<Node>[] columns = [.. nodes.GroupBy(node => layer[node]).OrderBy(group => group.Key).Select(group => group.ToList())];
        for (int sweep = 0; sweep < OrderingSweeps; sweep++)
        {
            foreach (List<Node> column in sweep % 2 == 0 ? columns : columns.Reverse())
                Order(column, columns, forward);
        }

        return columns;
    }

    /// <summary>Gets the arrows but those that close a cycle, found by going in depth from each node.</summary>
    private static List<(Node From, Node To)> WithoutCycles(IReadOnlyList<Node> nodes, IReadOnlyList<Arrow> arrows)
    {
        ILookup<Node, Node> next = arrows.ToLookup(arrow => arrow.From, arrow => arrow.To);
        HashSet<Node> open = [], done = [];
        var kept = new List<(Node, Node)>();
        // Who only sends is a good start; a cycle without one starts anywhere.
        HashSet<Node> targets = [.. arrows.Select(arrow => arrow.To)];
        foreach (Node node in nodes.OrderBy(targets.Contains))
            Visit(node);
        return kept;

        void Visit(Node node)
        {
            if (!open.Add(node))
                return;
            foreach (Node target in next[node])
            {
                if (open.Contains(target) && !done.Contains(target))
                    continue;
                kept.Add((node, target));
                Visit(target);
            }

            done.Add(node);
        }
    }

    private static void Order(List<Node> column, List<Node>[] columns, (Node From, Node To)[] arrows)
    {
        Dictionary<Node, double> place = columns.SelectMany(other => other.Select((node, index) => (node, Place: (index + 0.5) / other.Count)))
            .ToDictionary(pair => pair.node, pair => pair.Place);
        Dictionary<Node, double> wish = column.ToDictionary(node => node, node =>
        {
            double[] neighbours = [.. arrows.Where(arrow => arrow.From == node || arrow.To == node)
                .Select(arrow => place[arrow.From == node ? arrow.To : arrow.From])];
            return neighbours.Length == 0 ? place[node] : neighbours.Average();
        });
        Node[] ordered = [.. column.OrderBy(node => wish[node])];
        column.Clear();
        column.AddRange(ordered);
    }
}
