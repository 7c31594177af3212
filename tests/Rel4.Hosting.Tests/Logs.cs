using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Rel4.Hosting.Tests;

/// <summary>Keeps what is logged for a test to look at.</summary>
internal sealed class Logs : ILoggerProvider
{
    private readonly ConcurrentQueue<(string Category, LogLevel Level, string Text)> _lines = new();

    /// <summary>Gets all lines, for people.</summary>
    public string All => string.Join('\n', _lines);

    public ILogger CreateLogger(string categoryName) => new Category(this, categoryName);

    public void Dispose()
    {
    }

    /// <summary>Tells whether a line with a text was logged.</summary>
    public bool Has(string category, LogLevel level, string text) =>
        _lines.Any(line => line.Category == category && line.Level == level && line.Text.Contains(text, StringComparison.Ordinal));

    /// <summary>Waits until a condition holds.</summary>
    public async Task WaitForAsync(Func<bool> condition)
    {
        for (int i = 0; !condition(); i++)
        {
            if (i >= 6000)
                Assert.Fail($"It did not come to that. What was logged:\n{All}");
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }

    private sealed class Category(Logs logs, string name) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            logs._lines.Enqueue((name, logLevel, $"{formatter(state, exception)} {exception?.Message}"));
    }
}
