using System.Collections.Immutable;
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
    private volatile bool _isStopping;
    private ObservationSocket? _observation;
    private Task? _disposal;
    private HostDefinition? _host;

    private RunningSystem(Supervisor supervisor, ImmutableArray<RunningTask> tasks, TimeSpan gracePeriod)
    {
        _supervisor = supervisor;
        _gracePeriod = gracePeriod;
        Tasks = tasks;
        foreach (RunningTask task in tasks)
            task.StateChanged += (_, _) => _ = LookForReceiversAsync(task);
    }

    /// <summary>Gets the tasks in the order in which they were started.</summary>
    public ImmutableArray<RunningTask> Tasks { get; }

    /// <summary>Gets the end of all tasks, behind which none is started again.</summary>
    public Task Completion => Task.WhenAll(Tasks.Select(task => task.Completion));

    /// <summary>Gets the kernel.</summary>
    internal HostedKernel Kernel => _supervisor.Root.Kernel;

    /// <summary>Gets the root task's slot that holds the first of the shared objects.</summary>
    internal ulong FirstObject => _supervisor.Root.Holdings.FirstFree;

    /// <summary>Gets the task of a name.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="ArgumentException">There is none.</exception>
    public RunningTask this[string name] => Tasks.FirstOrDefault(task => task.Name == name)
        ?? throw new ArgumentException(
            $"The system has no task '{name}'. It has {string.Join(", ", Tasks.Select(task => $"'{task.Name}'"))}.", nameof(name));

    /// <summary>Starts a system, one task after another. A process can have one at a time.</summary>
    /// <param name="definition">The system.</param>
    /// <param name="options">How to supervise it.</param>
    /// <param name="cancellationToken">Ends the start; what was started is stopped.</param>
    /// <exception cref="SystemDefinitionException">The kernel is too small for the system.</exception>
    /// <exception cref="MissingLayersException">A task requires layers of the sandbox that tasks do not get here. None was started.</exception>
    /// <exception cref="IOException">Linux refuses something, or a program is missing. What was started is stopped.</exception>
    /// <exception cref="InvalidOperationException">This process runs a system already.</exception>
    public static async Task<RunningSystem> StartAsync(
        SystemDefinition definition, SupervisionOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(definition);
        options ??= new SupervisionOptions();
        StartReserve.Demand();
        SandboxReport sandbox = SandboxReport.Inspect();
        foreach (TaskDefinition task in definition.Tasks)
            sandbox.Require(task.Sandbox.RequiredLayers, $"task '{task.Name}'");
        RootTask root = await StartRootAsync(definition.Kernel).ConfigureAwait(false);
        CapabilityPlan plan;
        Supervisor supervisor;
        try
        {
            plan = CapabilityPlan.Compile(definition, root.Holdings);
            IOutputSink output = options.Output ?? new ConsoleOutput([.. definition.Tasks.Select(task => task.Name)]);
            supervisor = new Supervisor(root, output, options.Time);
        }
        catch
        {
            await root.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        var system = new RunningSystem(supervisor, [.. plan.Tasks.Select(task => new RunningTask(task, supervisor))], options.GracePeriod);
        try
        {
            if (sandbox.DescribeMissing() is { } weaker)
                supervisor.Output.Write(new OutputLine("system", OutputKind.Report, weaker));
            await root.PerformAsync(plan.Shared).ConfigureAwait(false);
            system._host = definition.Host;
            if (plan.Host is { } host)
                await root.JoinAsync(host).ConfigureAwait(false);
            if (options.IsObservable)
                system.Show(new SystemObserver(system, definition, options.Name));
            foreach (RunningTask task in system.Tasks)
            {
                cancellationToken.ThrowIfCancellationRequested();
                await task.StartAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
            }

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
    /// <returns>0 if no task failed, otherwise 1.</returns>
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
            return system.Tasks.Any(task => task.State == TaskState.Failed) ? 1 : 0;
        }
    }

    /// <summary>Stops all tasks, each before those that it started after.</summary>
    /// <param name="hurry">Ends grace periods: what still runs is killed.</param>
    public async Task StopAsync(CancellationToken hurry = default)
    {
        _isStopping = true;
        foreach (RunningTask task in Tasks.Reverse())
            await task.StopAsync(_gracePeriod, hurry).ConfigureAwait(false);
    }

    /// <summary>Stops all tasks, and the kernel.</summary>
    public async ValueTask DisposeAsync()
    {
        Task disposal;
        lock (_lock)
            disposal = _disposal ??= DisposeOnceAsync();
        await disposal.ConfigureAwait(false);
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
        bool MayHostReceive(ObjectDefinition endpoint) => _host?.Grants.Any(grant => grant.Object == endpoint && Has(grant, CapRights.Read)) ?? false;
        static bool HasEnded(RunningTask task) => task.State is TaskState.Stopped or TaskState.Failed;
        static bool Has(GrantDefinition grant, CapRights right) => (grant.Rights & right) != 0;
    }

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
    private void Show(SystemObserver observer)
    {
        try
        {
            _observation = new ObservationSocket(observer.Look, SystemObserver.IsTask, Report);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or SocketException)
        {
            Report(failure);
        }

        void Report(Exception failure) =>
            _supervisor.Output.Write(new OutputLine("system", OutputKind.Report, $"can't be looked at from outside: {failure.Message}"));
    }

    private async Task DisposeOnceAsync()
    {
        try
        {
            await StopAsync().ConfigureAwait(false);
        }
        finally
        {
            try
            {
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
