namespace Rel4.Sim.Stories;

/// <summary>Remembers the last things that happened in a story.</summary>
internal sealed class History
{
    private const int Length = 40;
    private readonly Queue<string> _lines = new(Length);

    public void Add(string line)
    {
        if (_lines.Count == Length)
            _lines.Dequeue();
        _lines.Enqueue(line);
    }

    public override string ToString() => "  " + string.Join(Environment.NewLine + "  ", _lines);
}
