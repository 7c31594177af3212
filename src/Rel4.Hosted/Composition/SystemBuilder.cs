using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.CompilerServices;
using Rel4.Hosted.Sandbox;
using Rel4.Hosted.Supervision;

namespace Rel4.Hosted.Composition;

/// <summary>Composes a system: tasks, the objects between them, and who holds which capability.</summary>
/// <remarks>
/// A task holds exactly what it is granted here. Not for use by several threads at once.
/// <code>
/// var builder = new SystemBuilder();
/// EndpointDefinition requests = builder.AddEndpoint("requests");
/// builder.AddTask("store", StoreTask.Run).Grant("requests", requests, CapRights.Read).Restart(RestartPolicy.Always);
/// builder.AddTask("gateway", "gateway.dll").Grant("store", requests, CapRights.Write | CapRights.GrantReply, badge: 1);
/// await using RunningSystem system = await builder.StartAsync();
/// </code>
/// </remarks>
public sealed class SystemBuilder
{
    private readonly List<ObjectDefinition> _objects = [];
    private readonly List<TaskBuilder> _tasks = [];
    private bool _isDebugged;

    /// <summary>Gets or sets the sizes of the kernel.</summary>
    public HostedKernelOptions Kernel
    {
        get;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    }
    = new();

    /// <summary>Gets what this process itself may do in the system; nothing, unless it is granted something.</summary>
    public HostTaskBuilder Host { get; } = new();

    /// <summary>Gets where NATS is that connects the system with others on other machines, if it exports or imports anything.</summary>
    public NatsBuilder Nats { get; } = new();

    /// <summary>Adds an endpoint.</summary>
    /// <param name="name">Names it within the system.</param>
    public EndpointDefinition AddEndpoint(string name) => Add(new EndpointDefinition(name));

    /// <summary>Adds a notification.</summary>
    /// <param name="name">Names it within the system.</param>
    public NotificationDefinition AddNotification(string name) => Add(new NotificationDefinition(name));

    /// <summary>Adds a frame.</summary>
    /// <param name="name">Names it within the system.</param>
    /// <param name="size">Its size.</param>
    public FrameDefinition AddFrame(string name, FrameSize size = FrameSize.Page4K) => Add(new FrameDefinition(name, size));

    /// <summary>Has systems on other machines call an endpoint.</summary>
    /// <param name="endpoint">The endpoint. Who receives from it sees the badges of the grants.</param>
    /// <param name="subject">What it is called on NATS: names, divided by dots. Several systems that export one subject share its calls, and go on without one that has died.</param>
    /// <param name="keyFile">The file with the seed of the NKey user that serves the subject (<c>rel4 nats key</c>).</param>
    /// <param name="delivery">How messages are delivered. Those that import it must say the same.</param>
    /// <returns>What says who may.</returns>
    public NatsExportBuilder ExportEndpoint(EndpointDefinition endpoint, string subject, string keyFile, NatsDelivery delivery = NatsDelivery.AtMostOnce) =>
        Nats.Export(endpoint, subject, keyFile, delivery);

    /// <summary>Has systems on other machines signal a notification.</summary>
    /// <param name="notification">The notification.</param>
    /// <inheritdoc cref="ExportEndpoint"/>
    public NatsExportBuilder ExportNotification(NotificationDefinition notification, string subject, string keyFile) =>
        Nats.Export(notification, subject, keyFile, NatsDelivery.AtMostOnce);

    /// <summary>Adds an endpoint that a system on another machine exports. Tasks that are granted it call it as one of this machine.</summary>
    /// <param name="name">Names it within this system.</param>
    /// <param name="subject">What it is called on NATS.</param>
    /// <param name="grant">The name of this system's grant, as the exporting one has it.</param>
    /// <param name="keyFile">The file with the seed of the grant's NKey.</param>
    /// <param name="spread">How calls are spread over several systems that export the subject.</param>
    /// <param name="delivery">How messages are delivered, as the exporting system says.</param>
    /// <remarks>
    /// All tasks here that are granted it have one badge there, the grant's: what is to be told apart is imported by several grants. Calls fail by a <see cref="Rel4.Runtime.NotDeliveredException"/>
    /// where nobody serves the subject, and by a <see cref="Rel4.Runtime.ReplyAbandonedException"/> where the other end, or the way there, was lost.
    /// </remarks>
    public EndpointDefinition ImportEndpoint(
        string name, string subject, string grant, string keyFile, NatsSpread spread = NatsSpread.Clients, NatsDelivery delivery = NatsDelivery.AtMostOnce)
    {
        EndpointDefinition endpoint = AddEndpoint(name);
        Nats.Import(new NatsImport(endpoint, subject, grant, keyFile) { Spread = spread, Delivery = delivery });
        return endpoint;
    }

    /// <summary>Adds a notification that a system on another machine exports. What tasks signal here is signalled there, of the bits that the grant has.</summary>
    /// <remarks>Signals that are sent while the way there is lost are lost, too.</remarks>
    /// <inheritdoc cref="ImportEndpoint"/>
    public NotificationDefinition ImportNotification(string name, string subject, string grant, string keyFile)
    {
        NotificationDefinition notification = AddNotification(name);
        Nats.Import(new NatsImport(notification, subject, grant, keyFile));
        return notification;
    }

    /// <summary>Adds a task that runs a method of this program in a process of its own.</summary>
    /// <param name="name">Names it within the system.</param>
    /// <param name="method">A static method; the process has nothing of this one's state, so no lambda expression will do.</param>
    /// <exception cref="ArgumentException">The method is generic, or none that is static: a lambda expression, for example.</exception>
    /// <exception cref="FileNotFoundException">Neither this process' program nor the method's assembly is one that another process can start: it was published as a single file, for example.</exception>
    /// <exception cref="NotSupportedException">This program was compiled ahead of time, so that no method can be found by name. Give tasks' programs by path.</exception>
    public TaskBuilder AddTask(string name, Action method) => AddTask(name, MethodOf(method));

    /// <summary>Adds a task that runs a method of this program, which returns its exit code, in a process of its own.</summary>
    /// <param name="name">Names it within the system.</param>
    /// <param name="method">A static method; the process has nothing of this one's state, so no lambda expression will do.</param>
    /// <exception cref="ArgumentException">The method is generic, or none that is static: a lambda expression, for example.</exception>
    /// <exception cref="FileNotFoundException">Neither this process' program nor the method's assembly is one that another process can start: it was published as a single file, for example.</exception>
    /// <exception cref="NotSupportedException">This program was compiled ahead of time, so that no method can be found by name. Give tasks' programs by path.</exception>
    public TaskBuilder AddTask(string name, Func<int> method) => AddTask(name, MethodOf(method));

    /// <summary>Adds a task that runs a program.</summary>
    /// <param name="name">Names it within the system.</param>
    /// <param name="path">A .NET assembly (<c>.dll</c>) or an executable. A relative path starts at the working directory.</param>
    /// <param name="arguments">The program's arguments.</param>
    public TaskBuilder AddTask(string name, string path, params ReadOnlySpan<string> arguments) =>
        AddTask(name, new TaskProgram(Path.GetFullPath(path)) { Arguments = RequireAll(arguments) });

    /// <summary>Adds a task.</summary>
    /// <param name="name">Names it within the system.</param>
    /// <param name="program">What it runs.</param>
    public TaskBuilder AddTask(string name, TaskProgram program)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(program);
        var task = new TaskBuilder(new TaskDefinition(name, program));
        _tasks.Add(task);
        return task;
    }

    /// <summary>Opens all tasks of the system to debuggers and diagnostic tools (<see cref="TaskBuilder.Debug"/>). Those that are added when it runs say so themselves.</summary>
    public SystemBuilder Debug()
    {
        _isDebugged = true;
        return this;
    }

    /// <summary>Makes the definition of the system, which later changes of the builder leave alone.</summary>
    /// <exception cref="SystemDefinitionException">Parts of it contradict each other or make no sense.</exception>
    public SystemDefinition Build() =>
        SystemDefinition.Create([.. _objects], [.. _tasks.Select(Define)], Kernel, Host.IsUsed ? Host.Definition : null, Nats.Definition);

    /// <summary>Starts the system, with its kernel in this process.</summary>
    /// <param name="options">How to supervise it.</param>
    /// <param name="cancellationToken">Ends the start; what was started is stopped.</param>
    /// <exception cref="SystemDefinitionException">Parts of the definition contradict each other or make no sense.</exception>
    public Task<RunningSystem> StartAsync(SupervisionOptions? options = null, CancellationToken cancellationToken = default) =>
        RunningSystem.StartAsync(Build(), options, cancellationToken);

    /// <summary>Runs the system until all its tasks have ended, Ctrl-C is pressed, <c>SIGTERM</c> comes, or it is cancelled.</summary>
    /// <param name="options">How to supervise it.</param>
    /// <param name="cancellationToken">Stops the system.</param>
    /// <returns>0 if no task failed but optional ones, otherwise 1.</returns>
    /// <exception cref="SystemDefinitionException">Parts of the definition contradict each other or make no sense.</exception>
    public Task<int> RunAsync(SupervisionOptions? options = null, CancellationToken cancellationToken = default) =>
        RunningSystem.RunAsync(Build(), options, cancellationToken);

    private TaskDefinition Define(TaskBuilder task) =>
        _isDebugged ? task.Definition with { Debug = task.Definition.Debug ?? new DebugPolicy(WaitsForDebugger: false) } : task.Definition;

    private T Add<T>(T definition)
        where T : ObjectDefinition
    {
        ArgumentNullException.ThrowIfNull(definition.Name, "name");
        _objects.Add(definition);
        return definition;
    }

    /// <summary>Copies texts, none of which may be null.</summary>
    internal static ImmutableArray<string> RequireAll(ReadOnlySpan<string> texts, [CallerArgumentExpression(nameof(texts))] string? name = null)
    {
        foreach (string text in texts)
            ArgumentNullException.ThrowIfNull(text, name);
        return [.. texts];
    }

    internal static TaskProgram MethodOf(Delegate method)
    {
        ArgumentNullException.ThrowIfNull(method);
        MethodInfo target = method.Method;
        if (!target.IsStatic || method.Target is not null || target.IsGenericMethod
            || target.DeclaringType is not { IsGenericType: false, FullName: { } type } declaring)
        {
            throw new ArgumentException(
                $"'{target.Name}' can't run in another process, where nothing of this one's state is. "
                + "Give a static method that is not generic, such as StoreTask.Run, not a lambda expression.",
                nameof(method));
        }

        return new TaskProgram(HostProgram.PathFor(declaring.Assembly)) { Method = new TaskMethod(declaring.Assembly.GetName().Name!, type, target.Name) };
    }
}
