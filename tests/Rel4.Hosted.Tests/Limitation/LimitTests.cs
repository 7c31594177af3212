using System.Diagnostics;
using System.Globalization;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Observation;
using Rel4.Hosted.Sandbox;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests.Supervision;
using static Rel4.Hosted.Tests.Limitation.LimitPrograms;

namespace Rel4.Hosted.Tests.Limitation;

/// <summary>Runs tasks that use more than their limits. How they are held to them depends on the machine: each test says what must be where.</summary>
[Collection(nameof(OneKernel))]
public sealed class LimitTests : IDisposable
{
    private const long Memory = 96 << 20;

    private static readonly ControlGroupPlace s_nowhere = new(null, [], "There are none here.");
    private static readonly ControlGroupPlace s_machine = ControlGroupPlace.Find();

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rel4-limits-");
    private readonly Recorder _output = new();
    private readonly SystemBuilder _builder = new();

    public static TheoryData<bool> Places => new() { true, false };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [MemberData(nameof(Places))]
    public async Task Task_ThatTakesMoreMemoryThanItsLimit_EndsAndIsStartedAgain(bool onTheMachineAsItIs)
    {
        ControlGroupPlace place = onTheMachineAsItIs ? s_machine : s_nowhere;
        _builder.AddTask("task", TakeMemory).Limit(new TaskLimits { MemoryBytes = Memory })
            .Restart(RestartPolicy.OnFailure with { Limit = 1, FirstDelay = TimeSpan.Zero });

        await using RunningSystem system = await StartAsync(place);
        await system["task"].Completion.WaitAsync(Cancellation);

        Assert.Equal((TaskState.Failed, 1), (system["task"].State, system["task"].Restarts));
        Assert.DoesNotContain("took all", _output.Output);
        string how = place.Offers("memory") ? "killed for memory: limit 96 MiB" : " (its limit is 96 MiB of memory)";
        Assert.Equal(2, Reports("ended: ").Count(text => text.Contains(how, StringComparison.Ordinal)));
        Assert.Equal(place.Offers("memory") ? Memory : null, system["task"].LastEnd!.Value.MemoryLimit);
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task Heap_OfATaskWithALimit_IsNoLarger(bool onTheMachineAsItIs)
    {
        _builder.AddTask("task", FillHeap).Limit(new TaskLimits { MemoryBytes = Memory });

        await using RunningSystem system = await StartAsync(onTheMachineAsItIs ? s_machine : s_nowhere);
        await system["task"].Completion.WaitAsync(Cancellation);

        Assert.Equal(TaskState.Stopped, system["task"].State);
        Assert.InRange(Refused(), 1, (int)(Memory >> 20));
    }

    /// <summary>An ordinary user's tasks share its count of threads, and without control groups are not held to a number of their own. That is said.</summary>
    [Theory]
    [MemberData(nameof(Places))]
    public async Task Task_ThatStartsMoreThreadsThanItsLimit_IsRefusedThem(bool onTheMachineAsItIs)
    {
        ControlGroupPlace place = onTheMachineAsItIs ? s_machine : s_nowhere;
        _builder.AddTask("task", StartThreads).Limit(new TaskLimits { Threads = 60 });

        await using RunningSystem system = await StartAsync(place);
        await system["task"].Completion.WaitAsync(Cancellation);

        if (place.Offers("pids") || Environment.IsPrivilegedProcess)
            Assert.InRange(Refused(), 1, 60);
        else
            Assert.Single(Reports("is NOT held to 60 threads"));
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task Task_ThatComputesMoreThanItsLimit_IsHeldOrReported(bool onTheMachineAsItIs)
    {
        ControlGroupPlace place = onTheMachineAsItIs ? s_machine : s_nowhere;
        _builder.AddTask("task", Compute).Limit(new TaskLimits { Processors = 0.25 });

        await using RunningSystem system = await StartAsync(place);
        await system["task"].Completion.WaitAsync(Cancellation);

        string[] figures = Assert.Single(_output.Output).Split(" of ");
        Assert.Equal("1", figures[1]);
        if (place.Offers("cpu"))
            Assert.InRange(double.Parse(figures[0], CultureInfo.InvariantCulture), 0, 0.5);
        else
            Assert.Single(Reports("is NOT held to 0.25 processors"));
    }

    [Fact]
    public async Task Start_OfATaskThatRequiresWhatIsNotHeld_IsRefused()
    {
        _builder.AddTask("task", Wait).Limit(new TaskLimits { MemoryBytes = Memory, Processors = 1, IsRequired = true });

        MissingLimitsException refusal = await Assert.ThrowsAsync<MissingLimitsException>(() => StartAsync(s_nowhere));

        Assert.StartsWith("task 'task' requires limits to which it would not be held here: 96 MiB of memory: ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("1 processor: ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("There are none here.", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(_output.Of(OutputKind.Report));
    }

    [Fact]
    public async Task AddTask_ThatRequiresWhatIsNotHeld_IsRefusedAndLeavesTheSystem()
    {
        _builder.AddTask("task", Wait);
        await using RunningSystem system = await StartAsync(s_nowhere);

        await Assert.ThrowsAsync<MissingLimitsException>(
            () => system.AddTaskAsync("other", Wait, task => task.Limit(new TaskLimits { Processors = 1, IsRequired = true }), Cancellation));

        Assert.Equal(["task"], system.Tasks.Select(task => task.Name));
    }

    /// <summary>A folder stands for Linux's: what is written there is what Linux would be told, by real processes.</summary>
    [Fact]
    public async Task Task_WithLimits_IsInAGroupThatHasThem()
    {
        var place = new ControlGroupPlace(_folder.FullName, ["memory", "cpu", "pids"], null);
        bool isHeld = LimitReport.From(place).Limits.All(limit => limit.Enforcement == LimitEnforcement.Full);
        _builder.AddTask("free", Wait);
        _builder.AddTask("task", Wait).Limit(new TaskLimits { MemoryBytes = Memory, Processors = 0.5, Threads = 60, IsRequired = isHeld });

        await using RunningSystem system = await StartAsync(place);
        await _output.WaitForAsync("waits", times: 2);

        string all = Assert.Single(Directory.GetDirectories(_folder.FullName)), group = Assert.Single(Directory.GetDirectories(all));
        Assert.Equal("+cpu +memory +pids", Read(_folder.FullName, "cgroup.subtree_control"));
        Assert.Equal("+cpu +memory +pids", Read(all, "cgroup.subtree_control"));
        Assert.Equal(["100663296", "50000 100000", "60", "0"], ((string[])["memory.max", "cpu.max", "pids.max", "cgroup.procs"]).Select(name => Read(group, name)));
        Assert.Equal(isHeld ? 0 : 1, Reports("held to").Count());
        Assert.Equal("96 MiB of memory, 0.5 processors, 60 threads", new SystemObserver(system, "observed").Look().Tasks.Single(task => task.Name == "task").Limits);

        await File.WriteAllTextAsync(Path.Combine(group, "memory.events"), "low 0\noom 1\noom_kill 1\n", Cancellation);
        using (var process = Process.GetProcessById(system["task"].ProcessId!.Value))
            process.Kill();
        await system["task"].Completion.WaitAsync(Cancellation);

        Assert.Equal("killed for memory: limit 96 MiB", system["task"].LastEnd.ToString());
    }

    /// <summary>Linux counts whom it killed in a group also where the group had not reached its limit: the machine, or a group around it, had.</summary>
    [Theory]
    [InlineData("oom 0\noom_kill 1\n", "SIGKILL")]
    [InlineData("oom 1\noom_kill 0\n", "SIGKILL")]
    [InlineData("oom 1\noom_kill 1\n", "killed for memory: limit 96 MiB")]
    public void End_OfATaskThatWasKilled_IsForItsLimitOnlyIfThatWasReached(string events, string expected)
    {
        using var groups = new ControlGroups(new ControlGroupPlace(_folder.FullName, ["memory"], null));
        using TaskGroup group = groups.Add(new TaskLimits { MemoryBytes = Memory })!;
        string folder = Assert.Single(Directory.GetDirectories(Assert.Single(Directory.GetDirectories(_folder.FullName))));
        File.WriteAllText(Path.Combine(folder, "memory.events"), events);

        Assert.Equal(expected, group.Explain(new TaskEnd(null, 9)).ToString());
    }

    /// <summary>Linux hands controllers on only while a group has no process itself: a task without limits was started in it before.</summary>
    [Theory]
    [MemberData(nameof(Places))]
    public async Task Task_WithLimitsBesideOneWithout_StartsAndIsHeldOrReported(bool onTheMachineAsItIs)
    {
        ControlGroupPlace place = onTheMachineAsItIs ? s_machine : s_nowhere;
        _builder.AddTask("free", Wait);
        _builder.AddTask("task", Wait).Limit(new TaskLimits { MemoryBytes = Memory }).StartAfter("free");

        await using RunningSystem system = await StartAsync(place);
        await _output.WaitForAsync("waits", times: 2);

        bool isHeld = LimitReport.From(place).Limits.Single(limit => limit.Resource == LimitedResource.Memory).Enforcement == LimitEnforcement.Full;
        Assert.Equal(isHeld ? 0 : 1, Reports("held to 96 MiB of memory against mistakes only").Count());
        if (place.Offers("memory"))
        {
            string free = await File.ReadAllTextAsync($"/proc/{system["free"].ProcessId}/cgroup", Cancellation), task = await File.ReadAllTextAsync($"/proc/{system["task"].ProcessId}/cgroup", Cancellation);
            Assert.NotEqual(free, task);
            Assert.Contains("/rel4-tasks-", task, StringComparison.Ordinal);
        }
    }

    /// <summary>A task that could write the files of its group would have no limits. Where the machine has no groups to give, a folder stands for them.</summary>
    [Fact]
    public async Task Task_ThatRaisesItsLimitsOrLeavesItsGroup_IsRefused()
    {
        ControlGroupPlace place = s_machine.Offers("memory") ? s_machine : new ControlGroupPlace(_folder.FullName, ["memory"], null);
        bool isHeld = LimitReport.From(place).Limits.Single(limit => limit.Resource == LimitedResource.Memory).Enforcement == LimitEnforcement.Full;
        _builder.AddTask("task", LeaveGroup).Limit(new TaskLimits { MemoryBytes = Memory }).Environment(PlaceVariable, place.Path!);

        await using RunningSystem system = await StartAsync(place);
        await system["task"].Completion.WaitAsync(Cancellation);

        string[] tried = [.. _output.Output];
        Assert.Equal(3, tried.Length);
        Assert.All(tried, line => Assert.True(line.EndsWith(": refused", StringComparison.Ordinal) == isHeld, line));
    }

    [Theory]
    [InlineData(null, null, 5_000_000, "5000000 threads can't be")]
    [InlineData(1024, null, null, "1024 bytes of memory can't be")]
    [InlineData(null, 0.0, null, "0 processors can't be")]
    [InlineData(null, double.NaN, null, "NaN processors can't be")]
    [InlineData(null, null, 0, "0 threads can't be")]
    [InlineData(null, null, null, "they are required, and there is none")]
    public void Build_WithLimitsThatMakeNoSense_IsRefused(int? bytes, double? processors, int? threads, string why)
    {
        _builder.AddTask("task", Wait).Limit(new TaskLimits { MemoryBytes = bytes, Processors = processors, Threads = threads, IsRequired = true });

        SystemDefinitionException refusal = Assert.Throws<SystemDefinitionException>(() => _builder.Build());

        Assert.Contains($"task 'task', limits: {why}", refusal.Message, StringComparison.Ordinal);
    }

    private static string Read(string folder, string name) => File.ReadAllText(Path.Combine(folder, name)).Trim();

    private int Refused() => int.Parse(Assert.Single(_output.Output, line => line.StartsWith("refused ", StringComparison.Ordinal))["refused ".Length..], CultureInfo.InvariantCulture);

    private IEnumerable<string> Reports(string start) =>
        _output.Of(OutputKind.Report).Where(line => line.Task == "task" && line.Text.Contains(start, StringComparison.Ordinal)).Select(line => line.Text);

    private Task<RunningSystem> StartAsync(ControlGroupPlace place) =>
        _builder.StartAsync(new SupervisionOptions { Output = _output, ControlGroups = place }, Cancellation);
}
