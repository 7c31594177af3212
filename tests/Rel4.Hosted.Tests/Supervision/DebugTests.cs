using System.Text.RegularExpressions;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Linux;
using Rel4.Hosted.Observation;
using Rel4.Hosted.Sandbox;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests.Sandbox;

namespace Rel4.Hosted.Tests.Supervision;

/// <summary>Looks into tasks from outside, as debuggers and .NET's tools do: those that are open to them, and others.</summary>
[Collection(nameof(OneKernel))]
public sealed partial class DebugTests
{
    // ptrace(2).
    private const int Seize = 0x4206;

    private readonly Recorder _output = new();
    private readonly SystemBuilder _builder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task DiagnosticPort_OfADebuggedTask_AnswersAndOthersHaveNone()
    {
        _builder.AddTask("open", DebugPrograms.Wait).Environment("COLOR", "blue").Debug();
        _builder.AddTask("closed", DebugPrograms.Wait);

        await using RunningSystem system = await StartAsync();
        await _output.WaitForAsync("begins", times: 2);
        string folder = FolderOf("open");
        string port = Assert.Single(DiagnosticPort.Find(folder, system["open"].ProcessId!.Value));
        string environment = await DiagnosticPort.GetEnvironmentAsync(port, Cancellation).WaitAsync(TimeSpan.FromSeconds(30), Cancellation);

        Assert.Contains("COLOR=blue", environment, StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(Path.GetDirectoryName(folder)!).SelectMany(other => DiagnosticPort.Find(other, system["closed"].ProcessId!.Value)));
        Assert.Equal(
            [("closed", false), ("open", true)],
            new SystemObserver(system, "observed").Look().Tasks.Select(task => (task.Name, task.IsDebuggable)).Order());
        Assert.DoesNotContain(_output.Of(OutputKind.Report), line => line.Task == "closed" && line.Text.Contains("DEBUGGERS", StringComparison.Ordinal));
    }

    /// <summary>Linux shows by the owner of its files in /proc whether a process is dumpable: whether others of its user may trace it.</summary>
    [Fact]
    public async Task Process_OfADebuggedTask_IsDumpableAndCanBeTraced()
    {
        _builder.Debug();
        _builder.AddTask("open", DebugPrograms.Wait);
        await using RunningSystem system = await StartAsync();
        await _output.WaitForAsync("begins");
        RunningTask closed = await system.AddTaskAsync("closed", DebugPrograms.Wait, cancellationToken: Cancellation);
        await _output.WaitForAsync("begins", times: 2);
        int open = system["open"].ProcessId!.Value;

        LinuxError error = LinuxError.None;
        var debugger = new Thread(() => SystemCall.TryInvoke(SystemCallNumber.ptrace, out error, Seize, open));
        debugger.Start();
        debugger.Join();

        Assert.Equal(LinuxError.None, error);
        Assert.Equal(UserOf(open), FileOwner.Of($"/proc/{open}/stat"));
        Assert.Equal(0u, FileOwner.Of($"/proc/{closed.ProcessId}/stat"));
    }

    [Fact]
    public async Task Task_ThatWaitsForADebugger_DoesNotBeginWithoutOne()
    {
        _builder.AddTask("waiting", DebugPrograms.Wait).Debug(waitForDebugger: true);
        _builder.AddTask("other", DebugPrograms.Wait).StartAfter("waiting");

        await using RunningSystem system = await StartAsync();
        await _output.WaitForAsync("waits until a debugger for .NET is attached to process");
        await _output.WaitForAsync("begins");
        // It attaches to its kernel before it waits.
        await Eventually.HoldsAsync(() => TaskPulse.Of(system.Kernel, system["waiting"].Plan).IsAttached, () => "It did not come so far.");

        Assert.Equal(("other", "begins"), Assert.Single(_output.Of(OutputKind.Output)));
        Assert.Equal(TaskState.Running, system["waiting"].State);
    }

    /// <summary>As an ordinary user, a task may not change the mode of files, which .NET does to its port.</summary>
    [Fact]
    public async Task DiagnosticPort_OfATaskOfAnOrdinaryUser_Answers()
    {
        using var files = new ProbeFiles();
        using UnsandboxedProbe host = UnsandboxedProbe.Start(files, StartedBy.OrdinaryUser, "debugged", nameof(SocketAccess.None));
        string line;
        do
            line = host.ReadLine();
        while (!line.Contains("| port ", StringComparison.Ordinal) && !line.Contains("| waits", StringComparison.Ordinal));

        Assert.Contains("| port ", line, StringComparison.Ordinal);
        string environment = await DiagnosticPort.GetEnvironmentAsync(line.Split("| port ")[1], Cancellation).WaitAsync(TimeSpan.FromSeconds(30), Cancellation);
        Assert.Contains("REL4_DEBUG=1", environment, StringComparison.Ordinal);
    }

    /// <summary>A task that could connect to its supervisor's diagnostic port, or another task's, would run code there: what listens trusts the user.</summary>
    [Theory]
    [InlineData(nameof(SocketAccess.None), "EPERM")]
    [InlineData(nameof(SocketAccess.Unix), "None")]
    public void Connect_OfADebuggedTaskOfAnOrdinaryUser_NeedsUnixSocketsGranted(string sockets, string expected)
    {
        using var files = new ProbeFiles();
        using UnsandboxedProbe host = UnsandboxedProbe.Start(files, StartedBy.OrdinaryUser, "debugged", sockets);
        var lines = new List<string>();
        do
            lines.Add(host.ReadLine());
        while (!lines[^1].Contains("| waits", StringComparison.Ordinal) && lines[^1].Length > 0);

        Assert.Contains(lines, line => line.EndsWith($"| connect supervisor={expected}", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.EndsWith($"| connect port of its own={expected}", StringComparison.Ordinal));
    }

    [Fact]
    public void Build_WithTheVariableThatOpensATask_IsRefused()
    {
        _builder.AddTask("task", DebugPrograms.Wait).Environment("REL4_DEBUG", "1");

        SystemDefinitionException refusal = Assert.Throws<SystemDefinitionException>(() => _builder.Build());

        Assert.Contains("the environment variable REL4_DEBUG is reL4's own", refusal.Message, StringComparison.Ordinal);
    }

    private static uint UserOf(int process) =>
        uint.Parse(File.ReadLines($"/proc/{process}/status").Single(line => line.StartsWith("Uid:\t", StringComparison.Ordinal)).Split('\t')[1], null);

    private string FolderOf(string task) => Folder().Match(
        _output.Of(OutputKind.Report).Single(line => line.Task == task && line.Text.StartsWith("is OPEN TO DEBUGGERS, and weaker", StringComparison.Ordinal)).Text).Groups[1].Value;

    private Task<RunningSystem> StartAsync() => _builder.StartAsync(new SupervisionOptions { Output = _output }, Cancellation);

    [GeneratedRegex("TMPDIR=([^ ,]+)")]
    private static partial Regex Folder();
}
