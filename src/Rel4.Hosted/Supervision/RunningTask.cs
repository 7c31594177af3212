using System.Diagnostics.CodeAnalysis;
using Microsoft.Win32.SafeHandles;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Sandbox;
using Rel4.Runtime;

namespace Rel4.Hosted.Supervision;

/// <summary>Is a task of a running system: it starts, ends, and is started again as its policy says.</summary>
/// <remarks>Members may be used from any thread.</remarks>
[SuppressMessage("Design", "CA1001", Justification = "Without timers and wait handles, cancellation sources hold nothing.")]
public sealed class RunningTask
{
    /// <summary>How long to wait for the end of an ended process' output. It comes at once, unless the task passed the stream on.</summary>
    private static readonly TimeSpan OutputLimit = TimeSpan.FromSeconds(5);

    private readonly Supervisor _supervisor;
    private readonly BackOff _backOff;
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _kill = new();
    private volatile TaskState _state = TaskState.Starting;
    private volatile int _processId;
    private volatile int _restarts;

    internal RunningTask(TaskPlan plan, Supervisor supervisor)
    {
        Plan = plan;
        _supervisor = supervisor;
        _backOff = new BackOff(plan.Task.Restart);
    }

    /// <summary>Occurs when the state has changed. Handlers delay the task and must not throw.</summary>
    public event EventHandler<TaskStateChangedEventArgs>? StateChanged;

    /// <summary>Gets the task's name.</summary>
    public string Name => Plan.Task.Name;

    /// <summary>Gets the task's definition.</summary>
    public TaskDefinition Definition => Plan.Task;

    /// <summary>Gets its state.</summary>
    public TaskState State => _state;

    /// <summary>Gets how often it was started again.</summary>
    public int Restarts => _restarts;

    /// <summary>Gets the number of its process, for people to read; null while it has none.</summary>
    public int? ProcessId => _processId == 0 ? null : _processId;

    /// <summary>Gets how its process ended last; null if it did not.</summary>
    public TaskEnd? LastEnd { get; private set; }

    /// <summary>Gets the end of the task, behind which it is not started again.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <summary>Gets what the root task does for it.</summary>
    internal TaskPlan Plan { get; }

    /// <summary>Starts the task.</summary>
    /// <returns>Completes when its process runs, or fails as the first start does.</returns>
    internal Task StartAsync()
    {
        Completion = Task.Run(SuperviseAsync);
        return Task.WhenAny(_started.Task, Completion).Unwrap();
    }

    /// <summary>Stops the task: asks it to end, and kills it if it does not.</summary>
    /// <param name="gracePeriod">How long it has to end.</param>
    /// <param name="hurry">Ends the grace period.</param>
    internal async Task StopAsync(TimeSpan gracePeriod, CancellationToken hurry)
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        try
        {
            await Completion.WaitAsync(gracePeriod, _supervisor.Time, hurry).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is TimeoutException or OperationCanceledException)
        {
            if (ProcessId is not null)
                Report(failure is TimeoutException ? $"does not end in {gracePeriod.TotalSeconds:0.###} s: is killed" : "is killed");
            await _kill.CancelAsync().ConfigureAwait(false);
            await Completion.ConfigureAwait(false);
        }
    }

    private async Task SuperviseAsync()
    {
        while (true)
        {
            long start = _supervisor.Time.GetTimestamp();
            (bool isSuccess, string how) = await RunAsync().ConfigureAwait(false);
            if (_stop.IsCancellationRequested)
            {
                End(TaskState.Stopped, $"stopped ({how})");
                return;
            }

            // A task that can't even start the first time is a mistake in the system, not a crash.
            TimeSpan ran = _supervisor.Time.GetElapsedTime(start);
            TimeSpan? delay = _started.Task.IsCompletedSuccessfully ? _backOff.Next(isSuccess, ran) : null;
            if (delay is not { } wait)
            {
                End(isSuccess ? TaskState.Stopped : TaskState.Failed, $"ended: {how}");
                return;
            }

            Report($"ended: {how}; starts again in {wait.TotalSeconds:0.###} s");
            ChangeState(TaskState.BackingOff);
            await Task.Delay(wait, _supervisor.Time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_stop.IsCancellationRequested)
            {
                End(TaskState.Stopped, "stopped");
                return;
            }

            _restarts++;
        }
    }

    /// <summary>Runs the task once.</summary>
    /// <returns>Whether it returned 0, and for people how it ended.</returns>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever a start fails of, it is the task's failure and not the other tasks'.")]
    private async Task<(bool IsSuccess, string How)> RunAsync()
    {
        try
        {
            ChangeState(TaskState.Starting);
            await _supervisor.Root.PerformAsync(Plan.Create).ConfigureAwait(false);
            TaskEnd end = await RunProcessAsync().ConfigureAwait(false);
            LastEnd = end;
            return (end.IsSuccess, end.ToString());
        }
        catch (Exception failure)
        {
            _started.TrySetException(failure);
            return (false, failure.Message);
        }
        finally
        {
            await _supervisor.Root.PerformAsync(Plan.Clear).ConfigureAwait(false);
        }
    }

    private async Task<TaskEnd> RunProcessAsync()
    {
        (TaskProcess process, SafeFileHandle socket) = _supervisor.Spawner.Start(Plan);
        using SafeFileHandle kernelEnd = socket;
        using TaskProcess owned = process;
        using var output = new TaskOutput(_supervisor.Outputs, process.Output, text => Write(OutputKind.Output, text));
        using var error = new TaskOutput(_supervisor.Outputs, process.Error, text => Write(OutputKind.Error, text));
        try
        {
            await _supervisor.Root.PerformAsync(Plan.Start, new AttachedProcess(kernelEnd, process.Descriptor)).ConfigureAwait(false);
            kernelEnd.Dispose();
            _processId = process.Id;
            Report($"runs as process {process.Id}");
            ChangeState(TaskState.Running);
            _started.TrySetResult();
            using CancellationTokenRegistration stop = _stop.Token.Register(process.Terminate);
            using CancellationTokenRegistration kill = _kill.Token.Register(process.Kill);
            TaskEnd end = await AwaitEndAsync(process).ConfigureAwait(false);
            await Task.WhenAll(output.Ended, error.Ended).WaitAsync(OutputLimit)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return end;
        }
        finally
        {
            _processId = 0;
        }
    }

    private async Task<TaskEnd> AwaitEndAsync(TaskProcess process)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _supervisor.Ends.Add(process.Descriptor, () =>
        {
            ended.SetResult();
            return false;
        });
        await ended.Task.ConfigureAwait(false);
        return process.WaitForEnd();
    }

    private void End(TaskState state, string how)
    {
        Report(how);
        ChangeState(state);
        _started.TrySetCanceled();
    }

    private void ChangeState(TaskState state)
    {
        _state = state;
        StateChanged?.Invoke(this, new TaskStateChangedEventArgs(this, state));
    }

    private void Report(string text) => Write(OutputKind.Report, text);

    private void Write(OutputKind kind, string text) => _supervisor.Output.Write(new OutputLine(Name, kind, text));
}
