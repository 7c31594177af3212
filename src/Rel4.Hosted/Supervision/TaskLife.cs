using System.Diagnostics.CodeAnalysis;
using Microsoft.Win32.SafeHandles;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Linux;
using Rel4.Hosted.Observation;
using Rel4.Hosted.Sandbox;

namespace Rel4.Hosted.Supervision;

/// <summary>Is a task from when it is started to when it is not started again by itself: one process after another, as its policy says.</summary>
[SuppressMessage("Design", "CA1001", Justification = "Without timers and wait handles, cancellation sources hold nothing.")]
internal sealed class TaskLife(RunningTask task, Supervisor supervisor)
{
    /// <summary>How long to wait for the end of an ended process' output. It comes at once, unless the task passed the stream on.</summary>
    private static readonly TimeSpan OutputLimit = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan s_programLook = TimeSpan.FromMilliseconds(5);

    private readonly BackOff _backOff = new(task.Plan.Task.Restart);
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<bool> _hadProgram = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _kill = new();

    private string Kills => task.Definition.IsInProcess ? "is given up" : "is killed";

    /// <summary>Gets the end of this life. It never fails.</summary>
    public Task Ended { get; private set; } = Task.CompletedTask;

    /// <summary>Begins.</summary>
    /// <returns>Completes when the first process runs, or fails as its start does, at the end of this life.</returns>
    public Task StartAsync()
    {
        Ended = Task.Run(SuperviseAsync);
        return AwaitStartAsync();
    }

    /// <summary>Ends: asks the process to end, and kills it if it does not.</summary>
    /// <param name="gracePeriod">How long it has to end.</param>
    /// <param name="hurry">Ends the grace period.</param>
    public async Task StopAsync(TimeSpan gracePeriod, CancellationToken hurry)
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        try
        {
            await Ended.WaitAsync(gracePeriod, supervisor.Time, hurry).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is TimeoutException or OperationCanceledException)
        {
            if (task.ProcessId is not null)
                task.Report(failure is TimeoutException ? $"does not end in {gracePeriod.TotalSeconds:0.###} s: {Kills}" : Kills);
            await _kill.CancelAsync().ConfigureAwait(false);
            await Ended.ConfigureAwait(false);
        }
    }

    /// <summary>Waits until the program of the first process has begun: till then it is .NET that starts. Other programs than .NET's don't tell.</summary>
    /// <exception cref="IOException">The process ended before that.</exception>
    public async Task AwaitProgramAsync()
    {
        if (!task.Definition.Program.Path.EndsWith(".dll", StringComparison.Ordinal) || await _hadProgram.Task.ConfigureAwait(false))
            return;
        _stop.Token.ThrowIfCancellationRequested();
        throw new IOException($"Task '{task.Name}' ended before its program began: {task.LastEnd}. What it wrote says why.");
    }

    /// <summary>Ends at once.</summary>
    public void Kill()
    {
        _stop.Cancel();
        _kill.Cancel();
    }

    private async Task AwaitStartAsync()
    {
        await Task.WhenAny(_started.Task, Ended).ConfigureAwait(false);
        if (!_started.Task.IsCompletedSuccessfully)
            await Ended.ConfigureAwait(false);
        await _started.Task.ConfigureAwait(false);
    }

    private async Task SuperviseAsync()
    {
        while (true)
        {
            long start = supervisor.Time.GetTimestamp();
            (bool isSuccess, string how) = await RunAsync().ConfigureAwait(false);
            if (_stop.IsCancellationRequested)
            {
                End(TaskState.Stopped, $"stopped ({how})");
                return;
            }

            // A task that can't even start the first time is a mistake in the system, not a crash.
            TimeSpan ran = supervisor.Time.GetElapsedTime(start);
            TimeSpan? delay = _started.Task.IsCompletedSuccessfully ? _backOff.Next(isSuccess, ran) : null;
            if (delay is not { } wait)
            {
                End(isSuccess ? TaskState.Stopped : TaskState.Failed, $"ended: {how}");
                return;
            }

            task.Report($"ended: {how}; starts again in {wait.TotalSeconds:0.###} s");
            task.ChangeState(TaskState.BackingOff);
            await Task.Delay(wait, supervisor.Time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_stop.IsCancellationRequested)
            {
                End(TaskState.Stopped, "stopped");
                return;
            }

            task.CountRestart();
        }
    }

    /// <summary>Runs the task once.</summary>
    /// <returns>Whether it returned 0, and for people how it ended.</returns>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever a start fails of, it is the task's failure and not the other tasks'.")]
    private async Task<(bool IsSuccess, string How)> RunAsync()
    {
        try
        {
            task.ChangeState(TaskState.Starting);
            supervisor.Sandbox.Require(task.Definition.Sandbox.RequiredLayers, $"task '{task.Name}'");
            supervisor.Limits.Require(task.Definition.Limits, $"task '{task.Name}'");
            await supervisor.Root.PerformAsync(task.Plan.Create).ConfigureAwait(false);
            TaskEnd end = await (task.Definition.IsInProcess ? RunHereAsync() : RunProcessAsync()).ConfigureAwait(false);
            return (end.IsSuccess, Describe(end));
        }
        catch (Exception failure)
        {
            _started.TrySetException(failure);
            return (false, failure.Message);
        }
        finally
        {
            _hadProgram.TrySetResult(false);
            await supervisor.Root.PerformAsync(task.Plan.Clear).ConfigureAwait(false);
        }
    }

    private async Task<TaskEnd> RunProcessAsync()
    {
        (TaskProcess process, SafeFileHandle socket) = supervisor.Spawner.Start(task.Plan);
        using SafeFileHandle kernelEnd = socket;
        using TaskProcess owned = process;
        using var output = new TaskOutput(supervisor.Outputs, process.Output, text => task.Write(OutputKind.Output, text));
        using var error = new TaskOutput(supervisor.Outputs, process.Error, text => task.Write(OutputKind.Error, text));
        TaskEnd end = await AttendAsync(process, kernelEnd, process.TemporaryFolder).ConfigureAwait(false);
        await Task.WhenAll(output.Ended, error.Ended).WaitAsync(OutputLimit)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return end;
    }

    /// <summary>Runs the task once inside of this process.</summary>
    private async Task<TaskEnd> RunHereAsync()
    {
        using var here = new InProcessTask(task.Plan, text => task.Write(OutputKind.Error, text));
        TaskEnd end = await AttendAsync(here, here.KernelSocket, temporaryFolder: null).ConfigureAwait(false);
        if (end == default)
            task.Report("is LEFT BEHIND in this process, as it can't be killed: its threads go on, and find that their kernel has ended when they make a call. Start the process anew");
        return end;
    }

    /// <summary>Lets a task run that was started, and waits for its end.</summary>
    /// <param name="process">What it runs in.</param>
    /// <param name="kernelEnd">The kernel's end of its socket.</param>
    /// <param name="temporaryFolder">Its folder; null if it has none, as it runs in this process.</param>
    private async Task<TaskEnd> AttendAsync(ITaskProcess process, SafeFileHandle kernelEnd, string? temporaryFolder)
    {
        try
        {
            await supervisor.Root.PerformAsync(task.Plan.Start, new AttachedProcess(kernelEnd, process.Descriptor)).ConfigureAwait(false);
            kernelEnd.Dispose();
            task.SetProcess(process.Id);
            task.Report(temporaryFolder is null ? $"runs in this process, {process.Id}" : $"runs as process {process.Id}");
            Warn(process, temporaryFolder);
            task.ChangeState(TaskState.Running);
            _started.TrySetResult();
            using CancellationTokenRegistration stop = _stop.Token.Register(process.Terminate);
            using CancellationTokenRegistration kill = _kill.Token.Register(process.Kill);
            TaskEnd end;
            using (var ended = new CancellationTokenSource())
            {
                Task program = task.HasBeenAdded ? Task.CompletedTask : LookForProgramAsync(ended.Token);
                Task watch = task.Definition.Watch is { } policy ? WatchAsync(process, policy, ended.Token) : Task.CompletedTask;
                end = await AwaitEndAsync(process).ConfigureAwait(false);
                await ended.CancelAsync().ConfigureAwait(false);
                await Task.WhenAll(program, watch).ConfigureAwait(false);
            }

            task.LastEnd = end;
            _hadProgram.TrySetResult(TaskPulse.Of(supervisor.Root.Kernel, task.Plan).IsAttached);
            return end;
        }
        finally
        {
            task.SetProcess(0);
            task.SetHung(false);
        }
    }

    /// <summary>Says what makes the task weaker, or less bounded, than its definition looks.</summary>
    /// <param name="process">What it runs in.</param>
    /// <param name="temporaryFolder">Its folder; null if it has none, as it runs in this process.</param>
    private void Warn(ITaskProcess process, string? temporaryFolder)
    {
        if (supervisor.Limits.DescribeMissing(task.Definition.Limits) is { } missing)
            task.Report(missing);
        if (temporaryFolder is null)
        {
            task.Report(
                "is NOT ISOLATED: it runs inside of this process, to be stepped through there. It may read and change all that this process can, it can't be killed, and what ends a process ends both. "
                + "For development only");
        }
        else if (task.Definition.Debug is not null)
        {
            task.Report(
                $"is OPEN TO DEBUGGERS, and weaker for that: whoever runs as its user may read and change it. .NET's tools find it with TMPDIR={temporaryFolder}, "
                + $"as in 'TMPDIR={temporaryFolder} dotnet-counters monitor -p {process.Id}'");
        }

        if (task.Definition.Debug is { WaitsForDebugger: true })
            task.Report($"waits until a debugger for .NET is attached to process {process.Id}");
    }

    /// <summary>Describes an end. Where Linux does not tell that memory was short, but the task is held to a limit, that may be why.</summary>
    private string Describe(TaskEnd end) =>
        !end.IsSuccess && end.MemoryLimit is null && task.Definition.Limits.Describe(LimitedResource.Memory) is { } memory ? $"{end} (its limit is {memory})" : end.ToString();

    private async Task LookForProgramAsync(CancellationToken ended)
    {
        while (!TaskPulse.Of(supervisor.Root.Kernel, task.Plan).IsAttached)
        {
            await Task.Delay(s_programLook, ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (ended.IsCancellationRequested)
                return;
        }

        _hadProgram.TrySetResult(true);
    }

    private async Task WatchAsync(ITaskProcess process, WatchPolicy policy, CancellationToken ended)
    {
        var watch = new TaskWatch();
        while (true)
        {
            await Task.Delay(policy.Limit / TaskWatch.LooksPerLimit, supervisor.Time, ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (ended.IsCancellationRequested)
                return;
            var pulse = TaskPulse.Of(supervisor.Root.Kernel, task.Plan);
            bool isHung = watch.Look(pulse) && !pulse.IsDebugged && !ProcessStatus.IsHeld(process.Id);
            if (isHung == task.IsHung)
                continue;
            task.SetHung(isHung);
            string kills = policy.Kill ? ": is killed" : "";
            task.Report(isHung ? $"hangs: an executor has made no turn for {policy.Limit.TotalSeconds:0.###} s{kills}" : "goes on: its executors make turns again");
            if (isHung && policy.Kill)
                process.Kill();
        }
    }

    private async Task<TaskEnd> AwaitEndAsync(ITaskProcess process)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        supervisor.Ends.Add(process.Descriptor, () =>
        {
            ended.SetResult();
            return false;
        });
        await ended.Task.ConfigureAwait(false);
        return process.WaitForEnd();
    }

    private void End(TaskState state, string how)
    {
        task.Report(how);
        task.ChangeState(state);
        _started.TrySetCanceled();
    }
}
