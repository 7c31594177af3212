using Rel4.Abi;
using Rel4.Hosted.Sandbox;

namespace Rel4.Hosted.Composition;

/// <summary>Composes a task.</summary>
public sealed class TaskBuilder
{
    private const string ContentRootVariable = "DOTNET_CONTENTROOT";

    internal TaskBuilder(TaskDefinition definition) => Definition = definition;

    /// <summary>Gets the task as it is now.</summary>
    internal TaskDefinition Definition { get; private set; }

    /// <summary>Gives the task a capability.</summary>
    /// <param name="name">The name by which the task finds it.</param>
    /// <param name="definition">The object it is for.</param>
    /// <param name="rights">What the task may do with the object.</param>
    /// <param name="badge">
    /// What receivers see of whoever uses this capability, which can't choose another. 0 has the system choose: who may send to an endpoint and not receive from it
    /// gets a number that no other grant of the endpoint has; other capabilities get none.
    /// </param>
    public TaskBuilder Grant(string name, ObjectDefinition definition, CapRights rights, ulong badge = 0)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(definition);
        return With(Definition with { Grants = Definition.Grants.Add(new GrantDefinition(name, definition, rights, badge)) });
    }

    /// <summary>Makes an object with the task, which goes with it when it is removed. For tasks that are added to a running system.</summary>
    /// <param name="definition">The object. It is granted like others, to this task and to those that are added later.</param>
    public TaskBuilder Owns(ObjectDefinition definition)
    {
        ArgumentNullException.ThrowIfNull(definition);
        ArgumentNullException.ThrowIfNull(definition.Name, nameof(definition));
        return With(Definition with { OwnObjects = Definition.OwnObjects.Add(definition) });
    }

    /// <summary>Gives the composing process a capability for as long as the task is in the system. For tasks that are added to a running system.</summary>
    /// <param name="name">The name by which that process finds it (<see cref="Supervision.RunningSystem.Host"/>).</param>
    /// <param name="definition">The object it is for, which may be the task's own (<see cref="Owns"/>).</param>
    /// <param name="rights">What that process may do with the object. Calling takes Write and Grant, receiving Read and Grant.</param>
    /// <param name="badge">What receivers see of that process; 0 has the system choose, as <see cref="Grant"/> does.</param>
    public TaskBuilder GrantHost(string name, ObjectDefinition definition, CapRights rights, ulong badge = 0)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(definition);
        return With(Definition with { HostGrants = Definition.HostGrants.Add(new GrantDefinition(name, definition, rights, badge)) });
    }

    /// <summary>Lets the system start without the task where it can't be started: a missing program, or a layer of the sandbox that it requires.</summary>
    /// <remarks>It is <see cref="Supervision.TaskState.Failed"/> then, which is reported, and can be started later.</remarks>
    public TaskBuilder Optional() => With(Definition with { IsOptional = true });

    /// <summary>Gives the task untyped memory for objects of its own: threads, endpoints, frames to send to others.</summary>
    /// <param name="name">The name by which the task finds it.</param>
    /// <param name="sizeBits">Log2 of its bytes.</param>
    public TaskBuilder GrantMemory(string name, int sizeBits)
    {
        ArgumentNullException.ThrowIfNull(name);
        return With(Definition with { Memory = Definition.Memory.Add(new MemoryDefinition(name, sizeBits)) });
    }

    /// <summary>Sets the memory that the task's runtime makes its channels and threads from.</summary>
    /// <param name="sizeBits">Log2 of its bytes, 22 (one channel) or more; 0 for none, and the task has no asynchronous IPC then.</param>
    /// <remarks>It costs address space only until it is used: 2 MiB for this end of each channel.</remarks>
    public TaskBuilder AsyncMemory(int sizeBits) => With(Definition with { AsyncMemoryBits = sizeBits });

    /// <summary>Lets the task start after others, and stop before them.</summary>
    /// <param name="tasks">Their names.</param>
    /// <remarks>
    /// The others' processes run then, but need not have come far. A <c>Call</c> waits for its receiver by itself, so this is seldom
    /// needed.
    /// </remarks>
    public TaskBuilder StartAfter(params ReadOnlySpan<string> tasks) =>
        With(Definition with { StartAfter = Definition.StartAfter.AddRange(SystemBuilder.RequireAll(tasks)) });

    /// <summary>Says whether the task is started again when it ends.</summary>
    /// <param name="policy">When, and after what time.</param>
    public TaskBuilder Restart(RestartPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        return With(Definition with { Restart = policy });
    }

    /// <summary>Watches whether the executors of the task (<c>ReL4.Run</c>, and what serves its other threads) make turns: one that does not is hung, which is shown and reported.</summary>
    /// <param name="limit">How long an executor may make no turn, 0.1 s or more. One that sleeps, as there is nothing to do, is not hung.</param>
    /// <param name="kill">Whether a hung task is killed. <see cref="Restart"/> says whether it is started again.</param>
    /// <remarks>
    /// The task itself shows its turns: this finds mistakes, an endless loop or a deadlock, not malice. A task that a debugger holds is not hung. What other threads
    /// of the task do is not watched, so a program without an executor never counts as hung.
    /// </remarks>
    public TaskBuilder Watch(TimeSpan limit, bool kill = false) => With(Definition with { Watch = new WatchPolicy(limit, kill) });

    /// <summary>Adds a variable to the task's environment, which is empty but for what .NET and reL4 need.</summary>
    /// <param name="variable">The variable's name.</param>
    /// <param name="value">Its value.</param>
    public TaskBuilder Environment(string variable, string value)
    {
        ArgumentNullException.ThrowIfNull(variable);
        ArgumentNullException.ThrowIfNull(value);
        return With(Definition with { Environment = Definition.Environment.SetItem(variable, value) });
    }

    /// <summary>Gives the task variables of this process' environment that are set, with the values that they have now.</summary>
    /// <param name="variables">The variables' names.</param>
    public TaskBuilder InheritEnvironment(params ReadOnlySpan<string> variables)
    {
        foreach (string variable in SystemBuilder.RequireAll(variables))
        {
            if (System.Environment.GetEnvironmentVariable(variable) is { } value)
                Environment(variable, value);
        }

        return this;
    }

    /// <summary>Adds arguments of the task's program, behind those that it has.</summary>
    /// <param name="arguments">The arguments.</param>
    public TaskBuilder Arguments(params ReadOnlySpan<string> arguments) => With(
        Definition with { Program = Definition.Program with { Arguments = [.. Definition.Program.Arguments, .. SystemBuilder.RequireAll(arguments)] } });

    /// <summary>Gives the task's host, of ASP.NET or a generic one, its content root: where it finds <c>appsettings.json</c> and static files. It can't write there.</summary>
    /// <param name="folder">The folder. A relative path starts at the working directory.</param>
    /// <remarks>The sandbox lets the task read it, and the variable <c>DOTNET_CONTENTROOT</c>, which such hosts read, names it.</remarks>
    public TaskBuilder ContentRoot(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        folder = Path.GetFullPath(folder);
        Environment(ContentRootVariable, folder);
        return With(Definition with { Sandbox = Definition.Sandbox with { ReadablePaths = Definition.Sandbox.ReadablePaths.Add(folder) } });
    }

    /// <summary>Says what the task may reach besides its capabilities.</summary>
    /// <param name="policy">What it may reach. What <see cref="Require"/> was told before stays required, and a <see cref="ContentRoot"/> readable.</param>
    public TaskBuilder Sandbox(SandboxPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        if (Definition.Environment.TryGetValue(ContentRootVariable, out string? root) && !policy.ReadablePaths.Contains(root) && Definition.Sandbox.ReadablePaths.Contains(root))
            policy = policy with { ReadablePaths = policy.ReadablePaths.Add(root) };
        return With(Definition with { Sandbox = policy with { RequiredLayers = policy.RequiredLayers | Definition.Sandbox.RequiredLayers } });
    }

    /// <summary>Lets the task start only where its sandbox has layers.</summary>
    /// <param name="layers">The layers, besides those that were required before.</param>
    public TaskBuilder Require(SandboxLayers layers) => With(
        Definition with { Sandbox = Definition.Sandbox with { RequiredLayers = Definition.Sandbox.RequiredLayers | layers } });

    /// <summary>Bounds what the task may use of the machine: memory, processor time, threads.</summary>
    /// <param name="limits">The limits, in place of those that were given before.</param>
    /// <remarks>
    /// Linux holds the task to them by control groups where this process may make some. Elsewhere they are held as well as can be, which is reported when the task starts; or it is not
    /// started, if they are required. <see cref="LimitReport"/> and <c>rel4 doctor</c> tell.
    /// </remarks>
    public TaskBuilder Limit(TaskLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        return With(Definition with { Limits = limits });
    }

    /// <summary>Opens the task to debuggers and to tools such as <c>dotnet-trace</c> and <c>dotnet-counters</c>. It is weaker for that, which is reported at each start.</summary>
    /// <param name="waitForDebugger">Whether the task waits, before its program or method begins, until a debugger for .NET is attached.</param>
    /// <remarks>
    /// .NET's diagnostic port is on, the task may make Unix sockets that listen, as that is one, and it stays dumpable: whoever runs as its user, and root, may read and change it. For development.
    /// </remarks>
    public TaskBuilder Debug(bool waitForDebugger = false) => With(Definition with { Debug = new DebugPolicy(waitForDebugger) });

    /// <summary>Runs the task inside of this process, so that a debugger steps through it and the process that composes the system at once. <b>Nothing isolates it.</b> For development only.</summary>
    /// <remarks>
    /// Its program and all it uses but .NET's own assemblies are loaded anew, so its statics are its own; the process, its environment, its console and .NET are shared. It can't be killed: to stop it, its
    /// kernel leaves it, so its calls fail by a <see cref="Rel4.Runtime.KernelEndedException"/>; what makes none goes on, which is said. What ends a process ends all: <c>Environment.Exit</c>, or
    /// an exception that no thread of its own catches; only what <c>Main</c> or the method throws is a crash of the task alone. Each start says so. Limits, required layers of the sandbox and kills of a
    /// hung task are refused with it, and so is a program that is no .NET assembly.
    /// </remarks>
    public TaskBuilder InProcess() => With(Definition with { IsInProcess = true });

    /// <summary>Sets the size of the task's CNode.</summary>
    /// <param name="bits">Log2 of its slots.</param>
    public TaskBuilder CNodeBits(int bits) => With(Definition with { CNodeBits = bits });

    private TaskBuilder With(TaskDefinition definition)
    {
        Definition = definition;
        return this;
    }
}
