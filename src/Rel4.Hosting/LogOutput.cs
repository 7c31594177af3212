using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Rel4.Hosted.Supervision;

namespace Rel4.Hosting;

/// <summary>Takes the output of tasks to the host's loggers, of which each task has its own: <c>Rel4.Task.</c> and its name.</summary>
internal sealed partial class LogOutput(ILoggerFactory loggers) : IOutputSink
{
    /// <summary>The category of what the supervisor reports of the system as a whole.</summary>
    public const string SystemCategory = "Rel4.System";

    private const string SystemTask = "system";

    private readonly ConcurrentDictionary<string, ILogger> _loggers = new();

    /// <inheritdoc/>
    [SuppressMessage("Design", "CA1031", Justification = "A logger that fails is no reason to stop tasks, and a sink must not throw.")]
    public void Write(OutputLine line)
    {
        try
        {
            ILogger logger = _loggers.GetOrAdd(
                line.Task, static (task, loggers) => loggers.CreateLogger(task == SystemTask ? SystemCategory : $"Rel4.Task.{task}"), loggers);
            // Standard error is a warning: programs write there what somebody should see.
            string text = PrintableText.Of(line.Text);
            Log(logger, line.Kind == OutputKind.Error ? LogLevel.Warning : LogLevel.Information, text);
        }
        catch (Exception)
        {
        }
    }

    [LoggerMessage(EventId = 1, Message = "{Line}")]
    private static partial void Log(ILogger logger, LogLevel level, string line);
}
