using Spectre.Console;

namespace Rel4.Cli.Testing;

/// <summary>Tells the user how a test run goes; a line each minute is the sign of life where nothing can be redrawn.</summary>
internal sealed class TestReport(IAnsiConsole console, Repository repository)
{
    private const int OutputLimit = 40;
    private static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan SignOfLife = TimeSpan.FromMinutes(1);

    /// <summary>Frames between a test and the runner, which say nothing about the test.</summary>
    private static readonly string[] RunnerFrames =
    [
        "at Xunit.", "at InvokeStub_",
        "at System.Reflection.", "at System.RuntimeMethodHandle.", "at System.Runtime.CompilerServices.Async",
    ];

    private readonly Lock _lock = new();
    private readonly List<TestRun> _running = [];

    /// <summary>Shows what is going on until the work is done.</summary>
    public async Task<T> FollowAsync<T>(string what, Func<Task<T>> work)
    {
        if (console.Profile.Capabilities.Interactive)
            return await console.Status().StartAsync(what, status => TickAsync(work(), Redraw, () => status.Status(Progress(what))));
        console.WriteLine(what);
        return await TickAsync(work(), SignOfLife, () => console.WriteLine(Progress(what)));
    }

    /// <summary>Notes that a project has begun.</summary>
    public void Started(TestRun run)
    {
        lock (_lock)
            _running.Add(run);
    }

    /// <summary>Prints a project's counts and failures.</summary>
    public void Finished(TestRun run, TestResult result, TimeSpan elapsed)
    {
        lock (_lock)
        {
            _running.Remove(run);
            string color = result.Failures.Count > 0 ? "red" : result.Passed > 0 ? "green" : "grey";
            console.MarkupLine($"[{color}]{Markup.Escape(run.Project.Name),-28}[/] {result}  [grey]{elapsed.TotalSeconds:0.0} s[/]");
            foreach (TestFailure failure in result.Failures)
                Print(failure);
        }
    }

    /// <summary>Says what a project was doing when the user stopped it.</summary>
    public void Stopped(TestRun run)
    {
        lock (_lock)
        {
            _running.Remove(run);
            console.WriteLine($"{run.Project.Name} stopped; running were {string.Join(", ", run.Feed.Running)}");
        }
    }

    private static async Task<T> TickAsync<T>(Task<T> work, TimeSpan interval, Action tick)
    {
        while (await Task.WhenAny(work, Task.Delay(interval)) != work)
            tick();
        return await work;
    }

    private string Progress(string what)
    {
        lock (_lock)
        {
            if (_running.Count == 0)
                return what;
            return string.Join("; ", _running.Select(run => $"{run.Project.Name}: {run.Feed.SoFar}"));
        }
    }

    private void Print(TestFailure failure)
    {
        console.MarkupLine($"[red]FAILED[/] {Markup.Escape(failure.Name)}");
        Indent(Lines(failure.Message));
        Indent(WithoutRunner(Lines(failure.StackTrace)));
        string[] output = [.. WithoutRunner(Lines(failure.Output))];
        if (output.Length > 0)
            Indent(["output:", .. output.TakeLast(OutputLimit).Select(line => "  " + line)]);
    }

    private static string[] Lines(string text) => text.Length == 0 ? [] : text.TrimEnd().Split('\n');

    private static IEnumerable<string> WithoutRunner(IEnumerable<string> lines) =>
        lines.Where(line => !RunnerFrames.Any(line.TrimStart().StartsWith));

    private void Indent(IEnumerable<string> lines)
    {
        string root = repository.Root + Path.DirectorySeparatorChar;
        foreach (string line in lines)
            console.WriteLine(("    " + line.Replace(root, "", StringComparison.Ordinal)).TrimEnd());
    }
}
