using System.Collections.Immutable;

namespace Rel4.Hosted.Composition;

/// <summary>Describes a whole system: its tasks, the objects between them, and who holds which capability.</summary>
/// <remarks>It is valid, and never changes.</remarks>
public sealed class SystemDefinition
{
    private SystemDefinition(
        ImmutableArray<ObjectDefinition> objects, ImmutableArray<TaskDefinition> tasks, HostedKernelOptions kernel, HostDefinition? host, NatsDefinition? nats)
    {
        Nats = nats;
        Host = host;
        Objects = objects;
        Tasks = tasks;
        Kernel = kernel;
    }

    /// <summary>Gets the objects that tasks share.</summary>
    public ImmutableArray<ObjectDefinition> Objects { get; }

    /// <summary>Gets the tasks in the order in which they start.</summary>
    public ImmutableArray<TaskDefinition> Tasks { get; }

    /// <summary>Gets what the composing process itself may do; null if it takes no part.</summary>
    public HostDefinition? Host { get; }

    /// <summary>Gets what it exports to, and imports from, systems on other machines; null for nothing. Its bridge is one of the <see cref="Tasks"/>.</summary>
    public NatsDefinition? Nats { get; }

    /// <summary>Gets the sizes of the kernel.</summary>
    public HostedKernelOptions Kernel { get; }

    /// <summary>Makes a definition.</summary>
    /// <exception cref="SystemDefinitionException">Parts of it contradict each other or make no sense.</exception>
    internal static SystemDefinition Create(
        ImmutableArray<ObjectDefinition> objects, ImmutableArray<TaskDefinition> tasks, HostedKernelOptions kernel, HostDefinition? host = null, NatsDefinition? nats = null)
    {
        ImmutableArray<SystemProblem> problems =
        [
            .. SystemValidation.Check(objects, tasks, kernel),
            .. SystemValidation.CheckAnyTask(tasks, nats),
            .. SystemValidation.CheckHost(host, objects, tasks),
            .. NatsValidation.Check(nats, objects, tasks),
        ];
        if (!problems.IsEmpty)
            throw new SystemDefinitionException(problems);
        if (nats is not null)
            tasks = tasks.Add(NatsBridgeTask.Create(nats));
        (tasks, host) = SenderBadges.Complete(tasks, host);
        return new SystemDefinition(objects, StartOrder.Sort(tasks), kernel, host, nats);
    }
}
