using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Linux;
using Rel4.Hosted.Supervision;

namespace Rel4.Hosted.Tests.Supervision;

/// <summary>Runs systems whose tasks are processes of their own.</summary>
[Collection(nameof(OneKernel))]
public sealed class SystemTests
{
    private static readonly RestartPolicy Soon = RestartPolicy.Always with { FirstDelay = TimeSpan.FromMilliseconds(10), Factor = 1 };

    private readonly Recorder _output = new();
    private readonly SystemBuilder _builder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Call_ThroughAGrantedEndpoint_IsAnsweredAndCarriesTheBadge()
    {
        AddService(Programs.Double, Programs.Ask21, CapRights.Write | CapRights.GrantReply);

        await using RunningSystem system = await StartAsync();
        await EndOf(system["client"]);

        Assert.Contains("badge 7: 42", _output.Output);
        Assert.Equal(TaskState.Stopped, system["client"].State);
        Assert.Equal(TaskState.Running, system["service"].State);
    }

    [Fact]
    public async Task Start_OfAKernelThatItsMemoryDoesNotHold_SaysSoAndKeepsTheCause()
    {
        _builder.AddTask("task", Programs.Double);
        _builder.Kernel = new HostedKernelOptions(MemoryBits: 20, RootCNodeBits: 24);

        SystemDefinitionException refusal = await Assert.ThrowsAsync<SystemDefinitionException>(() => StartAsync());

        Assert.StartsWith("kernel: 2^20 bytes hold no kernel", refusal.Message, StringComparison.Ordinal);
        Assert.IsType<KernelSizeException>(refusal.InnerException);
    }

    [Fact]
    public async Task Receive_WithoutTheRight_IsRefused()
    {
        AddService(Programs.Double, Programs.ReceiveWithoutRight, CapRights.Write | CapRights.GrantReply);

        await using RunningSystem system = await StartAsync();
        await EndOf(system["client"]);

        Assert.StartsWith("refused", Assert.Single(_output.Output), StringComparison.Ordinal);
    }

    /// <summary>Without the check, the first of these would wait for ever and the others do nothing.</summary>
    [Fact]
    public async Task Handle_WithoutTheRightsForACall_ThrowsBeforeIt()
    {
        EndpointDefinition endpoint = _builder.AddEndpoint("endpoint");
        _builder.AddTask("client", Programs.DoWithoutRights)
            .Grant("write-only", endpoint, CapRights.Write)
            .Grant("read-only", endpoint, CapRights.Read)
            .Grant("full", endpoint, CapRights.Write | CapRights.Grant)
            .Grant("wait-only", _builder.AddNotification("notification"), CapRights.Read);

        await using RunningSystem system = await StartAsync();
        await EndOf(system["client"]);

        const string Advice = "where the system is composed, or use another capability.";
        Assert.Equal(
            [
                $"'write-only' was granted with Write only: a call would wait for ever, as it can't be replied to. Grant it with CapRights.Write | CapRights.GrantReply {Advice}",
                $"'write-only' was granted with Write only: the capabilities would not arrive with the message. Grant it with CapRights.Write | CapRights.Grant {Advice}",
                $"'write-only' was granted with Write only: the capabilities would not arrive with the message. Grant it with CapRights.Write | CapRights.Grant {Advice}",
                $"'read-only' was granted with Read only: the kernel would drop what is sent. Grant it with CapRights.Write {Advice}",
                $"'read-only' was granted with Read only: the kernel would drop what is sent. Grant it with CapRights.Write {Advice}",
                $"'read-only' was granted with Read only: the kernel would drop what is sent. Grant it with CapRights.Write {Advice}",
                $"'wait-only' was granted with Read only: the kernel would ignore the signal. Grant it with CapRights.Write {Advice}",
                "done", "done", "done",
            ],
            _output.Output);
    }

    [Fact]
    public async Task Server_ThatEndsBeforeItReceives_IsSaidOnceWithWhoWaits()
    {
        EndpointDefinition requests = _builder.AddEndpoint("requests");
        _builder.AddTask("first", Programs.Nothing).Grant("requests", requests, CapRights.Read);
        _builder.AddTask("second", Programs.Nothing).Grant("requests", requests, CapRights.Read).StartAfter("first");
        _builder.AddTask("client", Programs.WaitForever).Grant("requests", requests, CapRights.Write | CapRights.GrantReply)
            .Grant("never", _builder.AddNotification("never"), CapRights.Read);

        await using (RunningSystem system = await StartAsync())
        {
            await _output.WaitForAsync("nobody receives from endpoint 'requests' any more, as '");
            await EndOf(system["first"]);
            await EndOf(system["second"]);
        }

        (string task, string text) = Assert.Single(_output.Of(OutputKind.Report), report => report.Text.Contains("nobody receives", StringComparison.Ordinal));
        Assert.Equal("system", task);
        Assert.EndsWith("has ended. A call there waits, and these may call: 'client'", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_ThatEndsAndIsStartedAgainOrReplaced_IsNotSaidToBeMissed()
    {
        EndpointDefinition requests = _builder.AddEndpoint("requests");
        _builder.AddTask("once", Programs.Nothing).Grant("requests", requests, CapRights.Read);
        _builder.AddTask("again", Programs.Nothing).Grant("requests", requests, CapRights.Read).Restart(RestartPolicy.Always);
        _builder.AddTask("client", Programs.WaitForever).Grant("requests", requests, CapRights.Write | CapRights.GrantReply)
            .Grant("never", _builder.AddNotification("never"), CapRights.Read);

        await using (RunningSystem system = await StartAsync())
        {
            await EndOf(system["once"]);
            // That takes longer than it would be said after.
            await _output.WaitForAsync("starts again", times: 5);
        }

        Assert.DoesNotContain(_output.Of(OutputKind.Report), report => report.Text.Contains("nobody receives", StringComparison.Ordinal));
    }

    [Fact]
    public async Task CNode_OfATask_HoldsWhatWasGrantedAndNothingElse()
    {
        EndpointDefinition requests = _builder.AddEndpoint("requests");
        NotificationDefinition writes = _builder.AddNotification("writes");
        FrameDefinition ring = _builder.AddFrame("ring");
        _builder.AddTask("client", Programs.WaitForever)
            .Grant("requests", requests, CapRights.Write | CapRights.GrantReply, badge: 0xABC)
            .Grant("writes", writes, CapRights.Write, badge: 4)
            .Grant("never", writes, CapRights.Read)
            .Grant("ring", ring, CapRights.Read)
            .GrantMemory("heap", sizeBits: 16);

        await using RunningSystem system = await StartAsync();
        await _output.WaitForAsync("waits");

        Assert.Equal(
            [
                "1: Thread", "2: CNode", "3: VSpace",
                "16: Endpoint Write, GrantReply badge 2748", "17: Notification Write badge 4", "18: Notification Read badge 0",
                "19: Frame Read", "20: Untyped 16 bits", "21: Untyped 26 bits",
            ],
            CNodes.Describe(system, "client"));
    }

    [Fact]
    public async Task Retype_OfGrantedMemory_MakesObjects()
    {
        _builder.AddTask("maker", Programs.MakeEndpoint).GrantMemory("heap", sizeBits: 14);

        await using RunningSystem system = await StartAsync();
        await EndOf(system["maker"]);

        Assert.Equal(["made"], _output.Output);
    }

    [Fact]
    public async Task Environment_OfATask_IsWhatWasGivenAndNotTheCallers()
    {
        _builder.AddTask("show", Programs.ShowEnvironment).Environment("GREETING", "hello");

        await using RunningSystem system = await StartAsync();
        await EndOf(system["show"]);

        Assert.Equal(["GREETING=hello", "HOME="], _output.Output);
    }

    [Fact]
    public async Task Main_OfAProgramGivenByPath_RunsWithItsArguments()
    {
        _builder.AddTask("tests", HostProgram.PathFor(typeof(SystemTests).Assembly), "-no-such-option");

        await using RunningSystem system = await StartAsync();
        await EndOf(system["tests"]);

        Assert.Contains(_output.Output, line => line.Contains("-no-such-option", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Crash_OfOneTask_RestartsItWhileOthersGoOn()
    {
        AddService(Programs.CrashAfterAnswer, Programs.CallThrice, CapRights.Write | CapRights.GrantReply);

        await using RunningSystem system = await StartAsync();
        await EndOf(system["client"]);

        Assert.Equal(["answer 1", "answer 2", "answer 3"], _output.Output);
        Assert.True(system["service"].Restarts >= 2, _output.All);
        Assert.Equal(0, system["client"].Restarts);
        Assert.Contains(("service", "ended: SIGABRT; starts again in 0.01 s"), _output.Of(OutputKind.Report));
    }

    [Fact]
    public async Task Restart_OfATask_KeepsTheObjectsBetweenTasks()
    {
        FrameDefinition count = _builder.AddFrame("count");
        _builder.AddTask("counter", Programs.CountInFrame).Grant("count", count, CapRights.ReadWrite)
            .Restart(Soon with { When = RestartCondition.OnFailure, Limit = 2 });

        await using RunningSystem system = await StartAsync();
        await EndOf(system["counter"]);

        Assert.Equal(["run 1", "run 2", "run 3"], _output.Output);
        Assert.Equal(TaskState.Failed, system["counter"].State);
        Assert.Equal(1, system["counter"].LastEnd?.ExitCode);
    }

    [Fact]
    public async Task End_ByAnException_IsReportedWithItsTextAndExitCode()
    {
        _builder.AddTask("crash", Programs.Crash);

        await using RunningSystem system = await StartAsync();
        await EndOf(system["crash"]);

        Assert.Equal(TaskState.Failed, system["crash"].State);
        Assert.Equal(134, system["crash"].LastEnd?.ExitCode);
        Assert.Contains(_output.Of(OutputKind.Error), line => line.Text.Contains("Task 'crash' ends") && line.Text.Contains("on purpose"));
    }

    [Fact]
    public async Task BackOff_OfAFailedTask_TakesTheTimeOfTheGivenClock()
    {
        var time = new ManualTime();
        var delay = TimeSpan.FromHours(1);
        _builder.AddTask("three", Programs.ReturnThree).Restart(Soon with { FirstDelay = delay, LongestDelay = 2 * delay, Factor = 2, Limit = 2 });

        await using RunningSystem system = await StartAsync(new SupervisionOptions { Time = time });
        RunningTask task = system["three"];
        for (int restarts = 0; restarts < 2; restarts++)
        {
            await Eventually.HoldsAsync(() => time.HasTimer(delay * (restarts + 1)), () => _output.All);
            Assert.Equal((TaskState.BackingOff, restarts), (task.State, task.Restarts));
            time.Advance(delay * (restarts + 1));
        }

        await EndOf(task);
        Assert.Equal((TaskState.Failed, 2), (task.State, task.Restarts));
    }

    [Fact]
    public async Task Stop_OfATaskThatBacksOff_DoesNotWait()
    {
        _builder.AddTask("three", Programs.ReturnThree)
            .Restart(Soon with { FirstDelay = TimeSpan.FromHours(1), LongestDelay = TimeSpan.FromHours(1) });

        await using RunningSystem system = await StartAsync();
        await Eventually.HoldsAsync(() => system["three"].State == TaskState.BackingOff, () => _output.All);
        await system.StopAsync(Cancellation);

        Assert.Equal(TaskState.Stopped, system["three"].State);
    }

    [Fact]
    public async Task Kill_OfAServiceAgainAndAgain_LeavesItsClientsAlive()
    {
        const int Kills = 10;
        AddService(Programs.Double, Programs.CallForever, CapRights.Write | CapRights.GrantReply);

        await using RunningSystem system = await StartAsync();
        RunningTask service = system["service"];
        for (int kills = 0; kills < Kills; kills++)
        {
            await Eventually.HoldsAsync(() => service.Restarts == kills && service.ProcessId is not null, () => _output.All);
            await _output.WaitForAsync("answered", _output.Output.Count() + 1);
            SystemCall.Invoke(SystemCallNumber.kill, service.ProcessId!.Value, Signal.Kill);
            await _output.WaitForAsync("ended: SIGKILL", kills + 1);
        }

        await _output.WaitForAsync("answered", _output.Output.Count() + 1);
        Assert.Equal(TaskState.Running, system["client"].State);
        Assert.Equal(0, system["client"].Restarts);
    }

    [Fact]
    public async Task States_OfATask_AreReportedInOrder()
    {
        NotificationDefinition never = _builder.AddNotification("never");
        _builder.AddTask("task", Programs.WaitForever).Grant("never", never, CapRights.Read).Restart(Soon with { Limit = 1 });
        var states = new List<TaskState>();

        await using RunningSystem system = await StartAsync();
        RunningTask task = system["task"];
        task.StateChanged += (_, change) => states.Add(change.State);
        for (int lives = 0; lives < 2; lives++)
        {
            await Eventually.HoldsAsync(() => task.Restarts == lives && task.State == TaskState.Running, () => _output.All);
            SystemCall.Invoke(SystemCallNumber.kill, task.ProcessId!.Value, Signal.Kill);
        }

        await EndOf(task);

        Assert.Equal([TaskState.BackingOff, TaskState.Starting, TaskState.Running, TaskState.Failed], states);
    }

    [Fact]
    public async Task Output_OfATask_HasItsNameAndStream()
    {
        _builder.AddTask("writer", Programs.WriteLines);

        await using RunningSystem system = await StartAsync();
        await EndOf(system["writer"]);

        Assert.Equal([("writer", "to output"), ("writer", "no end of line")], _output.Of(OutputKind.Output));
        Assert.Equal([("writer", "to error")], _output.Of(OutputKind.Error));
    }

    [Fact]
    public async Task StartAndStop_OfOrderedTasks_AreInOrderAndInReverse()
    {
        NotificationDefinition never = _builder.AddNotification("never");
        foreach ((string name, string[] after) in new (string, string[])[] { ("last", ["middle"]), ("first", []), ("middle", ["first"]) })
            _builder.AddTask(name, Programs.WaitForever).Grant("never", never, CapRights.Read).StartAfter(after);

        await using RunningSystem system = await StartAsync();
        await system.StopAsync(Cancellation);

        (string Task, string Text)[] reports = [.. _output.Of(OutputKind.Report)];
        Assert.Equal(["first", "middle", "last", "last", "middle", "first"], reports.Select(report => report.Task));
        Assert.All(reports[3..], report => Assert.Equal("stopped (SIGTERM)", report.Text));
    }

    [Fact]
    public async Task Stop_WithTheGracePeriodOver_Kills()
    {
        NotificationDefinition never = _builder.AddNotification("never");
        _builder.AddTask("deaf", Programs.IgnoreTermination).Grant("never", never, CapRights.Read);

        await using RunningSystem system = await StartAsync(new SupervisionOptions { GracePeriod = TimeSpan.FromMilliseconds(100) });
        await _output.WaitForAsync("waits");
        await system.StopAsync(Cancellation);

        Assert.Contains(("deaf", "stopped (SIGKILL)"), _output.Of(OutputKind.Report));
    }

    [Fact]
    public async Task Start_WithAMissingProgram_ThrowsAndStopsWhatWasStarted()
    {
        NotificationDefinition never = _builder.AddNotification("never");
        _builder.AddTask("present", Programs.WaitForever).Grant("never", never, CapRights.Read);
        _builder.AddTask("missing", "no/such/program");

        await Assert.ThrowsAsync<FileNotFoundException>(async () => await StartAsync());

        Assert.Contains(("present", "stopped (SIGTERM)"), _output.Of(OutputKind.Report));
    }

    [Fact]
    public async Task Systems_OneAfterAnother_LeaveNoDescriptorAndNoProcess()
    {
        _builder.AddTask("three", Programs.ReturnThree).Restart(Soon with { Limit = 2 });
        await RunToTheEndAsync();
        string[] before = Descriptors();

        await RunToTheEndAsync();
        await RunToTheEndAsync();

        await Eventually.HoldsAsync(
            () => Descriptors().Length <= before.Length,
            () => $"before: {string.Join(", ", before)}\nafter: {string.Join(", ", Descriptors())}");
        await Eventually.HoldsAsync(() => Children().Length == 0, () => $"left are processes {string.Join(", ", Children())}");

        async Task RunToTheEndAsync()
        {
            await using RunningSystem system = await StartAsync();
            await EndOf(system["three"]);
        }
    }

    [Theory]
    [InlineData("socket", "SandboxPolicy has in Sockets")]
    [InlineData("file", "SandboxPolicy has in ReadablePaths or WritablePaths")]
    public async Task Use_OfWhatLinuxDenies_EndsTheTaskWithWhatToGrant(string what, string remedy)
    {
        _builder.AddTask("task", what == "socket" ? Programs.OpenSocket : Programs.WriteFile);

        await using RunningSystem system = await StartAsync();

        await _output.WaitForAsync(remedy);
    }

    private static string[] Descriptors() => [.. Directory.GetFiles("/proc/self/fd").Select(LinkTarget).Order(StringComparer.Ordinal)];

    private static string LinkTarget(string path) => new FileInfo(path).LinkTarget ?? "";

    private static string[] Children() => [.. Directory.GetDirectories("/proc/self/task").SelectMany(ChildrenOf)];

    private static string[] ChildrenOf(string thread)
    {
        try
        {
            return File.ReadAllText($"{thread}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        }
        catch (IOException)
        {
            // The thread has ended meanwhile.
            return [];
        }
    }

    private static Task EndOf(RunningTask task) => task.Completion.WaitAsync(TimeSpan.FromSeconds(30), Cancellation);

    private void AddService(Action service, Action client, CapRights rights)
    {
        EndpointDefinition requests = _builder.AddEndpoint("requests");
        _builder.AddTask("service", service).Grant("requests", requests, CapRights.Read).Restart(Soon);
        _builder.AddTask("client", client).Grant("service", requests, rights, badge: 7);
    }

    private Task<RunningSystem> StartAsync(SupervisionOptions? options = null) =>
        _builder.StartAsync((options ?? new SupervisionOptions()) with { Output = _output }, Cancellation);
}
