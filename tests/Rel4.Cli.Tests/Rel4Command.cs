using System.Diagnostics;
using System.Text;

namespace Rel4.Cli.Tests;

/// <summary>Is a run of the <c>rel4</c> command.</summary>
internal sealed class Rel4Command : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(3);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();

    private Rel4Command(string[] arguments, bool findsPrograms = true, params string[] launcher)
    {
        string[] command = [.. launcher, "dotnet"];
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        // bin/Rel4.Cli.Tests/<configuration>/ is where this is; its neighbor is where the command is.
        string folder = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        start.ArgumentList.Add(Path.GetFullPath(Path.Combine(folder, "../../Rel4.Cli", Path.GetFileName(folder), "rel4.dll")));
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        if (!findsPrograms)
            start.Environment["PATH"] = "/nowhere";
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Keep(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(_error, line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Gets the number of its process.</summary>
    public int Id => _process.Id;

    /// <summary>Gets what it wrote to standard output until now.</summary>
    public string Output => Read(_output);

    /// <summary>Gets what it wrote to standard error until now.</summary>
    public string Error => Read(_error);

    /// <summary>Starts the command.</summary>
    public static Rel4Command Start(params string[] arguments) => new(arguments);

    /// <summary>Runs the command to its end.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        await using Rel4Command command = Start(arguments);
        return (await command.WaitForEndAsync(), command.Output, command.Error);
    }

    /// <summary>Runs the command to its end where it finds no other programs.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunWithoutProgramsAsync(params string[] arguments)
    {
        await using var command = new Rel4Command(arguments, findsPrograms: false);
        return (await command.WaitForEndAsync(), command.Output, command.Error);
    }

    /// <summary>Runs the command to its end as another's child: a child of this process, whose system it looks at, would be taken for a task.</summary>
    public static async Task<string> RunAsGrandchildAsync(params string[] arguments)
    {
        await using var command = new Rel4Command(arguments, findsPrograms: true, "sh", "-c", "\"$0\" \"$@\"; exit $?");
        Assert.True(await command.WaitForEndAsync() == 0, command.Error);
        return command.Output;
    }

    /// <summary>Waits until it has ended, and returns its exit code.</summary>
    public async Task<int> WaitForEndAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(s_limit);
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    /// <summary>Waits until it has written a text.</summary>
    public Task WaitForAsync(string text) => WaitForAsync(() => Output, text);

    /// <summary>Waits until it has written a text to standard error.</summary>
    public Task WaitForErrorAsync(string text) => WaitForAsync(() => Error, text);

    private async Task WaitForAsync(Func<string> written, string text)
    {
        var clock = Stopwatch.StartNew();
        while (!written().Contains(text, StringComparison.Ordinal))
        {
            Assert.True(clock.Elapsed < s_limit && !_process.HasExited, $"'{text}' was not written. What was:\n{Output}\n{Error}");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Does what Ctrl-C does.</summary>
    public async Task InterruptAsync()
    {
        using var kill = Process.Start("kill", ["-INT", $"{Id}"]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static void Keep(StringBuilder text, string? line)
    {
        lock (text)
            text.Append(line).Append(line is null ? "" : "\n");
    }

    private static string Read(StringBuilder text)
    {
        lock (text)
            return text.ToString();
    }
}
