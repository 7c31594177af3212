using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Linux;
using Rel4.Hosted.Observation;
using Rel4.Hosted.Sandbox;
using Rel4.Hosted.Supervision;

namespace Rel4.Hosted.Tests.Supervision;

/// <summary>Adds tasks to a running system, starts, stops and removes them.</summary>
[Collection(nameof(OneKernel))]
public sealed class AddedTaskTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly RestartPolicy Soon = RestartPolicy.Always with { FirstDelay = TimeSpan.FromMilliseconds(10), Factor = 1 };
    private static readonly EndpointDefinition Calls = new("calls");

    private static readonly SupervisionOptions s_weak = new() { Sandbox = SandboxReport.From(LinuxPrivileges.None, landlock: 0, hasSeccomp: true) };

    private readonly Recorder _output = new();
    private readonly SystemBuilder _builder = new();
    private readonly NotificationDefinition _never;

    public AddedTaskTests()
    {
        _never = _builder.AddNotification("never");
        _builder.AddTask("resident", Programs.WaitForever).Grant("never", _never, CapRights.Read);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AddTask_WithAnEndpointOfItsOwn_ServesWhoIsAddedLater()
    {
        await using RunningSystem system = await StartAsync();

        RunningTask echo = await AddEchoAsync(system);
        RunningTask client = await system.AddTaskAsync("client", Programs.Ask21, AsClient, Cancellation);
        await EndOf(client);

        Assert.Equal(["badge 1: 42"], _output.Output.Where(line => line != "waits"));
        Assert.Equal(["resident", "echo", "client"], system.Tasks.Select(task => task.Name));
        Assert.Equal((TaskState.Running, TaskState.Stopped), (echo.State, client.State));
        Assert.Equal([new GrantDefinition("service", Calls, CapRights.Write | CapRights.GrantReply, 1)], client.Definition.Grants);
    }

    [Fact]
    public async Task AddTask_GrantedWhatIsThere_ServesThoseThatWait()
    {
        EndpointDefinition calls = _builder.AddEndpoint("calls");
        _builder.AddTask("client", Programs.Ask21).Grant("service", calls, CapRights.Write | CapRights.GrantReply, badge: 7);
        await using RunningSystem system = await StartAsync();

        await system.AddTaskAsync("server", Programs.Double, task => task.Grant("requests", calls, CapRights.Read), Cancellation);
        await EndOf(system["client"]);

        Assert.Contains("badge 7: 42", _output.Output);
    }

    [Fact]
    public async Task AddTask_AgainAndAgain_LeavesSlotsMemoryAndDescriptorsAsTheyWere()
    {
        const int Rounds = 12;
        await using RunningSystem system = await StartAsync();
        await RoundAsync();
        RootState before = RootState.Of(system);
        int descriptors = OpenDescriptors();

        for (int round = 0; round < Rounds; round++)
            await RoundAsync();

        Assert.Equal(before, RootState.Of(system));
        Assert.Equal(["resident"], system.Tasks.Select(task => task.Name));
        Assert.Equal(["never"], system.Content.Objects.Select(placed => placed.Definition.Name));
        await Eventually.HoldsAsync(() => OpenDescriptors() <= descriptors, () => $"{descriptors} descriptors became {OpenDescriptors()}");

        async Task RoundAsync()
        {
            await system.AddTaskAsync(
                "plugin",
                Programs.Double,
                task => task.Owns(Calls).Owns(new NotificationDefinition("bell")).Owns(new FrameDefinition("page", FrameSize.Page4K))
                    .Grant("requests", Calls, CapRights.Read)
                    .Grant("page", new FrameDefinition("page", FrameSize.Page4K), CapRights.ReadWrite)
                    .GrantMemory("heap", 16),
                Cancellation);
            await EndOf(await system.AddTaskAsync("client", Programs.Ask21, AsClient, Cancellation));
            await system.RemoveTaskAsync("client", hurry: Cancellation);
            await system.RemoveTaskAsync("plugin", hurry: Cancellation);
        }
    }

    [Fact]
    public async Task Completion_ReadAgain_IsTheSameUntilSomethingRunsAgain()
    {
        await using RunningSystem system = await StartAsync();
        Task first = system.Completion;
        Assert.Same(first, system.Completion);

        await system["resident"].StopAsync(TimeSpan.Zero, Cancellation);
        await first.WaitAsync(Limit, Cancellation);
        Assert.Same(first, system.Completion);
        await system["resident"].StartAsync();

        Assert.NotSame(first, system.Completion);
        Assert.False(system.Completion.IsCompleted);
    }

    /// <summary>A receiver knows clients by their badges: who comes later must not be taken for one that has left.</summary>
    [Fact]
    public async Task AddTask_InThePlaceOfARemovedOne_GetsABadgeOfItsOwn()
    {
        await using RunningSystem system = await StartAsync();
        await AddEchoAsync(system);

        for (int round = 1; round <= 2; round++)
        {
            await EndOf(await system.AddTaskAsync("client", Programs.Ask21, AsClient, Cancellation));
            await system.RemoveTaskAsync("client", hurry: Cancellation);
        }

        Assert.Equal(["badge 1: 42", "badge 2: 42"], _output.Output.Where(line => line != "waits"));
    }

    [Fact]
    public async Task AddTask_OfAMissingProgram_ThrowsAndLeavesNothing()
    {
        await using RunningSystem system = await StartAsync();
        RootState before = await WithWarmPoolAsync(system);

        await Assert.ThrowsAsync<FileNotFoundException>(() => system.AddTaskAsync("missing", "no/such/program", AsEcho, Cancellation));

        AssertAsBefore(system, before);
    }

    [Fact]
    public async Task AddTask_OfAProgramThatLinuxDoesNotStart_ThrowsAndLeavesNothing()
    {
        await using RunningSystem system = await StartAsync();
        RootState before = await WithWarmPoolAsync(system);

        await Assert.ThrowsAsync<TaskStartException>(() => system.AddTaskAsync("text", "/etc/hostname", AsEcho, Cancellation));

        AssertAsBefore(system, before);
    }

    [Fact]
    public async Task AddTask_ThatEndsBeforeItsProgramBegins_ThrowsAndLeavesNothing()
    {
        await using RunningSystem system = await StartAsync();
        RootState before = await WithWarmPoolAsync(system);

        // .NET itself does not start with that.
        IOException failure = await Assert.ThrowsAsync<IOException>(() => system.AddTaskAsync(
            "echo", Programs.Double, task => AsEcho(task.Environment("DOTNET_GCHeapHardLimit", "1").Restart(Soon)), Cancellation));

        Assert.StartsWith("Task 'echo' ended before its program began: exit code", failure.Message, StringComparison.Ordinal);
        AssertAsBefore(system, before);
    }

    [Fact]
    public async Task AddTask_OfOneThatFailsAtOnce_IsThere()
    {
        await using RunningSystem system = await StartAsync();

        RunningTask task = await system.AddTaskAsync("three", Programs.ReturnThree, cancellationToken: Cancellation);
        await EndOf(task);

        Assert.Equal((TaskState.Failed, 3), (task.State, task.LastEnd?.ExitCode));
    }

    [Fact]
    public async Task AddTask_ThatRequiresAMissingLayer_ThrowsAndLeavesNothing()
    {
        await using RunningSystem system = await StartAsync(s_weak);
        RootState before = await WithWarmPoolAsync(system);

        await Assert.ThrowsAsync<MissingLayersException>(
            () => system.AddTaskAsync("strict", Programs.Double, task => AsEcho(task.Require(SandboxLayers.All)), Cancellation));

        AssertAsBefore(system, before);
    }

    [Fact]
    public async Task AddTask_ThatMakesNoSense_IsRefusedWithWhatIsWrong()
    {
        await using RunningSystem system = await StartAsync();

        SystemDefinitionException refusal = await Assert.ThrowsAsync<SystemDefinitionException>(() => system.AddTaskAsync(
            "resident",
            Programs.Double,
            task => task.Owns(new EndpointDefinition("never")).Grant("requests", new EndpointDefinition("calls"), CapRights.Read).StartAfter("nobody"),
            Cancellation));

        Assert.Equal(
            [
                "the system: 'never' is the name of more than one object",
                "the system: 'resident' is the name of more than one task",
                "task 'resident', grant 'requests': the system has no endpoint 'calls'",
                "task 'resident': it starts after 'nobody', which is no task",
            ],
            refusal.Problems.Select(problem => $"{problem.Where}: {problem.What}"));
        Assert.Equal(["resident"], system.Tasks.Select(task => task.Name));
    }

    [Fact]
    public async Task AddTask_WithoutMemoryForIt_IsRefusedAndLeavesWhatItsObjectsTookFree()
    {
        _builder.Kernel = new HostedKernelOptions(MemoryBits: 29);
        await using RunningSystem system = await StartAsync();
        RootState before = await WithWarmPoolAsync(system);

        SystemDefinitionException refusal = await Assert.ThrowsAsync<SystemDefinitionException>(
            () => system.AddTaskAsync("large", Programs.Double, task => AsEcho(task.GrantMemory("heap", 29)), Cancellation));

        Assert.Contains("Raise MemoryBits", refusal.Message, StringComparison.Ordinal);
        AssertAsBefore(system, before);
    }

    [Fact]
    public async Task AddTask_Cancelled_RemovesIt()
    {
        await using RunningSystem system = await StartAsync();
        using var cancellation = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => system.AddTaskAsync(
            "echo", Programs.Double, task => { AsEcho(task); cancellation.Cancel(); }, cancellation.Token));

        Assert.Equal(["resident"], system.Tasks.Select(task => task.Name));
    }

    /// <summary>Who adds a task is told why that failed, also where it can't be removed then; here, as the program's own handler throws, which it must not.</summary>
    [Fact]
    public async Task AddTask_CancelledWhereTheRemovalFails_IsCancelledAndTheOtherFailureReported()
    {
        using var cancellation = new CancellationTokenSource();
        RunningSystem? system = null;
        var output = new Recorder
        {
            Wrote = line =>
            {
                if (line.Task != "echo" || !line.Text.StartsWith("runs as", StringComparison.Ordinal))
                    return;
                system!["echo"].StateChanged += (_, change) => throw new InvalidOperationException("on purpose");
                cancellation.Cancel();
            },
        };
        system = await _builder.StartAsync(new SupervisionOptions { Output = output, GracePeriod = TimeSpan.Zero }, Cancellation);
        try
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => system.AddTaskAsync("echo", Programs.Double, AsEcho, cancellation.Token));

            Assert.Contains("'echo' could not be added, and what it was given can't be taken back: on purpose", output.All, StringComparison.Ordinal);
        }
        finally
        {
            // Of the same handler.
            _ = await Record.ExceptionAsync(() => system.DisposeAsync().AsTask());
        }
    }

    [Fact]
    public async Task RemoveTask_WhoseEndpointAnotherHolds_IsRefused()
    {
        await using RunningSystem system = await StartAsync();
        await AddEchoAsync(system);
        await system.AddTaskAsync("client", Programs.CallForever, AsClient, Cancellation);

        InvalidOperationException refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => system.RemoveTaskAsync("echo", hurry: Cancellation));

        Assert.Contains("'client'. Remove them first", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(TaskState.Running, system["echo"].State);
        await _output.WaitForAsync("answered", _output.Output.Count(line => line == "answered") + 1);
    }

    [Fact]
    public async Task RemoveTask_OfNoName_IsRefused()
    {
        await using RunningSystem system = await StartAsync();

        await Assert.ThrowsAsync<ArgumentException>(() => system.RemoveTaskAsync("nobody", hurry: Cancellation));
    }

    [Fact]
    public async Task RemoveTask_ByManyAtOnce_RemovesItOnce()
    {
        await using RunningSystem system = await StartAsync();
        RunningTask echo = await AddEchoAsync(system);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => system.RemoveTaskAsync("echo", hurry: Cancellation))).WaitAsync(Limit, Cancellation);

        Assert.Equal(TaskState.Stopped, echo.State);
        Assert.Equal(["resident"], system.Tasks.Select(task => task.Name));
        await AddEchoAsync(system);
    }

    [Fact]
    public async Task RemovedTask_ToldToStart_Refuses()
    {
        await using RunningSystem system = await StartAsync();
        RunningTask echo = await AddEchoAsync(system);
        await system.RemoveTaskAsync("echo", hurry: Cancellation);

        await Assert.ThrowsAsync<InvalidOperationException>(echo.StartAsync);
        await Assert.ThrowsAsync<InvalidOperationException>(() => echo.RestartAsync(hurry: Cancellation));
        await echo.StopAsync(hurry: Cancellation);
    }

    [Fact]
    public async Task Start_OfAStoppedTask_MakesItAnewForTheSameClients()
    {
        await using RunningSystem system = await StartAsync();
        RunningTask echo = await AddEchoAsync(system);
        await system.AddTaskAsync("client", Programs.CallForever, AsClient, Cancellation);
        await _output.WaitForAsync("answered");

        await echo.StopAsync(hurry: Cancellation);
        TaskState stopped = echo.State;
        bool wasCompleted = echo.Completion.IsCompleted;
        int answers = _output.Output.Count(line => line == "answered");
        await echo.StartAsync();
        await echo.StartAsync();

        Assert.Equal((TaskState.Stopped, true, false, 1), (stopped, wasCompleted, echo.Completion.IsCompleted, echo.Restarts));
        await _output.WaitForAsync("answered", answers + 2);
        Assert.Equal((TaskState.Running, 0), (system["client"].State, system["client"].Restarts));
    }

    [Fact]
    public async Task Restart_OfARunningTask_GivesItANewProcessAndEndsNothing()
    {
        await using RunningSystem system = await StartAsync();
        RunningTask resident = system["resident"];
        int? process = resident.ProcessId;
        Task completion = system.Completion;

        await resident.RestartAsync(hurry: Cancellation);

        Assert.NotEqual(process, resident.ProcessId);
        Assert.Equal((TaskState.Running, 1), (resident.State, resident.Restarts));
        Assert.False(completion.IsCompleted);
    }

    [Fact]
    public async Task Restart_OfATaskThatBacksOff_DoesNotWait()
    {
        await using RunningSystem system = await StartAsync();
        RunningTask task = await system.AddTaskAsync(
            "three", Programs.ReturnThree, task => task.Restart(Soon with { FirstDelay = TimeSpan.FromHours(1), LongestDelay = TimeSpan.FromHours(1) }), Cancellation);
        await Eventually.HoldsAsync(() => task.State == TaskState.BackingOff, () => _output.All);

        await task.RestartAsync(hurry: Cancellation).WaitAsync(Limit, Cancellation);

        await _output.WaitForAsync("exit code 3; starts again", times: 2);
    }

    [Fact]
    public async Task Start_OfATaskWhoseProgramIsGone_ThrowsAndCanBeTriedAgain()
    {
        string program = Path.Combine(Path.GetTempPath(), $"rel4-{Guid.NewGuid():N}.sh");
        await using RunningSystem system = await StartAsync();
        File.Copy("/bin/true", program);
        RunningTask task = await system.AddTaskAsync("program", program, cancellationToken: Cancellation);
        await EndOf(task);

        File.Delete(program);
        await Assert.ThrowsAsync<FileNotFoundException>(task.StartAsync);
        TaskState failed = task.State;
        bool wasCompleted = task.Completion.IsCompleted;
        File.Copy("/bin/true", program);
        await task.StartAsync();
        await EndOf(task);
        File.Delete(program);

        Assert.Equal((TaskState.Failed, true, TaskState.Stopped), (failed, wasCompleted, task.State));
        Assert.Equal(TaskState.Running, system["resident"].State);
    }

    [Fact]
    public async Task Stop_OfTheSystem_LetsNobodyStartOrAdd()
    {
        await using RunningSystem system = await StartAsync();
        await system.StopAsync(Cancellation);

        await Assert.ThrowsAsync<InvalidOperationException>(() => AddEchoAsync(system));
        await Assert.ThrowsAsync<InvalidOperationException>(system["resident"].StartAsync);
        await Assert.ThrowsAsync<InvalidOperationException>(() => system["resident"].RestartAsync(hurry: Cancellation));
        await system.RemoveTaskAsync("resident", hurry: Cancellation);
        Assert.Empty(system.Tasks);
    }

    [Fact]
    public async Task Hurry_OfTheSystem_EndsTheGracePeriodOfARestart()
    {
        _builder.AddTask("deaf", Programs.IgnoreTermination).Grant("never", _never, CapRights.Read);
        await using RunningSystem system = await StartAsync(new SupervisionOptions { GracePeriod = TimeSpan.FromHours(1) });
        await _output.WaitForAsync("waits", times: 2);
        Task restart = system["deaf"].RestartAsync(hurry: Cancellation);

        await system.StopAsync(new CancellationToken(canceled: true)).WaitAsync(Limit, Cancellation);

        await Assert.ThrowsAsync<InvalidOperationException>(() => restart);
        Assert.Equal((TaskState.Stopped, 0), (system["deaf"].State, system["deaf"].Restarts));
    }

    [Fact]
    public async Task Commands_OfManyAtOnceWithCrashesAndTheSystemsStop_AllReturn()
    {
        await using RunningSystem system = await StartAsync(new SupervisionOptions { GracePeriod = TimeSpan.FromSeconds(2) });
        int refused = 0, done = 0;

        Task[] workers = [.. Enumerable.Range(0, 6).Select(seed => Task.Run(() => WorkAsync(new Random(seed))))];
        await Eventually.HoldsAsync(() => Volatile.Read(ref done) >= 150, () => _output.All, Limit);
        await system.StopAsync(Cancellation).WaitAsync(Limit, Cancellation);
        await Task.WhenAll(workers).WaitAsync(Limit, Cancellation);

        Assert.True(refused > 0);
        Assert.All(system.Tasks, task => Assert.True(task.State is TaskState.Stopped or TaskState.Failed, $"{task.Name} is {task.State}"));
        Assert.All(system.Tasks, task => Assert.True(task.Completion.IsCompleted && task.ProcessId is null));

        async Task WorkAsync(Random random)
        {
            while (true)
            {
                string name = $"plugin-{random.Next(3)}";
                try
                {
                    await (random.Next(6) switch
                    {
                        0 or 1 => system.AddTaskAsync(name, Programs.WaitForever, task => task.Grant("never", _never, CapRights.Read).Restart(Soon), Cancellation),
                        2 => system.RemoveTaskAsync(name, hurry: Cancellation),
                        3 => system[name].RestartAsync(hurry: Cancellation),
                        4 => KillAsync(system[name]),
                        _ => StopAndStartAsync(system[name]),
                    });
                    Interlocked.Increment(ref done);
                }
                catch (Exception refusal) when (refusal is ArgumentException or SystemDefinitionException or IOException)
                {
                    // Others have added or removed it before, or killed it while it started.
                }
                catch (Exception refusal) when (refusal is InvalidOperationException or OperationCanceledException)
                {
                    Interlocked.Increment(ref refused);
                    if (system["resident"].State == TaskState.Stopped)
                        return;
                }
            }
        }

        static Task KillAsync(RunningTask task)
        {
            if (task.ProcessId is { } process)
                SystemCall.TryInvoke(SystemCallNumber.kill, out _, process, Signal.Kill);
            return Task.CompletedTask;
        }

        static async Task StopAndStartAsync(RunningTask task)
        {
            await task.StopAsync(hurry: Cancellation);
            await task.StartAsync();
        }
    }

    [Fact]
    public async Task Optional_ThatCantStart_FailsAloneAndCanBeStartedLater()
    {
        _builder.AddTask("plugin", "no/such/program").Optional();
        _builder.AddTask("after", Programs.WaitForever).Grant("never", _never, CapRights.Read).StartAfter("plugin");

        await using RunningSystem system = await StartAsync();

        Assert.Equal([TaskState.Running, TaskState.Failed, TaskState.Running], system.Tasks.Select(task => task.State));
        Assert.Contains(_output.Of(OutputKind.Report), line => line.Task == "plugin" && line.Text.StartsWith("ended: There is no program", StringComparison.Ordinal));
        await Assert.ThrowsAsync<FileNotFoundException>(system["plugin"].StartAsync);
    }

    [Fact]
    public async Task Optional_ThatRequiresAMissingLayer_FailsAlone()
    {
        _builder.AddTask("strict", Programs.Nothing).Require(SandboxLayers.All).Optional();

        await using RunningSystem system = await StartAsync(s_weak);

        Assert.Equal([TaskState.Running, TaskState.Failed], system.Tasks.Select(task => task.State));
    }

    [Fact]
    public async Task Run_OfASystemWhoseOptionalTaskFails_ReturnsSuccess()
    {
        var builder = new SystemBuilder();
        builder.AddTask("plugin", Programs.ReturnThree).Optional();
        builder.AddTask("task", Programs.Nothing);

        Assert.Equal(0, await builder.RunAsync(new SupervisionOptions { Output = _output }, Cancellation).WaitAsync(Limit, Cancellation));
    }

    [Fact]
    public async Task Look_AtASystemWhoseTasksComeAndGo_ShowsWhatIsThere()
    {
        await using RunningSystem system = await StartAsync();
        await AddEchoAsync(system);
        SystemSnapshot with = Look();
        await system.RemoveTaskAsync("echo", hurry: Cancellation);
        SystemSnapshot without = Look();

        Assert.Equal(["resident", "echo"], with.Tasks.Select(task => task.Name));
        Assert.Equal(["never", "calls"], with.Objects.Select(item => item.Name));
        Assert.Equal([("resident", "never"), ("echo", "calls")], with.Holdings.Select(holding => (holding.Task, holding.Object)));
        Assert.Equal(["resident"], without.Tasks.Select(task => task.Name));
        Assert.Equal(["never"], without.Objects.Select(item => item.Name));
        Assert.Equal([("resident", "never")], without.Holdings.Select(holding => (holding.Task, holding.Object)));

        SystemSnapshot Look() => new SystemObserver(system, "observed").Look();
    }

    [Fact]
    public void Build_OfATaskWithObjectsOfItsOwn_IsRefused()
    {
        _builder.AddTask("echo", Programs.Double).Owns(Calls);

        SystemDefinitionException refusal = Assert.Throws<SystemDefinitionException>(() => _builder.Build());

        Assert.Contains("objects of its own", refusal.Message, StringComparison.Ordinal);
    }

    private static void AsEcho(TaskBuilder task) => task.Owns(Calls).Grant("requests", Calls, CapRights.Read);

    private static void AsClient(TaskBuilder task) => task.Grant("service", Calls, CapRights.Write | CapRights.GrantReply);

    private static Task<RunningTask> AddEchoAsync(RunningSystem system) => system.AddTaskAsync("echo", Programs.Double, AsEcho, Cancellation);

    /// <summary>Adds a task and removes it, so that the memory for the next is there already.</summary>
    private static async Task<RootState> WithWarmPoolAsync(RunningSystem system)
    {
        await AddEchoAsync(system);
        await system.RemoveTaskAsync("echo", hurry: Cancellation);
        return RootState.Of(system);
    }

    private static void AssertAsBefore(RunningSystem system, RootState before)
    {
        Assert.Equal(before, RootState.Of(system));
        Assert.Equal(["resident"], system.Tasks.Select(task => task.Name));
        Assert.Equal(["never"], system.Content.Objects.Select(placed => placed.Definition.Name));
        Assert.Equal((TaskState.Running, 0), (system["resident"].State, system["resident"].Restarts));
    }

    private static int OpenDescriptors() => UserInterrupts.ProcessResources.OpenDescriptors;

    private static Task EndOf(RunningTask task) => task.Completion.WaitAsync(Limit, Cancellation);

    private Task<RunningSystem> StartAsync(SupervisionOptions? options = null) =>
        _builder.StartAsync((options ?? new SupervisionOptions()) with { Output = _output }, Cancellation);
}
