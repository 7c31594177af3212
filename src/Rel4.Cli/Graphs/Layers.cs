namespace Rel4.Cli.Graphs;

/// <summary>Puts the nodes of a graph into columns, so that most arrows go from left to right and few cross.</summary>
/// <remarks>The steps of Sugiyama, Tagawa and Toda (1981), each in its simplest form: layers by longest paths, order by neighbours' means.</remarks>
internal static class Layers
{
    private const int OrderingSweeps = 8;

    /// <summary>Finds the columns, from left to right, each from top to bottom.</summary>
    public static IReadOnlyList<IReadOnlyList<Node>> Find(IReadOnlyList<Node> nodes, IReadOnlyList<Arrow> arrows)
    {
        (List<(Node From, Node To)> forward, List<Node> left) = WithoutCycles(nodes, arrows);
        ILookup<Node, Node> targets = forward.ToLookup(arrow => arrow.From, arrow => arrow.To);
        Dictionary<Node, int> layer = nodes.ToDictionary(node => node, _ => 0);
        // A node is left behind all that it leads to, so backwards each comes before its targets.
        foreach (Node from in Enumerable.Reverse(left))
        {
            foreach (Node to in targets[from])
                layer[to] = Math.Max(layer[to], layer[from] + 1);
        }

        List<Node>[] columns = [.. nodes.GroupBy(node => layer[node]).OrderBy(group => group.Key).Select(group => group.ToList())];
        ILookup<Node, Node> neighbours = forward.Concat(forward.Select(arrow => (From: arrow.To, To: arrow.From)))
            .ToLookup(arrow => arrow.From, arrow => arrow.To);
        Dictionary<Node, double> place = [];
        foreach (List<Node> column in columns)
            Place(column, place);
        for (int sweep = 0; sweep < OrderingSweeps; sweep++)
        {
            foreach (List<Node> column in sweep % 2 == 0 ? columns : columns.Reverse())
                Order(column, neighbours, place);
        }

        return columns;
    }

    /// <summary>Gets the arrows but those that close a cycle, found by going in depth from each node, and the nodes as it left them.</summary>
    /// <remarks>Without recursion: a file may have thousands of tasks in a chain.</remarks>
    private static (List<(Node From, Node To)> Kept, List<Node> Left) WithoutCycles(IReadOnlyList<Node> nodes, IReadOnlyList<Arrow> arrows)
    {
        ILookup<Node, Node> next = arrows.ToLookup(arrow => arrow.From, arrow => arrow.To);
        HashSet<Node> open = [], done = [];
        var kept = new List<(Node, Node)>();
        var left = new List<Node>();
        var path = new Stack<(Node Node, IEnumerator<Node> Targets)>();
        // Who only sends is a good start; a cycle without one starts anywhere.
        HashSet<Node> targets = [.. arrows.Select(arrow => arrow.To)];
        foreach (Node node in nodes.OrderBy(targets.Contains))
        {
            Enter(node);
            while (path.TryPeek(out (Node Node, IEnumerator<Node> Targets) step))
            {
                if (!step.Targets.MoveNext())
                {
                    done.Add(step.Node);
                    left.Add(step.Node);
                    path.Pop();
                    continue;
                }

                Node target = step.Targets.Current;
                if (open.Contains(target) && !done.Contains(target))
                    continue;
                kept.Add((step.Node, target));
                Enter(target);
            }
        }

        return (kept, left);

        void Enter(Node node)
        {
            if (open.Add(node))
                path.Push((node, next[node].GetEnumerator()));
        }
    }

    private static void Order(List<Node> column, ILookup<Node, Node> neighbours, Dictionary<Node, double> place)
    {
        Dictionary<Node, double> wish = column.ToDictionary(
            node => node, node => neighbours[node].Select(neighbour => place[neighbour]).DefaultIfEmpty(place[node]).Average());
        Node[] ordered = [.. column.OrderBy(node => wish[node])];
        column.Clear();
        column.AddRange(ordered);
        Place(column, place);
    }

    private static void Place(List<Node> column, Dictionary<Node, double> place)
    {
        for (int index = 0; index < column.Count; index++)
            place[column[index]] = (index + 0.5) / column.Count;
    }
}
