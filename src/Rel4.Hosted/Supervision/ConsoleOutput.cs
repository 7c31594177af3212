using System.Collections.Immutable;
using Rel4.Hosted.Linux;

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
/// A terminal goes on with a long line in its next row, where a task could put another's name: on one, a line becomes rows that all begin with the name.
/// </remarks>
public sealed class ConsoleOutput : IOutputSink
{
    /// <summary>A terminal that does not say its size has so many.</summary>
    private const int UsualColumns = 80;

    private const string Reset = "\e[0m", Dim = "\e[2m";

    private static readonly string[] Colors =
        ["\e[36m", "\e[33m", "\e[32m", "\e[35m", "\e[34m", "\e[96m", "\e[93m", "\e[92m", "\e[95m", "\e[94m"];

    private readonly Lock _lock = new();
    private readonly ImmutableArray<string> _tasks;
    private readonly Target _output;
    private readonly Target _error;
    private readonly int _width;

    /// <summary>Makes a sink that writes to this process' standard output and error, with colors where those are terminals.</summary>
    /// <param name="tasks">The names of the tasks.</param>
    /// <remarks>There are none where the environment variable <c>NO_COLOR</c> is set to anything, or <c>TERM</c> is <c>dumb</c>.</remarks>
    public ConsoleOutput(params ImmutableArray<string> tasks)
        : this(
            tasks,
            new Target(Console.Out, ColorsFor(Console.IsOutputRedirected), ColumnsOf(1, Console.IsOutputRedirected)),
            new Target(Console.Error, ColorsFor(Console.IsErrorRedirected), ColumnsOf(2, Console.IsErrorRedirected)))
    {
    }

    internal ConsoleOutput(ImmutableArray<string> tasks, Target output, Target error)
    {
        _tasks = tasks;
        _output = output;
        _error = error;
        _width = tasks.Select(task => task.Length).DefaultIfEmpty().Max();
    }

    /// <inheritdoc/>
    public void Write(OutputLine line)
    {
        Target target = line.Kind == OutputKind.Output ? _output : _error;
        bool isReport = line.Kind == OutputKind.Report;
        string name = $"{line.Task.PadRight(_width)} {(isReport ? '*' : '|')}";
        // Asked each time: windows change.
        IEnumerable<string> rows = TerminalRows.Of(PrintableText.Of(line.Text), target.Columns() - name.Length - 1);
        if (target.Colors == OutputColors.Ansi)
        {
            name = $"{ColorOf(line.Task)}{name}{Reset}";
            if (isReport)
                rows = rows.Select(row => $"{Dim}{row}{Reset}");
        }

        string whole = string.Join(target.Writer.NewLine, rows.Select(row => $"{name} {row}"));
        lock (_lock)
            target.Writer.WriteLine(whole);
    }

    /// <summary>Tells whether output to a terminal or elsewhere should have colors.</summary>
    internal static OutputColors ColorsFor(bool isRedirected) =>
        !isRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
            && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb")
            ? OutputColors.Ansi
            : OutputColors.None;

    /// <summary>Tells how to learn how long a row is: without end where output is redirected.</summary>
    private static Func<int> ColumnsOf(int descriptor, bool isRedirected) => isRedirected
        ? () => int.MaxValue
        : () => TerminalSize.ColumnsOf(descriptor) is > 0 and int columns ? columns : UsualColumns;

    private string ColorOf(string task) => Colors[Math.Max(0, _tasks.IndexOf(task)) % Colors.Length];

    /// <summary>Is where output goes.</summary>
    /// <param name="Writer">Writes it.</param>
    /// <param name="Colors">Whether it has colors.</param>
    /// <param name="Columns">Gets how long a row is.</param>
    internal sealed record Target(TextWriter Writer, OutputColors Colors, Func<int> Columns);
}
