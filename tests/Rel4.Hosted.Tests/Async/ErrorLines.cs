using System.Collections.Concurrent;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Takes the lines that this process writes on its standard error output.</summary>
internal sealed class ErrorLines : StringWriter
{
    private readonly ConcurrentQueue<string> _lines = new();

    private ErrorLines()
    {
    }

    /// <summary>Gets the lines so far.</summary>
    public IReadOnlyCollection<string> Lines => _lines;

    /// <summary>Takes them from now on.</summary>
    public static ErrorLines Take()
    {
        var lines = new ErrorLines();
        Console.SetError(lines);
        return lines;
    }

    /// <inheritdoc/>
    public override void WriteLine(string? value) => _lines.Enqueue(value!);
}
