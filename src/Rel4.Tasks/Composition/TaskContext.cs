using System.Collections.Immutable;
using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Hosted.Composition;

/// <summary>Tells the calling process, a task, what it holds: its capabilities by the names they were granted under.</summary>
/// <remarks>
/// In the process that composes a system it tells, while the system runs, what <c>SystemBuilder.Host</c> was granted; system calls are for none of its threads. One that takes
/// part in several systems asks each of them (<c>RunningSystem.Host</c>).
/// Any thread finds handles here, and may call, send and signal asynchronously through them. System calls (<see cref="EndpointCap.Call(ulong, ReadOnlySpan{ulong})"/>,
/// for example) are for the thread that a task starts with, the one that runs <c>Main</c>, and for further ones that were made threads of the kernel
/// (<see cref="TcbCap"/>, <see cref="TaskSide.CurrentTask.AttachThread"/>).
/// </remarks>
public static class TaskContext
{
    private static readonly Lazy<Holder?> s_task = new(Read);
    private static readonly Lock s_lock = new();

    // What a task in the composing process is told, which has no environment of its own.
    private static string? s_manifest;

    // The systems that this process composes and takes part in. Replaced and never changed.
    private static HostHoldings[] s_hosts = [];

    [ThreadStatic]
    private static Holder? t_ofThread;

    /// <summary>Gets whether this process is a task of a system, or composes one that runs and takes part in it.</summary>
    public static bool IsAvailable => t_ofThread is not null || Volatile.Read(ref s_hosts).Length > 0 || s_task.Value is not null;

    /// <summary>Gets the task's name.</summary>
    public static string Name => Host is null ? Manifest.Task : HostHoldings.Name;

    /// <summary>Gets the task's first thread.</summary>
    public static TcbCap Self => new(TaskSlots.Tcb);

    /// <summary>Gets the task's CNode. Addresses of capabilities are the numbers of its slots.</summary>
    public static CNodeCap CNode => new(TaskSlots.CNode);

    /// <summary>Gets the task's address space.</summary>
    public static VSpaceCap VSpace => new(TaskSlots.VSpace);

    /// <summary>Gets the slots that are empty at start and the program's to use. As many behind them are its runtime's.</summary>
    public static SlotRegion FreeSlots => new() { Start = Manifest.FirstFree, End = Manifest.FirstRuntimeSlot };

    internal static TaskManifest Manifest => Required.Manifest;

    /// <summary>Gets this process' part in the system that it composes; null if it takes part in none.</summary>
    private static HostHoldings? Host => t_ofThread is not null ? null : Volatile.Read(ref s_hosts) switch
    {
        [] => null,
        [var only] => only,
        _ => throw new InvalidOperationException(
            "This process takes part in several systems, and what it was granted is told apart by them: find it by RunningSystem.Host instead of TaskContext."),
    };

    private static Holder Required => t_ofThread ?? s_task.Value ?? throw new InvalidOperationException(
        $"This process is no task: {TaskManifest.Variable} is not set. Start it as part of a system (SystemBuilder); or, if it composes the system itself, "
        + "grant it something (SystemBuilder.Host), and find that while the system runs.");

    /// <summary>Gets an endpoint.</summary>
    /// <param name="name">The name of the grant.</param>
    /// <exception cref="InvalidOperationException">The task was granted no endpoint of that name.</exception>
    public static EndpointCap Endpoint(string name)
    {
        if (Host is { } host)
            return host.Endpoint(name);
        Holder holder = Required;
        int index = holder.Find(name, CapabilityKind.Endpoint);
        return new EndpointCap(holder.SlotOf(index)) { Granted = holder.Grants[index] };
    }

    /// <summary>Gets a notification.</summary>
    /// <param name="name">The name of the grant.</param>
    /// <exception cref="InvalidOperationException">The task was granted no notification of that name.</exception>
    public static NotificationCap Notification(string name)
    {
        if (Host is { } host)
            return host.Notification(name);
        Holder holder = Required;
        int index = holder.Find(name, CapabilityKind.Notification);
        return new NotificationCap(holder.SlotOf(index)) { Granted = holder.Grants[index] };
    }

    /// <summary>Gets a frame, which can be mapped.</summary>
    /// <param name="name">The name of the grant.</param>
    /// <exception cref="InvalidOperationException">The task was granted no frame of that name.</exception>
    public static FrameCap Frame(string name) => new(Required.SlotOf(name, CapabilityKind.Frame));

    /// <summary>Gets memory for objects.</summary>
    /// <param name="name">The name of the grant.</param>
    /// <exception cref="InvalidOperationException">The task was granted no memory of that name.</exception>
    public static UntypedCap Untyped(string name) => new(Required.SlotOf(name, CapabilityKind.Untyped));

    /// <summary>Takes note that the process takes part in a system that it composes.</summary>
    internal static void AddHost(HostHoldings host)
    {
        lock (s_lock)
            Volatile.Write(ref s_hosts, [.. s_hosts, host]);
    }

    /// <summary>Takes note that such a system has stopped.</summary>
    internal static void RemoveHost(HostHoldings host)
    {
        lock (s_lock)
            Volatile.Write(ref s_hosts, [.. s_hosts.Where(other => other != host)]);
    }

    /// <summary>Makes this the context of a task that has no process of its own. Before anybody asks.</summary>
    internal static void Begin(string manifest) => s_manifest = manifest;

    /// <summary>Sets what the calling thread holds, whatever the process does, where that is a task of a test; null if it is none any more.</summary>
    internal static void SetThread(TaskManifest? manifest) => t_ofThread = manifest is null ? null : new Holder(manifest);

    private static Holder? Read() =>
        (s_manifest ?? Environment.GetEnvironmentVariable(TaskManifest.Variable)) is { } text ? new Holder(TaskManifest.Parse(text)) : null;

    /// <summary>A manifest, and what handles know of their grants.</summary>
    private sealed class Holder(TaskManifest manifest)
    {
        public TaskManifest Manifest => manifest;

        /// <summary>Gets what handles know, in the order of the manifest: made once, so that finding a handle allocates nothing.</summary>
        public HandleGrant[] Grants { get; } = [.. manifest.Capabilities.Select(capability => new HandleGrant(capability.Name, capability.Rights))];

        public ulong SlotOf(int index) => manifest.Capabilities[index].Slot;

        public ulong SlotOf(string name, CapabilityKind kind) => SlotOf(Find(name, kind));

        public int Find(string name, CapabilityKind kind)
        {
            ImmutableArray<NamedCapability> capabilities = manifest.Capabilities;
            for (int i = 0; i < capabilities.Length; i++)
            {
                if (capabilities[i].Name == name && capabilities[i].Kind == kind)
                    return i;
            }

            string held = string.Join(", ", capabilities.Select(capability => $"'{capability.Name}' ({Describe(capability.Kind)})"));
            throw new InvalidOperationException(
                $"Task '{manifest.Task}' was granted no {Describe(kind)} '{name}'. It has {(held.Length == 0 ? "nothing" : held)}. "
                + "Grant it where the system is composed.");
        }

        private static string Describe(CapabilityKind kind) => kind switch
        {
            CapabilityKind.Endpoint => "endpoint",
            CapabilityKind.Notification => "notification",
            CapabilityKind.Frame => "frame",
            _ => "memory",
        };
    }
}
