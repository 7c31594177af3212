using System.Collections.Immutable;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Observation;
using Rel4.Hosted.Sandbox;

namespace Rel4.Hosted.Supervision;

/// <summary>Is a system that runs, with its kernel in this process.</summary>
/// <remarks>Members may be used from any thread.</remarks>
public sealed class RunningSystem : IAsyncDisposable
{
    private static readonly TimeSpan s_endTogether = TimeSpan.FromSeconds(1);

    private readonly Supervisor _supervisor;
    private readonly TimeSpan _gracePeriod;
    private readonly Lock _lock = new();
    private readonly HashSet<ObjectDefinition> _abandoned = [];
    private readonly TaskPool _pool;
    private volatile SystemContent _content;
    private volatile bool _isStopping;
    private bool _isDisposed;
    private ObservationSocket? _observation;
    private ControlSocket? _control;
    private Task? _completion;
    private Task? _disposal;

    private RunningSystem(Supervisor supervisor, SystemDefinition definition, CapabilityPlan plan, TimeSpan gracePeriod)
    {
        _supervisor = supervisor;
        _gracePeriod = gracePeriod;
        _pool = new TaskPool(plan.Rest, supervisor.Root, definition);
        _pool.Host = Host = new SystemHost(this, supervisor.Root, _pool, plan.Host);
        _content = new SystemContent(
            [.. plan.Tasks.Select(Make)],
            [.. definition.Objects.Select((item, index) => new PlacedObject(item, supervisor.Root.Holdings.FirstFree + (ulong)index))]);
    }

    /// <summary>Gets the tasks that are there now, in the order in which they were started first.</summary>
    public ImmutableArray<RunningTask> Tasks => _content.Tasks;

    /// <summary>Gets the end of all tasks, behind which none is started again unless it is told to.</summary>
    public Task Completion
    {
        get
        {
            lock (_lock)
            {
                // One that has ended may have been started again, and others added.
                if (_completion is null || (_completion.IsCompleted && FirstThatRuns() is not null))
                    _completion = AwaitEndAsync();
                return _completion;
            }
        }
    }

    /// <summary>Gets this process' own part in the system: what it was granted.</summary>
    public SystemHost Host { get; }

    /// <summary>Gets the kernel.</summary>
    internal HostedKernel Kernel => _supervisor.Root.Kernel;

    /// <summary>Gets what the root task held at its start.</summary>
    internal RootHoldings Holdings => _supervisor.Root.Holdings;

    /// <summary>Gets the tasks and the objects that are there now.</summary>
    internal SystemContent Content => _content;

    /// <summary>Gets the task of a name.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="ArgumentException">There is none.</exception>
    public RunningTask this[string name] => Tasks.FirstOrDefault(task => task.Name == name)
        ?? throw new ArgumentException(
            $"The system has no task '{name}'. It has {string.Join(", ", Tasks.Select(task => $"'{task.Name}'"))}.", nameof(name));

    /// <summary>Finds the task whose messages to an endpoint of this process have a badge.</summary>
    /// <param name="endpoint">An endpoint that this process was granted (<see cref="SystemBuilder.Host"/>).</param>
    /// <param name="badge">The badge, of a request or a connection for example.</param>
    /// <returns>Null if no task, or more than one, was granted the endpoint with this badge.</returns>
    /// <remarks>By what was granted: a task may have passed its capability on to another, which speaks for it then.</remarks>
    /// <exception cref="ArgumentException">This process was not granted the endpoint.</exception>
    public RunningTask? FindCaller(Runtime.EndpointCap endpoint, ulong badge)
    {
        ObjectDefinition called = Host.Held.Find(held => held.Capability.Address == endpoint.CPtr)?.Grant.Object
            ?? throw new ArgumentException("This process was not granted the endpoint in this system (SystemBuilder.Host).", nameof(endpoint));
        RunningTask[] callers =
        [
            .. Tasks.Where(task => task.Definition.Grants.Any(grant => grant.Object == called && (grant.Rights & CapRights.Write) != 0 && grant.Badge == badge)),
        ];
        return callers.Length == 1 ? callers[0] : null;
    }

    /// <summary>Starts a system, one task after another. A process can have several.</summary>
    /// <param name="definition">The system.</param>
    /// <param name="options">How to supervise it.</param>
    /// <param name="cancellationToken">Ends the start; what was started is stopped.</param>
    /// <exception cref="ArgumentException">The system is to be controllable, and not observable.</exception>
    /// <exception cref="SystemDefinitionException">The kernel is too small for the system.</exception>
    /// <exception cref="MissingLayersException">A task requires layers of the sandbox that tasks do not get here. None was started.</exception>
    /// <exception cref="MissingLimitsException">A task requires limits to which tasks are not held here. None was started.</exception>
    /// <exception cref="IOException">Linux refuses something, or a program is missing. What was started is stopped.</exception>
    public static async Task<RunningSystem> StartAsync(
        SystemDefinition definition, SupervisionOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(definition);
        options ??= new SupervisionOptions();
        options.Check();
        StartReserve.Demand();
        SandboxReport sandbox = options.Sandbox ?? SandboxReport.Inspect();
        ControlGroupPlace groups = options.ControlGroups ?? ControlGroupPlace.Find();
        var limits = LimitReport.From(groups);
        foreach (TaskDefinition task in definition.Tasks)
        {
            if (task.IsOptional)
                continue;
            sandbox.Require(task.Sandbox.RequiredLayers, $"task '{task.Name}'");
            limits.Require(task.Limits, $"task '{task.Name}'");
        }

        RootTask root = await StartRootAsync(definition.Kernel).ConfigureAwait(false);
        CapabilityPlan plan;
        Supervisor supervisor;
        try
        {
            plan = CapabilityPlan.Compile(definition, root.Holdings);
            IOutputSink output = options.Output ?? new ConsoleOutput([.. definition.Tasks.Select(task => task.Name)]);
            supervisor = new Supervisor(root, sandbox, limits, new TaskSpawner(groups), output, options.Time);
        }
        catch
        {
            await root.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        var system = new RunningSystem(supervisor, definition, plan, options.GracePeriod);
        try
        {
            if (sandbox.DescribeMissing() is { } weaker)
                supervisor.Output.Write(new OutputLine("system", OutputKind.Report, weaker));
            await root.PerformAsync(plan.Shared).ConfigureAwait(false);
            if (definition.Host is not null)
                await system.Host.JoinAsync().ConfigureAwait(false);
            if (options.IsObservable)
                system.Show(new SystemObserver(system, options.Name), options.IsControllable);
            foreach (RunningTask task in system.Tasks)
            {
                cancellationToken.ThrowIfCancellationRequested();
                await task.StartAsync().WaitAsync(cancellationToken)
                    .ConfigureAwait(task.Definition.IsOptional ? ConfigureAwaitOptions.SuppressThrowing : ConfigureAwaitOptions.None);
            }

            cancellationToken.ThrowIfCancellationRequested();
            return system;
        }
        catch
        {
            await system.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Runs a system until all its tasks have ended, Ctrl-C is pressed, <c>SIGTERM</c> comes, or it is cancelled.</summary>
    /// <param name="definition">The system.</param>
    /// <param name="options">How to supervise it.</param>
    /// <param name="cancellationToken">Stops the system.</param>
    /// <returns>0 if no task failed but optional ones, otherwise 1.</returns>
    /// <remarks>Pressing Ctrl-C a second time kills what has not ended yet.</remarks>
    public static async Task<int> RunAsync(
        SystemDefinition definition, SupervisionOptions? options = null, CancellationToken cancellationToken = default)
    {
        // Before the handlers of signals, which take descriptors and a thread; StartAsync may be called without this.
        StartReserve.Demand();
        using var interruption = new Interruption();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, interruption.Stop);
        RunningSystem system;
        try
        {
            system = await StartAsync(definition, options, stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return 0;
        }

        await using (system.ConfigureAwait(false))
        {
            await system.Completion.WaitAsync(stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await system.StopAsync(interruption.Hurry).ConfigureAwait(false);
            return system.Tasks.Any(task => task.State == TaskState.Failed && !task.Definition.IsOptional) ? 1 : 0;
        }
    }

    /// <summary>Adds a task that runs a method of this program in a process of its own, and starts it.</summary>
    /// <param name="name">Names it within the system.</param>
    /// <param name="method">A static method; the process has nothing of this one's state, so no lambda expression will do.</param>
    /// <param name="compose">Says what it is granted, and all else.</param>
    /// <param name="cancellationToken">Ends the start; the task is removed.</param>
    /// <exception cref="ArgumentException">The method is generic, or none that is static: a lambda expression, for example.</exception>
    /// <exception cref="FileNotFoundException">Neither this process' program nor the method's assembly is one that another process can start: it was published as a single file, for example.</exception>
    /// <exception cref="NotSupportedException">This program was compiled ahead of time, so that no method can be found by name. Give tasks' programs by path.</exception>
    /// <inheritdoc cref="AddTaskAsync(string, TaskProgram, Action{TaskBuilder}, CancellationToken)" path="/*[not(self::summary) and not(self::param)]"/>
    public Task<RunningTask> AddTaskAsync(
        string name, Action method, Action<TaskBuilder>? compose = null, CancellationToken cancellationToken = default) =>
        AddTaskAsync(name, SystemBuilder.MethodOf(method), compose, cancellationToken);

    /// <summary>Adds a task that runs a method of this program, which returns its exit code, in a process of its own, and starts it.</summary>
    /// <inheritdoc cref="AddTaskAsync(string, Action, Action{TaskBuilder}, CancellationToken)"/>
    public Task<RunningTask> AddTaskAsync(
        string name, Func<int> method, Action<TaskBuilder>? compose = null, CancellationToken cancellationToken = default) =>
        AddTaskAsync(name, SystemBuilder.MethodOf(method), compose, cancellationToken);

    /// <summary>Adds a task that runs a program, and starts it.</summary>
    /// <param name="name">Names it within the system.</param>
    /// <param name="path">A .NET assembly (<c>.dll</c>) or an executable. A relative path starts at the working directory.</param>
    /// <param name="compose">Says what it is granted, and all else.</param>
    /// <param name="cancellationToken">Ends the start; the task is removed.</param>
    /// <inheritdoc cref="AddTaskAsync(string, TaskProgram, Action{TaskBuilder}, CancellationToken)" path="/*[not(self::summary) and not(self::param)]"/>
    public Task<RunningTask> AddTaskAsync(
        string name, string path, Action<TaskBuilder>? compose = null, CancellationToken cancellationToken = default) =>
        AddTaskAsync(name, new TaskProgram(Path.GetFullPath(path)), compose, cancellationToken);

    /// <summary>Adds a task, and starts it. It stops before all that are there now.</summary>
    /// <param name="name">Names it within the system.</param>
    /// <param name="program">What it runs.</param>
    /// <param name="compose">
    /// Says what it is granted, and all else: objects of the system, those that tasks own which were added before, and its own (<see cref="TaskBuilder.Owns"/>).
    /// </param>
    /// <param name="cancellationToken">Ends the start; the task is removed.</param>
    /// <returns>The task, whose process runs; its program has begun if it is .NET's (a <c>.dll</c>).</returns>
    /// <remarks>If it throws, the system is as it was: the task is not there, and its memory and slots are free, unless a report says that they can't be taken back. No other task is affected.</remarks>
    /// <exception cref="SystemDefinitionException">What the task is granted or said to be makes no sense, its name is taken, or the kernel is too small for it.</exception>
    /// <exception cref="IOException">
    /// Linux refuses something, its program is missing, its sandbox lacks a layer that it requires, or its process ended before its program began.
    /// </exception>
    /// <exception cref="InvalidOperationException">The system stops.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled, or the system stopped before the process ran.</exception>
    public async Task<RunningTask> AddTaskAsync(
        string name, TaskProgram program, Action<TaskBuilder>? compose = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(program);
        var builder = new TaskBuilder(new TaskDefinition(name, program));
        compose?.Invoke(builder);
        return await AddTaskAsync(builder.Definition, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Stops a task if it runs, and removes it with the objects that it owns. What it was made of is free again, and so is its name.</summary>
    /// <param name="name">The task's name.</param>
    /// <param name="gracePeriod">How long it has to end; null for the system's grace period.</param>
    /// <param name="hurry">Ends the grace period: the task is killed.</param>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    /// <exception cref="InvalidOperationException">Other tasks were granted what it owns: remove them first.</exception>
    public Task RemoveTaskAsync(string name, TimeSpan? gracePeriod = null, CancellationToken hurry = default) =>
        RemoveAsync(this[name], gracePeriod, hurry);

    /// <summary>Stops all tasks, each before those that it started after. None can be started or added any more.</summary>
    /// <param name="hurry">Ends grace periods: what still runs is killed.</param>
    public async Task StopAsync(CancellationToken hurry = default)
    {
        // Behind that nobody adds a task: who is adding one has put it where it is stopped, too.
        await _pool.EnterAsync(CancellationToken.None).ConfigureAwait(false);
        _isStopping = true;
        _pool.Exit();
        ImmutableArray<RunningTask> tasks = Tasks;
        foreach (RunningTask task in tasks)
            task.Close();
        foreach (RunningTask task in tasks.Reverse())
            await task.CloseAsync(_gracePeriod, hurry).ConfigureAwait(false);
    }

    /// <summary>Stops all tasks, and the kernel.</summary>
    public async ValueTask DisposeAsync()
    {
        Task disposal;
        lock (_lock)
            disposal = _disposal ??= DisposeOnceAsync();
        await disposal.ConfigureAwait(false);
    }

    /// <summary>Refuses what changes the system when that stops. For who may change it.</summary>
    /// <exception cref="InvalidOperationException">It stops.</exception>
    internal void DemandRunning(string what)
    {
        if (_isStopping)
            throw new InvalidOperationException($"{what}: the system stops.");
    }

    /// <summary>Says, once for each, which endpoints nobody receives from any more: callers wait there, and nothing else tells them.</summary>
    /// <remarks>By what was granted. A capability that a task passed on is not known here.</remarks>
    private async Task LookForReceiversAsync(RunningTask ended)
    {
        if (!HasEnded(ended))
            return;
        // Clients that end with their server have nothing to wait for.
        await Task.Delay(s_endTogether, _supervisor.Time).ConfigureAwait(false);
        if (_isStopping)
            return;
        foreach (GrantDefinition grant in ended.Definition.Grants.Where(grant => grant.Object is EndpointDefinition && Has(grant, CapRights.Read)))
        {
            if (!_content.Objects.Any(placed => placed.Definition == grant.Object))
                continue;
            string callers = string.Join(", ", With(grant.Object, CapRights.Write).Select(task => $"'{task.Name}'"));
            lock (_lock)
            {
                if (callers.Length == 0 || With(grant.Object, CapRights.Read).Any() || MayHostReceive(grant.Object) || !_abandoned.Add(grant.Object))
                    continue;
            }

            _supervisor.Output.Write(new OutputLine(
                "system", OutputKind.Report, $"nobody receives from endpoint '{grant.Object.Name}' any more, as '{ended.Name}' has ended. A call there waits, and these may call: {callers}"));
        }

        IEnumerable<RunningTask> With(ObjectDefinition endpoint, CapRights right) =>
            Tasks.Where(task => !HasEnded(task) && task.Definition.Grants.Any(grant => grant.Object == endpoint && Has(grant, right)));
        bool MayHostReceive(ObjectDefinition endpoint) => Host.Grants.Any(grant => grant.Object == endpoint && Has(grant, CapRights.Read));
        static bool HasEnded(RunningTask task) => task.State is TaskState.Stopped or TaskState.Failed;
        static bool Has(GrantDefinition grant, CapRights right) => (grant.Rights & right) != 0;
    }

    private async Task AwaitEndAsync()
    {
        // Behind each, as others may have been started or added while it was waited for.
        while (FirstThatRuns() is { } running)
            await running.ConfigureAwait(false);
    }

    /// <summary>Gets the end of a task that has not ended; null if all have.</summary>
    private Task? FirstThatRuns() => Tasks.Select(task => task.Completion).FirstOrDefault(completion => !completion.IsCompleted);

    private RunningTask Make(TaskPlan plan) => Make(plan, [], hasBeenAdded: true);

    private RunningTask Make(TaskPlan plan, ImmutableArray<PlacedObject> owned, bool hasBeenAdded)
    {
        var task = new RunningTask(plan, owned, _supervisor, _gracePeriod) { HasBeenAdded = hasBeenAdded };
        task.StateChanged += (_, _) => _ = LookForReceiversAsync(task);
        return task;
    }

    private async Task<RunningTask> AddTaskAsync(TaskDefinition definition, CancellationToken cancellationToken)
    {
        RunningTask task = await PlaceAsync(definition, cancellationToken).ConfigureAwait(false);
        try
        {
            await task.StartAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
            await task.AwaitProgramAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
            task.HasBeenAdded = true;
            return task;
        }
        catch
        {
            await UndoAsync(definition.Name, () => RemoveAsync(task, gracePeriod: null, cancellationToken)).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Makes a task, which is in the system then and was not started.</summary>
    private async Task<RunningTask> PlaceAsync(TaskDefinition definition, CancellationToken cancellationToken)
    {
        await _pool.EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            DemandRunning($"Task '{definition.Name}' can't be added");
            (TaskPlan plan, ImmutableArray<PlacedObject> owned) = await _pool.PlaceAsync(definition, _content).ConfigureAwait(false);
            try
            {
                await Host.AddAsync(plan.Task.HostGrants, [.. _content.Objects, .. owned], owner: definition.Name).ConfigureAwait(false);
            }
            catch
            {
                await UndoAsync(definition.Name, async () =>
                {
                    await Host.WithdrawAsync(definition.Name, owned).ConfigureAwait(false);
                    await _pool.FreeAsync(plan, owned).ConfigureAwait(false);
                }).ConfigureAwait(false);
                throw;
            }

            RunningTask task = Make(plan, owned, hasBeenAdded: false);
            _content = new SystemContent(_content.Tasks.Add(task), _content.Objects.AddRange(owned));
            return task;
        }
        finally
        {
            _pool.Exit();
        }
    }

    /// <summary>Takes away what was to be added and failed. Whoever adds it is told of that failure, whatever this one fails of.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "It is reported, and what the caller is told comes first.")]
    private async Task UndoAsync(string name, Func<Task> undo)
    {
        try
        {
            await undo().ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            _supervisor.Output.Write(new OutputLine("system", OutputKind.Report, $"task '{name}' could not be added, and what it was given can't be taken back: {failure.Message}"));
        }
    }

    /// <summary>Removes a task. Several may do so at once: each returns when it is gone.</summary>
    private async Task RemoveAsync(RunningTask task, TimeSpan? gracePeriod, CancellationToken hurry)
    {
        await _pool.EnterAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (_isDisposed || !_content.Tasks.Contains(task))
                return;
            string holders = string.Join(", ", HoldersOf(task.Owned, except: task).Select(other => $"'{other.Name}'"));
            if (holders.Length > 0)
                throw new InvalidOperationException($"Task '{task.Name}' can't be removed: these were granted what it owns: {holders}. Remove them first.");
            // From here on nobody else can be granted them.
            _content = _content with { Objects = _content.Objects.RemoveRange(task.Owned) };
            await Host.WithdrawAsync(task.Name, task.Owned).ConfigureAwait(false);
            _pool.Withdraw(task.Owned);
            lock (_lock)
                _abandoned.ExceptWith(task.Owned.Select(placed => placed.Definition));
            task.Close();
        }
        finally
        {
            _pool.Exit();
        }

        await task.CloseAsync(gracePeriod, hurry).ConfigureAwait(false);
        await _pool.EnterAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (_isDisposed || !_content.Tasks.Contains(task))
                return;
            // First, as who looks at the system knows tasks by their slots.
            _content = _content with { Tasks = _content.Tasks.Remove(task) };
            await _pool.FreeAsync(task.Plan, task.Owned).ConfigureAwait(false);
        }
        finally
        {
            _pool.Exit();
        }
    }

    private IEnumerable<RunningTask> HoldersOf(ImmutableArray<PlacedObject> objects, RunningTask except) => _content.Tasks.Where(
        task => task != except && task.Definition.Grants.Any(grant => objects.Any(placed => placed.Definition == grant.Object)));

    private static async Task<RootTask> StartRootAsync(HostedKernelOptions kernel)
    {
        try
        {
            return await RootTask.StartAsync(kernel).ConfigureAwait(false);
        }
        catch (KernelSizeException cause)
        {
            var problem = new SystemProblem(
                "kernel", $"2^{kernel.MemoryBits} bytes hold no kernel with these sizes", "Raise memoryBits, or lower rootCNodeBits, receivers or senders");
            throw new SystemDefinitionException([problem], cause);
        }
    }

    /// <summary>Lets the user look at the system. It runs as well where that is not possible.</summary>
    private void Show(SystemObserver observer, bool isControllable)
    {
        try
        {
            _observation = new ObservationSocket(observer.Look, SystemObserver.IsTask, Report);
            if (isControllable)
                _control = new ControlSocket(_observation.ControlPath, PerformAsync, SystemObserver.IsTask);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or SocketException)
        {
            Say(_observation is null ? "looked at" : "told what to do", failure);
        }

        void Report(Exception failure) => Say("looked at", failure);

        void Say(string what, Exception failure) =>
            _supervisor.Output.Write(new OutputLine("system", OutputKind.Report, $"can't be {what} from outside: {failure.Message}"));
    }

    /// <summary>Does what somebody outside asks for.</summary>
    private Task PerformAsync(ControlRequest request) => request.Command switch
    {
        null => SystemFile.AddTaskAsync(
            request.Add!, [.. _content.Objects.Select(placed => placed.Definition)], task => AddTaskAsync(task, CancellationToken.None)),
        ControlCommand.Start => this[request.Task!].StartAsync(),
        ControlCommand.Stop => this[request.Task!].StopAsync(),
        ControlCommand.Restart => this[request.Task!].RestartAsync(),
        ControlCommand.Remove => RemoveTaskAsync(request.Task!),
        _ => throw new UnreachableException(),
    };

    private async Task DisposeOnceAsync()
    {
        try
        {
            await StopAsync().ConfigureAwait(false);
        }
        finally
        {
            // Who is removing a task needs the root task.
            await _pool.EnterAsync().ConfigureAwait(false);
            _isDisposed = true;
            _pool.Exit();
            try
            {
                if (_control is not null)
                    await _control.DisposeAsync().ConfigureAwait(false);
                // Before the kernel, which it looks at.
                if (_observation is not null)
                    await _observation.DisposeAsync().ConfigureAwait(false);
            }
            finally
            {
                await _supervisor.DisposeAsync().ConfigureAwait(false);
            }
        }
    }
}
