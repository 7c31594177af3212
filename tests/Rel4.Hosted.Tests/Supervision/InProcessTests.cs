using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Observation;
using Rel4.Hosted.Sandbox;
using Rel4.Hosted.Supervision;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Supervision;

/// <summary>Do tasks inside of the composing process do what those in processes of their own do, and is it said where they can't?</summary>
[Collection(nameof(OneKernel))]
public sealed class InProcessTests
{
    private const CapRights Client = CapRights.Write | CapRights.Grant, Server = CapRights.Read | CapRights.Grant;

    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(20);

    private readonly Recorder _output = new();
    private readonly SystemBuilder _builder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task TwoTasks_BesideARealOne_AnswerItInThisProcess()
    {
        EndpointDefinition words = _builder.AddEndpoint("words"), channels = _builder.AddEndpoint("channels");
        _builder.AddTask("first", InProcessPrograms.Serve).Grant("requests", words, Server).InProcess();
        _builder.AddTask("second", InProcessPrograms.ServeByChannels).Grant("requests", channels, Server).InProcess();
        _builder.AddTask("client", InProcessPrograms.CallBoth).Grant("words", words, Client).Grant("channels", channels, Client);

        await using RunningSystem system = await StartAsync();
        await system["client"].Completion.WaitAsync(s_grace, Cancellation);

        int here = Environment.ProcessId;
        Assert.Equal([$"words {here} 1", $"words {here} 2", $"channels {here} 1", $"channels {here} 2"], _output.Output);
        Assert.Equal(0, InProcessPrograms.Served);
        Assert.Equal((here, here), (system["first"].ProcessId, system["second"].ProcessId));
        Assert.Equal(
            [("client", false), ("first", true), ("second", true)],
            new SystemObserver(system, "observed").Look().Tasks.Select(task => (task.Name, task.IsInProcess)).Order());
        Assert.Equal(
            ["first", "second"],
            _output.Of(OutputKind.Report).Where(line => line.Text.StartsWith("is NOT ISOLATED", StringComparison.Ordinal)).Select(line => line.Task).Order());
    }

    [Fact]
    public async Task Exception_OfTheMethod_IsACrashOfTheTaskAlone()
    {
        EndpointDefinition requests = AddServer(InProcessPrograms.ServeByChannels, RestartPolicy.Always with { FirstDelay = TimeSpan.Zero });
        _builder.Host.Grant("server", requests, Client);
        await using RunningSystem system = await StartAsync();
        Assert.Equal(1, await CallAsync());
        Assert.Equal(2, await CallAsync());
        RunningTask server = system["server"];

        await Assert.ThrowsAnyAsync<Rel4Exception>(async () => await TaskContext.Endpoint("server").CallAsync(InProcessPrograms.Throw, cancellationToken: Cancellation));
        await Eventually.HoldsAsync(() => server is { Restarts: 1, State: TaskState.Running }, () => _output.All);

        // Its statics are new, as those of a new process.
        Assert.Equal(1, await CallAsync());
        Assert.Equal(new TaskEnd(134, null), server.LastEnd);
        Assert.Contains(_output.Of(OutputKind.Error), line => line.Task == "server" && line.Text.Contains("InvalidOperationException: on purpose", StringComparison.Ordinal));
        // Where debuggers look for breakpoints, too.
        Assert.Contains(_output.Of(OutputKind.Error), line => line.Text.Contains("InProcessPrograms.cs:line", StringComparison.Ordinal));
        Assert.Contains(_output.Of(OutputKind.Report), line => line.Task == "server" && line.Text.StartsWith("ended: exit code 134", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Stop_OfTasksThatWait_EndsThemAndLeavesNothing()
    {
        EndpointDefinition requests = AddServer(InProcessPrograms.Serve, RestartPolicy.Always);
        _builder.AddTask("other", InProcessPrograms.ServeByChannels).Grant("requests", requests, Server).InProcess();
        await using RunningSystem system = await StartAsync();
        await RestartAsync();
        int before = Descriptors();

        for (int i = 0; i < 3; i++)
            await RestartAsync();

        await Eventually.HoldsAsync(() => Descriptors() <= before, () => $"{Descriptors()} descriptors are open, and {before} were.\n{_output.All}");
        await system.StopAsync(Cancellation);
        Assert.All(system.Tasks, task => Assert.Equal(TaskState.Stopped, task.State));
        Assert.Equal(["server", "other"], _output.Of(OutputKind.Report).TakeLast(2).Select(line => line.Task).OrderDescending());
        Assert.All(_output.Of(OutputKind.Report).TakeLast(2), line => Assert.Equal("stopped (exit code 143)", line.Text));
        Assert.Empty(_output.Of(OutputKind.Error));
        await Eventually.HoldsAsync(() => Threads("reL4 task '") == 0, () => "Threads of tasks are left.");

        async Task RestartAsync()
        {
            await system["server"].RestartAsync(hurry: Cancellation);
            await system["other"].RestartAsync(hurry: Cancellation);
            await Eventually.HoldsAsync(
                () => new SystemObserver(system, "observed").Look().Objects.Single().Waiting is var waiting && waiting.Contains("server") && waiting.Contains("other"), () => $"They did not come so far.\n{_output.All}");
        }
    }

    /// <summary>Whatever the threads of a task are about when it is stopped, the process goes on, and so do the others.</summary>
    [Fact]
    public async Task Restart_UnderLoad_DisturbsNobodyElse()
    {
        EndpointDefinition words = _builder.AddEndpoint("words"), requests = AddServer(InProcessPrograms.ServeByChannels, RestartPolicy.Never);
        _builder.AddTask("words", InProcessPrograms.Serve).Grant("requests", words, Server).InProcess();
        _builder.AddTask("caller", InProcessPrograms.CallForEver).Grant("words", words, Client).InProcess();
        _builder.Host.Grant("server", requests, Client);
        await using RunningSystem system = await StartAsync();
        using var stop = new CancellationTokenSource();
        Task<int> load = Task.Run(
            async () =>
            {
                int lost = 0;
                while (!stop.IsCancellationRequested)
                {
                    try
                    {
                        await CallAsync();
                    }
                    catch (Rel4Exception failure) when (failure.IsTransient)
                    {
                        lost++;
                    }
                }

                return lost;
            },
            Cancellation);

        for (int i = 0; i < 12; i++)
        {
            RunningTask task = system.Tasks[i % 3];
            await task.RestartAsync(hurry: Cancellation);
            await Eventually.HoldsAsync(() => ProgressOf(task) > 1000, () => $"{task.Name} does not go on.\n{_output.All}");
        }

        await stop.CancelAsync();
        int lost = await load.WaitAsync(s_grace, Cancellation);
        Assert.InRange(lost, 0, 4);
        Assert.Empty(_output.Of(OutputKind.Error));
        Assert.All(system.Tasks, task => Assert.Equal((TaskState.Running, 4), (task.State, task.Restarts)));

        // Calls through a lane are none of the kernel's, and the channels' are few.
        long ProgressOf(RunningTask task) => task.Name == "server" ? 1001 : new SystemObserver(system, "observed").Look().Tasks
            .Single(other => other.Name == task.Name).Threads.Sum(thread => thread.SystemCalls);
    }

    [Fact]
    public async Task Stop_OfATaskThatMakesNoCall_LeavesItBehindAndSaysSo()
    {
        _builder.AddTask("spinning", InProcessPrograms.Spin).InProcess();
        Hold();
        try
        {
            await using RunningSystem system = await StartAsync();
            await Eventually.HoldsAsync(HasBegun, () => _output.All);

            await system["spinning"].StopAsync(TimeSpan.FromMilliseconds(50), Cancellation);

            Assert.Equal((TaskState.Stopped, "left behind"), (system["spinning"].State, $"{system["spinning"].LastEnd}"));
            Assert.Contains("is LEFT BEHIND in this process", _output.All, StringComparison.Ordinal);
        }
        finally
        {
            AppContext.SetSwitch(InProcessPrograms.Release, true);
        }

        await Eventually.HoldsAsync(() => Threads("reL4 task '") == 0, () => "It was released, and goes on.");
    }

    /// <summary>What a name stood for and can't be killed is no hindrance to what it stands for next, and harms it not when it goes on.</summary>
    [Fact]
    public async Task Add_OfTheNameOfOneThatWasLeftBehind_RunsBesideIt()
    {
        EndpointDefinition requests = _builder.AddEndpoint("requests");
        _builder.Host.Grant("server", requests, Client);
        _builder.AddTask("idle", InProcessPrograms.Serve).Grant("requests", _builder.AddEndpoint("other"), Server).InProcess();
        Hold();
        await using RunningSystem system = await StartAsync();
        try
        {
            await system.AddTaskAsync("task", InProcessPrograms.Spin, task => task.InProcess(), Cancellation);
            await Eventually.HoldsAsync(HasBegun, () => _output.All);
            await system.RemoveTaskAsync("task", TimeSpan.FromMilliseconds(50), Cancellation);
            Assert.Contains("is LEFT BEHIND in this process", _output.All, StringComparison.Ordinal);

            await system.AddTaskAsync("task", InProcessPrograms.ServeByChannels, task => task.Grant("requests", requests, Server).InProcess(), Cancellation);
            Assert.Equal(1, await CallAsync());
        }
        finally
        {
            AppContext.SetSwitch(InProcessPrograms.Release, true);
        }

        await Eventually.HoldsAsync(() => Threads("reL4 task 'task") == 1, () => "It was released, and goes on.");
        Assert.Equal(2, await CallAsync());
        Assert.Equal(TaskState.Running, system["task"].State);
    }

    [Fact]
    public async Task AddAndRemove_AgainAndAgain_LeavesNeitherThreadsNorDescriptors()
    {
        _builder.AddTask("idle", InProcessPrograms.Serve).Grant("requests", _builder.AddEndpoint("other"), Server).InProcess();
        await using RunningSystem system = await StartAsync();
        await RoundAsync();
        int descriptors = Descriptors(), threads = Threads("reL4 ");

        for (int i = 0; i < 20; i++)
            await RoundAsync();

        await Eventually.HoldsAsync(
            () => Descriptors() <= descriptors && Threads("reL4 ") <= threads,
            () => $"{Descriptors()} descriptors and {Threads("reL4 ")} threads, and {descriptors} and {threads} were.\n{_output.All}");

        async Task RoundAsync()
        {
            RunningTask task = await system.AddTaskAsync("task", InProcessPrograms.Exit, task => task.InProcess(), Cancellation);
            await task.Completion.WaitAsync(s_grace, Cancellation);
            await system.RemoveTaskAsync("task", hurry: Cancellation);
        }
    }

    [Fact]
    public async Task Stop_WithoutAGracePeriod_StillEndsATaskThatWaits()
    {
        AddServer(InProcessPrograms.Serve, RestartPolicy.Never);
        await using RunningSystem system = await StartAsync();
        await Eventually.HoldsAsync(() => new SystemObserver(system, "observed").Look().Objects.Single().Waiting.Contains("server"), () => _output.All);

        await system["server"].StopAsync(TimeSpan.Zero, Cancellation);

        Assert.Equal(new TaskEnd(143, null), system["server"].LastEnd);
    }

    [Fact]
    public async Task Stop_OfATaskThatWaitsForADebugger_EndsItBeforeItBegins()
    {
        _builder.AddTask("waiting", InProcessPrograms.Exit).InProcess().Debug(waitForDebugger: true);
        await using RunningSystem system = await StartAsync();
        await _output.WaitForAsync("waits until a debugger for .NET is attached to process");

        await system["waiting"].StopAsync(hurry: Cancellation);

        Assert.Equal(new TaskEnd(143, null), system["waiting"].LastEnd);
    }

    [Fact]
    public async Task Main_OfAnotherProgram_RunsWithItsArguments()
    {
        _builder.AddTask("method", InProcessPrograms.Exit).InProcess();
        await using RunningSystem system = await StartAsync();
        RunningTask main = await system.AddTaskAsync(
            "main", Path.Combine(AppContext.BaseDirectory, "Rel4.Hosted.Probe.dll"), task => task.Arguments("exit", "7").InProcess(), Cancellation);

        await Task.WhenAll(main.Completion, system["method"].Completion).WaitAsync(s_grace, Cancellation);

        Assert.Equal((new TaskEnd(7, null), new TaskEnd(3, null)), (main.LastEnd, system["method"].LastEnd));
    }

    [Fact]
    public void Build_WithWhatNothingHoldsAPartOfAProcessTo_IsRefused()
    {
        _builder.AddTask("limited", InProcessPrograms.Exit).Limit(new TaskLimits { Threads = 100 }).InProcess();
        _builder.AddTask("confined", InProcessPrograms.Exit).Require(SandboxLayers.SystemCallFilter).InProcess();
        _builder.AddTask("watched", InProcessPrograms.Exit).Watch(TimeSpan.FromSeconds(1), kill: true).InProcess();
        _builder.AddTask("native", "/bin/true").InProcess();
        _builder.AddTask("told", InProcessPrograms.Exit).Arguments("x").InProcess();

        SystemDefinitionException refusal = Assert.Throws<SystemDefinitionException>(() => _builder.Build());

        Assert.Equal(
            ["task 'confined', in process", "task 'limited', in process", "task 'native', in process", "task 'told', in process", "task 'watched', in process"],
            refusal.Problems.Select(problem => problem.Where).Order());
    }

    [Fact]
    public async Task Start_WithAnEnvironmentThatIsNotTheProcess_IsRefused()
    {
        _builder.AddTask("task", InProcessPrograms.Exit).InheritEnvironment("PATH").Environment("REL4_TESTS_COLOR", "blue").InProcess();

        InvalidOperationException refusal = await Assert.ThrowsAsync<InvalidOperationException>(StartAsync);

        Assert.Contains("set REL4_TESTS_COLOR=blue for the whole process", refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>Has the next <see cref="InProcessPrograms.Spin"/> go on until it is released.</summary>
    private static void Hold()
    {
        AppContext.SetSwitch(InProcessPrograms.Begun, false);
        AppContext.SetSwitch(InProcessPrograms.Release, false);
    }

    private static bool HasBegun() => AppContext.TryGetSwitch(InProcessPrograms.Begun, out bool hasBegun) && hasBegun;

    private static async Task<int> CallAsync()
    {
        using IpcResponse answer = await TaskContext.Endpoint("server").CallAsync(1, cancellationToken: Cancellation);
        return BitConverter.ToInt32(answer.Payload[sizeof(int)..]);
    }

    /// <summary>Counts descriptors that are no files: those .NET opens whenever it needs another assembly.</summary>
    private static int Descriptors() => UserInterrupts.ProcessResources.OpenDescriptors;

    private static int Threads(string name) => Directory.GetDirectories("/proc/self/task").Count(thread =>
    {
        try
        {
            return File.ReadAllText($"{thread}/comm").StartsWith(name, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            // It has ended meanwhile.
            return false;
        }
    });

    private EndpointDefinition AddServer(Action program, RestartPolicy restart)
    {
        EndpointDefinition requests = _builder.AddEndpoint("requests");
        _builder.AddTask("server", program).Grant("requests", requests, Server).Restart(restart).InProcess();
        return requests;
    }

    private Task<RunningSystem> StartAsync() => _builder.StartAsync(new SupervisionOptions { Output = _output, GracePeriod = s_grace }, Cancellation);
}
