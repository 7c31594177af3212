using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Sandbox;

namespace Rel4.Hosted.Supervision;

/// <summary>Is a task of a running system: it starts, ends, and is started again as its policy says, or as it is told.</summary>
/// <remarks>
/// Members may be used from any thread. Starts, stops and restarts of one task are done one after another, in the order in which they were asked for. From
/// when its system stops, or it is removed, a task is not started any more.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "Without wait handles, a semaphore holds nothing.")]
public sealed class RunningTask
{
    private readonly Supervisor _supervisor;
    private readonly TimeSpan _gracePeriod;
    private readonly SemaphoreSlim _command = new(1, 1);
    private readonly Lock _lock = new();
    private volatile TaskState _state = TaskState.Starting;
    private volatile int _processId;
    private volatile int _restarts;
    private volatile bool _isClosed;
    private volatile bool _isHung;
    private TaskLife? _life;
    private bool _isRestarting;
    private TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal RunningTask(TaskPlan plan, ImmutableArray<PlacedObject> owned, Supervisor supervisor, TimeSpan gracePeriod)
    {
        Plan = plan;
        Owned = owned;
        _supervisor = supervisor;
        _gracePeriod = gracePeriod;
        _completion.SetResult();
    }

    /// <summary>Occurs when the state has changed. Handlers delay the task and must not throw, nor wait for it to start or stop.</summary>
    public event EventHandler<TaskStateChangedEventArgs>? StateChanged;

    /// <summary>Gets the task's name.</summary>
    public string Name => Plan.Task.Name;

    /// <summary>Gets the task's definition, with all that it was granted.</summary>
    public TaskDefinition Definition => Plan.Task;

    /// <summary>Gets its state.</summary>
    public TaskState State => _state;

    /// <summary>Gets how often it was started again.</summary>
    public int Restarts => _restarts;

    /// <summary>Gets the number of its process, for people to read; null while it has none.</summary>
    public int? ProcessId => _processId == 0 ? null : _processId;

    /// <summary>Gets whether it hangs: an executor of its makes no turn (<see cref="TaskBuilder.Watch"/>).</summary>
    public bool IsHung => _isHung;

    /// <summary>Gets how its process ended last; null if it did not.</summary>
    public TaskEnd? LastEnd { get; internal set; }

    /// <summary>Gets the end of the task, behind which it is not started again unless it is told to.</summary>
    public Task Completion
    {
        get
        {
            lock (_lock)
                return _completion.Task;
        }
    }

    /// <summary>Gets what the root task does for it.</summary>
    internal TaskPlan Plan { get; }

    /// <summary>Gets or sets whether it has come to stay: it was started, or was there from the start.</summary>
    internal bool HasBeenAdded { get; set; }

    /// <summary>Gets the objects that go with it.</summary>
    internal ImmutableArray<PlacedObject> Owned { get; }

    /// <summary>Starts the task again if it has ended or was stopped. Does nothing if it runs, or waits to be started again.</summary>
    /// <returns>Completes when its process runs.</returns>
    /// <exception cref="IOException">Linux refuses something, its program is missing, or its sandbox lacks a layer that it requires. It is <see cref="TaskState.Failed"/> then.</exception>
    /// <exception cref="InvalidOperationException">The task was removed, or its system stops.</exception>
    /// <exception cref="OperationCanceledException">It was removed, or its system stopped, before its process ran.</exception>
    public async Task StartAsync()
    {
        await _command.WaitAsync().ConfigureAwait(false);
        try
        {
            await StartLifeAsync().ConfigureAwait(false);
        }
        finally
        {
            _command.Release();
        }
    }

    /// <summary>Stops the task: asks it to end, and kills it if it does not. It is not started again by itself. Does nothing if it has ended.</summary>
    /// <param name="gracePeriod">How long it has to end; null for the system's grace period.</param>
    /// <param name="hurry">Ends the grace period: the task is killed.</param>
    public async Task StopAsync(TimeSpan? gracePeriod = null, CancellationToken hurry = default)
    {
        // Somebody else's grace period, too: that command is behind soon then.
        using CancellationTokenRegistration registration = hurry.Register(Kill);
        await _command.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            await StopLifeAsync(gracePeriod, hurry).ConfigureAwait(false);
        }
        finally
        {
            _command.Release();
        }
    }

    /// <summary>Stops the task if it runs, and starts it at once: it is made anew, and holds what it was granted.</summary>
    /// <param name="gracePeriod">How long it has to end; null for the system's grace period.</param>
    /// <param name="hurry">Ends the grace period: the task is killed.</param>
    /// <returns>Completes when its new process runs.</returns>
    /// <remarks>Waiting times of its <see cref="RestartPolicy"/> start anew.</remarks>
    /// <inheritdoc cref="StartAsync" path="/exception"/>
    public async Task RestartAsync(TimeSpan? gracePeriod = null, CancellationToken hurry = default)
    {
        await _command.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            DemandOpen();
            // Who waits for the system's end must not take the time between the processes for it.
            lock (_lock)
                _isRestarting = true;
            await StopLifeAsync(gracePeriod, hurry).ConfigureAwait(false);
            await StartLifeAsync().ConfigureAwait(false);
        }
        finally
        {
            lock (_lock)
            {
                _isRestarting = false;
                CompleteIfEnded();
            }

            _command.Release();
        }
    }

    /// <summary>Stops the task for good.</summary>
    internal Task CloseAsync(TimeSpan? gracePeriod, CancellationToken hurry)
    {
        _isClosed = true;
        return StopAsync(gracePeriod, hurry);
    }

    /// <summary>Lets nobody start the task any more.</summary>
    internal void Close() => _isClosed = true;

    /// <summary>Waits until the program of a task has begun that was started before.</summary>
    /// <exception cref="IOException">It ended before that.</exception>
    internal Task AwaitProgramAsync()
    {
        lock (_lock)
            return _life!.AwaitProgramAsync();
    }

    internal void SetProcess(int id) => _processId = id;

    internal void SetHung(bool isHung) => _isHung = isHung;

    internal void CountRestart() => Interlocked.Increment(ref _restarts);

    internal void ChangeState(TaskState state)
    {
        _state = state;
        StateChanged?.Invoke(this, new TaskStateChangedEventArgs(this, state));
    }

    internal void Report(string text) => Write(OutputKind.Report, text);

    internal void Write(OutputKind kind, string text) => _supervisor.Output.Write(new OutputLine(Name, kind, text));

    private async Task StartLifeAsync()
    {
        DemandOpen();
        TaskLife life;
        Task started;
        lock (_lock)
        {
            if (_life is { Ended.IsCompleted: false })
                return;
            if (_life is not null)
                CountRestart();
            life = _life = new TaskLife(this, _supervisor);
            if (_completion.Task.IsCompleted)
                _completion = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            started = life.StartAsync();
        }

        _ = CompleteAsync(life);
        await started.ConfigureAwait(false);
    }

    private async Task StopLifeAsync(TimeSpan? gracePeriod, CancellationToken hurry)
    {
        TaskLife? life;
        lock (_lock)
            life = _life;
        if (life is not null)
            await life.StopAsync(gracePeriod ?? _gracePeriod, hurry).ConfigureAwait(false);
        lock (_lock)
            CompleteIfEnded();
    }

    private async Task CompleteAsync(TaskLife life)
    {
        await life.Ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_lock)
            CompleteIfEnded();
    }

    private void CompleteIfEnded()
    {
        if (!_isRestarting && (_life is null or { Ended.IsCompleted: true }))
            _completion.TrySetResult();
    }

    private void Kill()
    {
        TaskLife? life;
        lock (_lock)
            life = _life;
        life?.Kill();
    }

    private void DemandOpen()
    {
        if (_isClosed)
            throw new InvalidOperationException($"Task '{Name}' can't be started: it was removed, or its system stops.");
    }
}
