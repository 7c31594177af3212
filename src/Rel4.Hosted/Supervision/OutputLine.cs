namespace Rel4.Hosted.Supervision;

/// <summary>Names where a line of output comes from.</summary>
public enum OutputKind
{
    /// <summary>The task's standard output.</summary>
    Output,

    /// <summary>The task's standard error.</summary>
    Error,

    /// <summary>What the supervisor reports about the task.</summary>
    Report,
}

/// <summary>Is a line of output.</summary>
/// <param name="Task">The name of the task that it is from or about.</param>
/// <param name="Kind">Where it comes from.</param>
/// <param name="Text">The text. What a task wrote may hold any character: show it as <see cref="PrintableText"/>.</param>
public readonly record struct OutputLine(string Task, OutputKind Kind, string Text);

/// <summary>Takes the output of all tasks.</summary>
public interface IOutputSink
{
    /// <summary>Takes a line.</summary>
    /// <remarks>Called from several threads, also at once. While it blocks, tasks that write wait; it must not throw.</remarks>
    void Write(OutputLine line);
}
