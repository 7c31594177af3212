using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Linux;
using Rel4.Hosted.Observation;
using Rel4.Hosted.Supervision;

namespace Rel4.Hosted.Tests.Supervision;

/// <summary>Watches tasks whose executors make turns, sleep, or hang.</summary>
[Collection(nameof(OneKernel))]
public sealed class WatchTests
{
    // ptrace(2).
    private const int Seize = 0x4206, Interrupt = 0x4207;

    /// <summary>Long against what a busy test machine takes from a thread, short for a test.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(1);

    private readonly Recorder _output = new();
    private readonly SystemBuilder _builder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> Hanging => new()
    {
        { nameof(WatchPrograms.LoopInACoroutine), "loops" },
        { nameof(WatchPrograms.DeadlockInACoroutine), "waits for the lock" },
    };

    public static TheoryData<string, string> Living => new()
    {
        { nameof(WatchPrograms.SleepInACoroutine), "sleeps" },
        { nameof(WatchPrograms.TurnForever), "turns" },
        { nameof(WatchPrograms.ComputeInAChildThread), "computes" },
        { nameof(WatchPrograms.ComputeBehindARun), "computes" },
    };

    [Theory]
    [MemberData(nameof(Hanging))]
    public async Task Task_ThatHangs_IsShownAndGoesOnBeingThere(string program, string sign)
    {
        AddWatched(program, kill: false);

        await using RunningSystem system = await StartAsync();
        await _output.WaitForAsync("hangs: an executor has made no turn for 1 s");

        Assert.Contains(sign, _output.Output);
        Assert.Equal((true, TaskState.Running, 0), (system["watched"].IsHung, system["watched"].State, system["watched"].Restarts));
        Assert.True(Assert.Single(new SystemObserver(system, "observed").Look().Tasks).IsHung);
    }

    [Theory]
    [MemberData(nameof(Hanging))]
    public async Task Task_ThatHangsAndIsToBeKilled_IsStartedAgain(string program, string sign)
    {
        AddWatched(program, kill: true).Restart(RestartPolicy.OnFailure with { FirstDelay = TimeSpan.Zero });

        await using RunningSystem system = await StartAsync();
        await _output.WaitForAsync(sign, times: 2);

        (string, string Text)[] reports = [.. _output.Of(OutputKind.Report).Where(line => !line.Text.StartsWith("runs as", StringComparison.Ordinal))];
        Assert.Equal(
            ["hangs: an executor has made no turn for 1 s: is killed", "ended: SIGKILL; starts again in 0 s"], reports.Take(2).Select(report => report.Text));
    }

    [Fact]
    public async Task Task_ThatGoesOn_IsNotHungAnyMore()
    {
        AddWatched(nameof(WatchPrograms.HangForAWhile), kill: false);

        await using RunningSystem system = await StartAsync();
        await _output.WaitForAsync("goes on: its executors make turns again");

        Assert.False(system["watched"].IsHung);
    }

    /// <summary>The hanging task beside them tells when they would have been found, too, if they were taken for hung: its second life, after they were all there.</summary>
    [Theory]
    [MemberData(nameof(Living))]
    public async Task Task_ThatLives_IsNotHung(string program, string sign)
    {
        AddWatched(program, kill: true);
        _builder.AddTask("hung", MethodOf(nameof(WatchPrograms.LoopInACoroutine))).Watch(s_limit, kill: true)
            .Restart(RestartPolicy.Always with { FirstDelay = TimeSpan.Zero }).StartAfter("watched");

        await using RunningSystem system = await StartAsync();
        await _output.WaitForAsync(sign);
        await _output.WaitForAsync("is killed", times: 2);

        Assert.DoesNotContain(_output.Of(OutputKind.Report), report => report.Task == "watched" && report.Text.StartsWith("hangs", StringComparison.Ordinal));
        Assert.Equal(TaskState.Running, system["watched"].State);
    }

    [Fact]
    public async Task Task_ThatADebuggerHolds_IsNotHung()
    {
        AddWatched(nameof(WatchPrograms.TurnForever), kill: true);
        await using RunningSystem system = await StartAsync();
        await _output.WaitForAsync("turns");
        int process = system["watched"].ProcessId!.Value;
        using var release = new ManualResetEventSlim();
        using var isHeld = new ManualResetEventSlim();
        Exception? failure = null;
        // Linux knows the thread that traces.
        var debugger = new Thread(() =>
        {
            try
            {
                SystemCall.Invoke(SystemCallNumber.ptrace, Seize, process);
                SystemCall.Invoke(SystemCallNumber.ptrace, Interrupt, process);
            }
            catch (Exception exception)
            {
                failure = exception;
            }

            isHeld.Set();
            release.Wait();
        });
        debugger.Start();
        isHeld.Wait(Cancellation);
        Assert.Null(failure);

        RunningTask hung = await system.AddTaskAsync(
            "hung", MethodOf(nameof(WatchPrograms.LoopInACoroutine)), task => task.Watch(2 * s_limit, kill: true), Cancellation);
        await hung.Completion.WaitAsync(TimeSpan.FromSeconds(30), Cancellation);
        (bool IsHung, TaskState State) held = (system["watched"].IsHung, system["watched"].State);
        release.Set();
        debugger.Join();

        Assert.Equal((false, TaskState.Running), held);
    }

    [Fact]
    public void Look_AtSeveralExecutors_FindsTheOneThatMakesNoTurn()
    {
        var watch = new TaskWatch();
        bool[] seen =
        [
            .. Enumerable.Range(1, 8).Select(look =>
            {
                ExecutorPulses pulses = default;
                pulses[0] = (ulong)(2 * look);
                pulses[1] = 7;
                pulses[62] = look < 7 ? 4u : 6u;
                return watch.Look(new TaskPulse(IsAttached: true, IsDebugged: false, pulses));
            }),
        ];

        Assert.Equal([false, false, false, false, true, true, false, false], seen);
    }

    [Theory]
    [InlineData(0.05)]
    [InlineData(100_000)]
    public void Build_WithATimeThatMakesNoSense_IsRefused(double seconds)
    {
        _builder.AddTask("watched", WatchPrograms.TurnForever).Watch(TimeSpan.FromSeconds(seconds));

        SystemDefinitionException refusal = Assert.Throws<SystemDefinitionException>(() => _builder.Build());

        Assert.Contains("task 'watched', watch:", refusal.Message, StringComparison.Ordinal);
    }

    private static TaskProgram MethodOf(string program)
    {
        Type type = typeof(WatchPrograms);
        return new TaskProgram(HostProgram.PathFor(type.Assembly)) { Method = new TaskMethod(type.Assembly.GetName().Name!, type.FullName!, program) };
    }

    private TaskBuilder AddWatched(string program, bool kill) => _builder.AddTask("watched", MethodOf(program)).Watch(s_limit, kill);

    private Task<RunningSystem> StartAsync() => _builder.StartAsync(new SupervisionOptions { Output = _output }, Cancellation);
}
