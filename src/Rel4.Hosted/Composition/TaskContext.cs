using System.Collections.Immutable;
using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Hosted.Composition;

/// <summary>Tells the calling process, a task, what it holds: its capabilities by the names they were granted under.</summary>
/// <remarks>
/// Any thread finds handles here, and may call, send and signal asynchronously through them. System calls (<see cref="Endpoint.Call(ulong, ReadOnlySpan{ulong})"/>,
/// for example) are for the thread that a task starts with, the one that runs <c>Main</c>, and for further ones that were made threads of the kernel
/// (<see cref="Tcb"/>, <see cref="TaskSide.CurrentTask.AttachThread"/>).
/// </remarks>
public static class TaskContext
{
    private static readonly Lazy<TaskManifest?> s_manifest = new(Read);

    /// <summary>What handles know of their grants, in the order of the manifest: made once, so that finding a handle allocates nothing.</summary>
    private static readonly Lazy<HandleGrant[]> s_grants = new(
        () => [.. Manifest.Capabilities.Select(capability => new HandleGrant(capability.Name, capability.Rights))]);

    /// <summary>Gets whether this process is a task of a system.</summary>
    public static bool IsAvailable => s_manifest.Value is not null;

    /// <summary>Gets the task's name.</summary>
    public static string Name => Manifest.Task;

    /// <summary>Gets the task's first thread.</summary>
    public static Tcb Self => new(TaskSlots.Tcb);

    /// <summary>Gets the task's CNode. Addresses of capabilities are the numbers of its slots.</summary>
    public static CNode CNode => new(TaskSlots.CNode);

    /// <summary>Gets the task's address space.</summary>
    public static VSpace VSpace => new(TaskSlots.VSpace);

    /// <summary>Gets the slots that are empty at start and the program's to use. As many behind them are its runtime's.</summary>
    public static SlotRegion FreeSlots => new() { Start = Manifest.FirstFree, End = Manifest.FirstRuntimeSlot };

    internal static TaskManifest Manifest => s_manifest.Value ?? throw new InvalidOperationException(
        $"This process is no task: {TaskManifest.Variable} is not set. Start it as part of a system (SystemBuilder).");

    /// <summary>Gets an endpoint.</summary>
    /// <param name="name">The name of the grant.</param>
    /// <exception cref="InvalidOperationException">The task was granted no endpoint of that name.</exception>
    public static Endpoint Endpoint(string name)
    {
        int index = Find(name, CapabilityKind.Endpoint);
        return new Endpoint(SlotOf(index)) { Granted = s_grants.Value[index] };
    }

    /// <summary>Gets a notification.</summary>
    /// <param name="name">The name of the grant.</param>
    /// <exception cref="InvalidOperationException">The task was granted no notification of that name.</exception>
    public static Notification Notification(string name)
    {
        int index = Find(name, CapabilityKind.Notification);
        return new Notification(SlotOf(index)) { Granted = s_grants.Value[index] };
    }

    /// <summary>Gets a frame, which can be mapped.</summary>
    /// <param name="name">The name of the grant.</param>
    /// <exception cref="InvalidOperationException">The task was granted no frame of that name.</exception>
    public static Frame Frame(string name) => new(SlotOf(Find(name, CapabilityKind.Frame)));

    /// <summary>Gets memory for objects.</summary>
    /// <param name="name">The name of the grant.</param>
    /// <exception cref="InvalidOperationException">The task was granted no memory of that name.</exception>
    public static Untyped Untyped(string name) => new(SlotOf(Find(name, CapabilityKind.Untyped)));

    private static ulong SlotOf(int index) => Manifest.Capabilities[index].Slot;

    private static int Find(string name, CapabilityKind kind)
    {
        ImmutableArray<NamedCapability> capabilities = Manifest.Capabilities;
        for (int i = 0; i < capabilities.Length; i++)
        {
            if (capabilities[i].Name == name && capabilities[i].Kind == kind)
                return i;
        }

        string held = string.Join(", ", Manifest.Capabilities.Select(capability => $"'{capability.Name}' ({Describe(capability.Kind)})"));
        throw new InvalidOperationException(
            $"Task '{Name}' was granted no {Describe(kind)} '{name}'. It has {(held.Length == 0 ? "nothing" : held)}. "
            + "Grant it where the system is composed.");
    }

    private static string Describe(CapabilityKind kind) => kind switch
    {
        CapabilityKind.Endpoint => "endpoint",
        CapabilityKind.Notification => "notification",
        CapabilityKind.Frame => "frame",
        _ => "memory",
    };

    private static TaskManifest? Read() =>
        Environment.GetEnvironmentVariable(TaskManifest.Variable) is { } text ? TaskManifest.Parse(text) : null;
}
