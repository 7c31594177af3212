using System.Text.Json;

namespace Rel4.Cli.Testing;

/// <summary>Follows a running test process by the messages of xunit's <c>-reporter json</c>.</summary>
/// <remarks>
/// It shows progress, and says what a process was doing when it crashed. It is not the result: tests and their children write to the same
/// pipe and may tear a message, so what can't be read is passed over.
/// </remarks>
internal sealed class LiveFeed
{
    private const string MessageStart = "{\"$type\":";

    private readonly Lock _lock = new();
    private readonly Dictionary<string, string> _running = [];
    private readonly List<TestFailure> _failures = [];
    private int _passed;
    private int _skipped;

    /// <summary>Gets what is known so far.</summary>
    public TestResult SoFar
    {
        get
        {
            lock (_lock)
                return new TestResult(_passed, _skipped, [.. _failures]);
        }
    }

    /// <summary>Gets the tests that have started and not ended.</summary>
    public IReadOnlyList<string> Running
    {
        get
        {
            lock (_lock)
                return [.. _running.Values.Order(StringComparer.Ordinal)];
        }
    }

    /// <summary>Takes in one line of the process's standard output.</summary>
    public void Read(string line)
    {
        int start = line.IndexOf(MessageStart, StringComparison.Ordinal);
        if (start < 0)
            return;
        try
        {
            using var message = JsonDocument.Parse(line.AsMemory(start));
            lock (_lock)
                Apply(message.RootElement);
        }
        catch (Exception torn) when (torn is JsonException or KeyNotFoundException)
        {
            // The remarks say why that is no error.
        }
    }

    private void Apply(JsonElement message)
    {
        switch (Text("$type"))
        {
            case "test-starting":
                _running[Text("TestUniqueID")] = Text("TestDisplayName");
                break;
            case "test-passed":
                _passed++;
                break;
            case "test-skipped":
                _skipped++;
                break;
            case "test-failed":
                string name = _running.GetValueOrDefault(Text("TestUniqueID"), "unnamed");
                _failures.Add(new TestFailure(name, All("Messages"), All("StackTraces")));
                break;
            case "test-finished":
                _running.Remove(Text("TestUniqueID"));
                break;
        }

        string Text(string property) => message.GetProperty(property).GetString() ?? "";
        string All(string property) => string.Join('\n', message.GetProperty(property).EnumerateArray().Select(text => text.GetString()));
    }
}
