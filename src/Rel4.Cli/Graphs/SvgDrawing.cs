using System.Globalization;
using System.Xml.Linq;
using Rel4.Hosted.Observation;
using Rel4.Hosted.Supervision;

namespace Rel4.Cli.Graphs;

/// <summary>Draws graphs as SVG: tasks as boxes, objects between them as rounder shapes.</summary>
internal static class SvgDrawing
{
    private const double Margin = 24, RowHeight = 76, BoxHeight = 40, LetterWidth = 7.6, LabelLetterWidth = 5.8, Padding = 28, Gap = 44, ArcRoom = 48;

    private static readonly XNamespace s_svg = "http://www.w3.org/2000/svg";

    private const string Style = """
        text { font: 13px sans-serif; text-anchor: middle; dominant-baseline: central; fill: #1c2733 }
        text.kind, text.label { font-size: 10px; fill: #5b6875 }
        text.label { paint-order: stroke; stroke: #fff; stroke-width: 3px }
        .task { fill: #e8f0fb; stroke: #34639c } .endpoint { fill: #e9f6ec; stroke: #2f7d46 }
        .notification { fill: #fdf3df; stroke: #a8741a } .frame { fill: #f3ecf8; stroke: #77489b }
        path.arrow { fill: none; stroke: #5b6875; stroke-width: 1.2; marker-end: url(#head) } #head path { fill: #5b6875 }
        """;

    /// <summary>Draws a system.</summary>
    public static string Draw(SystemSnapshot system)
    {
        IReadOnlyList<Arrow> arrows = Arrow.Of(system);
        IReadOnlyList<IReadOnlyList<Node>> columns = Layers.Find(Node.AllOf(system), arrows);
        Dictionary<Node, Box> boxes = Place(columns, arrows);
        double width = boxes.Values.Select(box => box.X + (box.Width / 2)).DefaultIfEmpty().Max() + Margin;
        double height = ((Margin + ArcRoom) * 2) + (RowHeight * columns.Select(column => column.Count).DefaultIfEmpty().Max());
        Dictionary<Node, string> kinds = system.Objects.ToDictionary(item => Node.OfObject(item.Name), item => $"{item.Kind}".ToLowerInvariant());
        var drawing = new XElement(
            s_svg + "svg",
            new XAttribute("viewBox", $"0 0 {Number(width)} {Number(height)}"),
            new XAttribute("width", Number(width)),
            new XAttribute("height", Number(height)),
            new XElement(s_svg + "title", PrintableText.Of(system.Name)),
            new XElement(s_svg + "style", Style),
            new XElement(s_svg + "rect", new XAttribute("width", "100%"), new XAttribute("height", "100%"), new XAttribute("fill", "#fff")),
            ArrowHead(),
            arrows.Select(arrow => Draw(arrow, boxes[arrow.From], boxes[arrow.To], height)),
            boxes.Select(pair => Draw(pair.Key.Name, kinds.GetValueOrDefault(pair.Key, "task"), pair.Value)));
        return drawing + "\n";
    }

    private static Dictionary<Node, Box> Place(IReadOnlyList<IReadOnlyList<Node>> columns, IReadOnlyList<Arrow> arrows)
    {
        var boxes = new Dictionary<Node, Box>();
        ILookup<Node, int> labels = arrows.Select(arrow => (Node: arrow.From, arrow.Label.Length))
            .Concat(arrows.Select(arrow => (Node: arrow.To, arrow.Label.Length)))
            .ToLookup(label => label.Node, label => label.Length);
        int most = columns.Select(column => column.Count).DefaultIfEmpty().Max();
        double left = Margin;
        for (int index = 0; index < columns.Count; index++)
        {
            IReadOnlyList<Node> column = columns[index];
            double width = column.Max(node => (node.Name.Length * LetterWidth) + Padding);
            double top = Margin + ArcRoom + ((most - column.Count) * RowHeight / 2);
            for (int i = 0; i < column.Count; i++)
            {
                double own = (column[i].Name.Length * LetterWidth) + Padding;
                boxes.Add(column[i], new Box(index, left + (width / 2), top + ((i + 0.5) * RowHeight), own));
            }

            // The longest label between this column and the next fits in between.
            int label = column.SelectMany(node => labels[node]).DefaultIfEmpty().Max();
            left += width + Gap + (label * LabelLetterWidth);
        }

        return boxes;
    }

    private static XElement Draw(string name, string kind, Box box)
    {
        double radius = kind switch { "task" => 4, "frame" => 0, _ => BoxHeight / 2 };
        return new XElement(
            s_svg + "g",
            new XElement(
                s_svg + "rect",
                new XAttribute("class", kind),
                new XAttribute("x", Number(box.X - (box.Width / 2))),
                new XAttribute("y", Number(box.Y - (BoxHeight / 2))),
                new XAttribute("width", Number(box.Width)),
                new XAttribute("height", Number(BoxHeight)),
                new XAttribute("rx", Number(radius))),
            Write("name", name, box.X, box.Y - 6),
            Write("kind", kind, box.X, box.Y + 10));
    }

    private static IEnumerable<XElement> Draw(Arrow arrow, Box from, Box to, double height)
    {
        Curve curve = Math.Abs(to.Column - from.Column) == 1 ? Curve.Beside(from, to) : Curve.Around(from, to, height);
        yield return new XElement(s_svg + "path", new XAttribute("class", "arrow"), new XAttribute("d", curve.ToString()));
        if (arrow.Label.Length > 0)
            yield return Write("label", arrow.Label, curve.Middle.X, curve.Middle.Y);
    }

    private static XElement ArrowHead() => new(
        s_svg + "defs",
        new XElement(
            s_svg + "marker",
            new XAttribute("id", "head"),
            new XAttribute("viewBox", "0 0 8 8"),
            new XAttribute("refX", "8"),
            new XAttribute("refY", "4"),
            new XAttribute("markerWidth", "8"),
            new XAttribute("markerHeight", "8"),
            new XAttribute("orient", "auto"),
            new XElement(s_svg + "path", new XAttribute("d", "M0,0 L8,4 L0,8 z"))));

    private static XElement Write(string kind, string text, double x, double y) =>
        new(s_svg + "text", new XAttribute("class", kind), new XAttribute("x", Number(x)), new XAttribute("y", Number(y)), text);

    private static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);

    /// <summary>Is where a node is drawn: its column, its middle and its width.</summary>
    private readonly record struct Box(int Column, double X, double Y, double Width);

    /// <summary>Is a cubic Bézier curve.</summary>
    private readonly record struct Curve((double X, double Y) Start, (double X, double Y) First, (double X, double Y) Second, (double X, double Y) End)
    {
        public (double X, double Y) Middle => (
            (Start.X + (3 * First.X) + (3 * Second.X) + End.X) / 8, (Start.Y + (3 * First.Y) + (3 * Second.Y) + End.Y) / 8);

        /// <summary>Goes from side to side, between neighboring columns; the way back is a little lower.</summary>
        public static Curve Beside(Box from, Box to)
        {
            int way = Math.Sign(to.X - from.X);
            double lower = way > 0 ? 0 : BoxHeight / 4;
            (double X, double Y) start = (from.X + (way * from.Width / 2), from.Y + lower), end = (to.X - (way * to.Width / 2), to.Y + lower);
            double bend = (end.X - start.X) / 2;
            return new Curve(start, (start.X + bend, start.Y), (end.X - bend, end.Y), end);
        }

        /// <summary>Goes around what lies between, above, or below on the way back.</summary>
        public static Curve Around(Box from, Box to, double height)
        {
            bool isForward = to.X > from.X;
            double side = isForward ? -BoxHeight / 2 : BoxHeight / 2;
            (double X, double Y) start = (from.X, from.Y + side), end = (to.X, to.Y + side);
            // So that the middle of the curve is in the room for arcs.
            double middle = isForward ? Margin + (ArcRoom / 2) : height - Margin - (ArcRoom / 2);
            double pull = ((8 * middle) - start.Y - end.Y) / 6;
            return new Curve(start, (start.X, pull), (end.X, pull), end);
        }

        public override string ToString() =>
            $"M{Pair(Start)} C{Pair(First)} {Pair(Second)} {Pair(End)}";

        private static string Pair((double X, double Y) point) => $"{Number(point.X)},{Number(point.Y)}";
    }
}
