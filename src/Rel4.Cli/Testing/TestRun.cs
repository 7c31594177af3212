using System.Diagnostics;

namespace Rel4.Cli.Testing;

/// <summary>Runs one test project in a process of its own.</summary>
internal sealed class TestRun(TestProject project, TestSettings settings)
{
    /// <summary>Limits what is shown of a crashed process's standard error.</summary>
    private const int LastWordsLimit = 40;

    private static readonly string[] RuntimesLastWords = ["Unhandled exception", "Process terminated"];

    private readonly Queue<string> _lastWords = new();
    private bool _runtimeSpeaks;

    /// <summary>Gets the project that is run.</summary>
    public TestProject Project => project;

    /// <summary>Gets what is known while the process runs.</summary>
    public LiveFeed Feed { get; } = new();

    /// <summary>Runs the tests to their end. A process that crashes is a result with a failure, never an exception.</summary>
    public async Task<TestResult> RunAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(project.Assembly))
            return new TestResult(0, 0, [new(project.Name, "The build left no assembly: is the project listed in Rel4.slnx?")]);

        string resultFile = Path.ChangeExtension(project.Assembly, ".results.xml");
        File.Delete(resultFile);
        int exitCode = await ChildProcess.RunDotnetAsync(StartInfo(resultFile), Feed.Read, KeepLastWords, cancellationToken);
        if (ResultFile.TryRead(resultFile) is not { } result)
            return Crashed(Feed.SoFar, exitCode);
        // xunit exits with 0 or, when a test failed, 1.
        return exitCode == 0 || (exitCode == 1 && result.Failures.Count > 0) ? result : Crashed(result, exitCode);
    }

    private ProcessStartInfo StartInfo(string resultFile)
    {
        var startInfo = new ProcessStartInfo
        {
            ArgumentList = { project.Assembly, "-reporter", "json", "-noColor", "-noAutoReporters", "-xml", resultFile },
            WorkingDirectory = Path.GetDirectoryName(project.Assembly),
        };
        if (settings.Filter is { } filter)
        {
            startInfo.ArgumentList.Add("-method");
            startInfo.ArgumentList.Add($"*{filter}*");
        }

        settings.AddTo(startInfo.Environment);
        return startInfo;
    }

    private void KeepLastWords(string line)
    {
        lock (_lastWords)
        {
            // From here on the runtime says why it ends: the cause first, then frames without end.
            if (RuntimesLastWords.Any(line.StartsWith))
            {
                _lastWords.Clear();
                _runtimeSpeaks = true;
            }

            if (_lastWords.Count == LastWordsLimit)
            {
                if (_runtimeSpeaks)
                    return;
                _lastWords.Dequeue();
            }

            _lastWords.Enqueue(line);
        }
    }

    private TestResult Crashed(TestResult result, int exitCode)
    {
        // .NET reports a process that died by a signal as 128 + signal, as a shell does.
        string how = exitCode > 128 ? $"by signal {exitCode - 128}" : $"with exit code {exitCode}";
        IReadOnlyList<string> running = Feed.Running;
        string doing = running.Count == 0 ? "no test was running" : "running were " + string.Join(", ", running);
        string lastWords;
        lock (_lastWords)
            lastWords = string.Join('\n', _lastWords);
        return result with
        {
            Failures = [.. result.Failures, new(project.Name, $"The test process crashed: it ended {how}; {doing}.", Output: lastWords)],
        };
    }
}
