using System.Collections.Concurrent;
using Rel4.Hosted.Supervision;

namespace Rel4.Hosted.Tests.Supervision;

/// <summary>Keeps the output of a system for a test to look at.</summary>
internal sealed class Recorder : IOutputSink
{
    private readonly ConcurrentQueue<OutputLine> _lines = new();

    /// <summary>Gets what tasks wrote to standard output.</summary>
    public IEnumerable<string> Output => _lines.Where(line => line.Kind == OutputKind.Output).Select(line => line.Text);

    /// <summary>Gets all lines, for people.</summary>
    public string All => string.Join('\n', _lines.Select(line => $"{line.Task} {line.Kind}: {line.Text}"));

    /// <summary>Gets what is done when a line was written.</summary>
    public Action<OutputLine>? Wrote { get; init; }

    public void Write(OutputLine line)
    {
        _lines.Enqueue(line);
        Wrote?.Invoke(line);
    }

    /// <summary>Waits until lines with a text were written so many times.</summary>
    public Task WaitForAsync(string text, int times = 1) =>
        Eventually.HoldsAsync(() => _lines.Count(line => line.Text.Contains(text, StringComparison.Ordinal)) >= times,
            () => $"'{text}' was not written {times} times. What was:\n{All}");

    /// <summary>Gets the lines of one kind.</summary>
    public IEnumerable<(string Task, string Text)> Of(OutputKind kind) =>
        _lines.Where(line => line.Kind == kind).Select(line => (line.Task, line.Text));
}
