using System.Collections.Immutable;

namespace Rel4.Hosted.Supervision;

/// <summary>Names whether output has colors.</summary>
public enum OutputColors
{
    /// <summary>None.</summary>
    None,

    /// <summary>Those of ANSI terminals.</summary>
    Ansi,
}

/// <summary>Writes output with the task's name before each line.</summary>
/// <remarks>
/// Tasks are not trusted, a terminal obeys what is written to it, and who reads believes what is seen. So lines are shown as <see cref="PrintableText"/>.
/// </remarks>
public sealed class ConsoleOutput : IOutputSink
{
    private const string Reset = "\e[0m", Dim = "\e[2m";

    private static readonly string[] Colors =
        ["\e[36m", "\e[33m", "\e[32m", "\e[35m", "\e[34m", "\e[96m", "\e[93m", "\e[92m", "\e[95m", "\e[94m"];

    private readonly Lock _lock = new();
    private readonly ImmutableArray<string> _tasks;
    private readonly (TextWriter Writer, OutputColors Colors) _output;
    private readonly (TextWriter Writer, OutputColors Colors) _error;
    private readonly int _width;

    /// <summary>Makes a sink that writes to this process' standard output and error, with colors where those are terminals.</summary>
    /// <param name="tasks">The names of the tasks.</param>
    /// <remarks>There are none where the environment variable <c>NO_COLOR</c> is set to anything, or <c>TERM</c> is <c>dumb</c>.</remarks>
    public ConsoleOutput(params ImmutableArray<string> tasks)
        : this(tasks, Console.Out, ColorsFor(Console.IsOutputRedirected), Console.Error, ColorsFor(Console.IsErrorRedirected))
    {
    }

    internal ConsoleOutput(
        ImmutableArray<string> tasks, TextWriter output, OutputColors outputColors, TextWriter error, OutputColors errorColors)
    {
        _tasks = tasks;
        _output = (output, outputColors);
        _error = (error, errorColors);
        _width = tasks.Select(task => task.Length).DefaultIfEmpty().Max();
    }

    /// <inheritdoc/>
    public void Write(OutputLine line)
    {
        (TextWriter writer, OutputColors colors) = line.Kind == OutputKind.Output ? _output : _error;
        string name = line.Task.PadRight(_width);
        string text = PrintableText.Of(line.Text);
        string whole = (colors, line.Kind) switch
        {
            (OutputColors.None, OutputKind.Report) => $"{name} * {text}",
            (OutputColors.None, _) => $"{name} | {text}",
            (_, OutputKind.Report) => $"{ColorOf(line.Task)}{name} *{Reset} {Dim}{text}{Reset}",
            _ => $"{ColorOf(line.Task)}{name} |{Reset} {text}",
        };
        lock (_lock)
            writer.WriteLine(whole);
    }

    /// <summary>Tells whether output to a terminal or elsewhere should have colors.</summary>
    internal static OutputColors ColorsFor(bool isRedirected) =>
        !isRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
            && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb")
            ? OutputColors.Ansi
            : OutputColors.None;

    private string ColorOf(string task) => Colors[Math.Max(0, _tasks.IndexOf(task)) % Colors.Length];
}
