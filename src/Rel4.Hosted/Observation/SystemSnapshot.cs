using System.Collections.Immutable;
using System.Text.Json;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;

namespace Rel4.Hosted.Observation;

/// <summary>Shows a running system at one moment: what <c>rel4 top</c> and <c>rel4 graph</c> show.</summary>
public sealed record SystemSnapshot
{
    /// <summary>The version of the format that is described here.</summary>
    public const int CurrentFormat = 3;

    /// <summary>Gets the version of the format.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>Gets what the system is called.</summary>
    public required string Name { get; init; }

    /// <summary>Gets the process that the kernel runs in.</summary>
    public required int ProcessId { get; init; }

    /// <summary>Gets how long the system has been running when it was looked at, in seconds.</summary>
    public required double UptimeSeconds { get; init; }

    /// <summary>Gets where the kernel and those who talk through it run.</summary>
    public required KernelPlacement Placement { get; init; }

    /// <summary>Gets the tasks in the order in which they start, behind the composing process if that takes part.</summary>
    public required ImmutableArray<TaskSnapshot> Tasks { get; init; }

    /// <summary>Gets the objects that tasks share.</summary>
    public required ImmutableArray<ObjectSnapshot> Objects { get; init; }

    /// <summary>Gets who holds what at this moment: tasks may have passed on or deleted what they were granted.</summary>
    public required ImmutableArray<HoldingSnapshot> Holdings { get; init; }

    /// <summary>Gets what the sides of asynchronous channels have done, as far as tasks say.</summary>
    public required ImmutableArray<ChannelSnapshot> Channels { get; init; }

    /// <summary>Shows a system as it is when it starts.</summary>
    /// <param name="definition">The system.</param>
    /// <param name="name">What it is called.</param>
    public static SystemSnapshot Planned(SystemDefinition definition, string name)
    {
        ArgumentNullException.ThrowIfNull(definition);
        return new SystemSnapshot
        {
            Name = name,
            ProcessId = 0,
            UptimeSeconds = 0,
            Placement = definition.Kernel.Placement,
            Tasks =
            [
                .. definition.Host is null ? [] : new[] { new TaskSnapshot(HostPlan.Name, null, null, 0, null, []) { IsHost = true } },
                .. definition.Tasks.Select(task => new TaskSnapshot(task.Name, null, null, 0, null, []).With(task)),
            ],
            Channels = [],
            Objects = [.. definition.Objects.Select(item => new ObjectSnapshot(item.Name, KindOf(item), null, [], 0))],
            Holdings =
            [
                .. from task in definition.Tasks
                   from capability in TaskPlan.Number(task)
                   where capability.Kind != CapabilityKind.Untyped
                   let grant = task.Grants.First(grant => grant.Name == capability.Name)
                   select new HoldingSnapshot(
                       task.Name, grant.Object.Name, grant.Name, capability.Slot, HoldingSnapshot.Name(capability.Rights), capability.Badge),
                .. from grant in definition.Host?.Grants ?? []
                   select new HoldingSnapshot(HostPlan.Name, grant.Object.Name, grant.Name, Slot: 0, HoldingSnapshot.Name(grant.Rights), grant.Badge),
            ],
        };
    }

    /// <summary>Writes it as JSON, in one line.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, SnapshotContext.Default.SystemSnapshot);

    internal static ObjectKind KindOf(ObjectDefinition definition) => definition switch
    {
        EndpointDefinition => ObjectKind.Endpoint,
        NotificationDefinition => ObjectKind.Notification,
        _ => ObjectKind.Frame,
    };
}

/// <summary>Shows a task.</summary>
/// <param name="Name">Its name.</param>
/// <param name="State">What its supervisor says; null in a system that was not started.</param>
/// <param name="ProcessId">Its process; null while it has none.</param>
/// <param name="Restarts">How often it was started again.</param>
/// <param name="LastEnd">How its process ended last, for people; null if it did not.</param>
/// <param name="Threads">Its threads that make system calls.</param>
public sealed record TaskSnapshot(
    string Name, TaskState? State, int? ProcessId, int Restarts, string? LastEnd, ImmutableArray<ThreadSnapshot> Threads)
{
    /// <summary>Gets whether it hangs: it is watched, and an executor of its makes no turn.</summary>
    public bool IsHung { get; init; }

    /// <summary>Gets whether it is no task but the process that composes the system, which holds something in it, too.</summary>
    public bool IsHost { get; init; }

    /// <summary>Gets whether it is open to debuggers and diagnostic tools, and so weaker (<see cref="TaskBuilder.Debug"/>, <see cref="TaskBuilder.InProcess"/>).</summary>
    public bool IsDebuggable { get; init; }

    /// <summary>Gets whether it runs inside of the process that composes the system, isolated from nothing (<see cref="TaskBuilder.InProcess"/>).</summary>
    public bool IsInProcess { get; init; }

    /// <summary>Gets its limits, for people, as <c>64 MiB of memory, 0.5 processors</c>; null if it has none.</summary>
    public string? Limits { get; init; }

    /// <summary>Shows what a definition says of it.</summary>
    internal TaskSnapshot With(TaskDefinition definition) =>
        this with { IsDebuggable = definition.Debug is not null || definition.IsInProcess, IsInProcess = definition.IsInProcess, Limits = definition.Limits.AreNone ? null : definition.Limits.ToString() };
}

/// <summary>Shows a thread that makes system calls.</summary>
/// <param name="Number">The kernel's number of it, as long as it is there.</param>
/// <param name="Id">Linux's number of it as the task says; 0 if it does not.</param>
/// <param name="State">What it does.</param>
/// <param name="WaitsFor">The object that it waits for; null if that has no name, or it does not wait.</param>
/// <param name="SystemCalls">How many system calls it has made, modulo 2^32.</param>
public sealed record ThreadSnapshot(int Number, int Id, ThreadActivity State, string? WaitsFor, uint SystemCalls);

/// <summary>Names what a thread does.</summary>
public enum ThreadActivity
{
    /// <summary>It runs its program.</summary>
    Runs,

    /// <summary>Its system call is under way.</summary>
    InKernel,

    /// <summary>It waits for a receiver.</summary>
    Sends,

    /// <summary>It waits for a message.</summary>
    Receives,

    /// <summary>It waits for the reply to its call.</summary>
    AwaitsReply,

    /// <summary>It made a call through a capability with neither Grant nor GrantReply: no reply can come, and it waits for ever.</summary>
    AwaitsNoReply,

    /// <summary>It waits for a signal.</summary>
    AwaitsSignal,

    /// <summary>It is stopped until it is resumed.</summary>
    Stopped,
}

/// <summary>Shows an object that tasks share.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">Endpoint, notification or frame.</param>
/// <param name="State">What its queue holds; null for a frame.</param>
/// <param name="Waiting">The tasks whose threads are in its queue, the oldest first; at most <see cref="LongestQueue"/>.</param>
/// <param name="QueueLength">How many threads are in its queue.</param>
public sealed record ObjectSnapshot(string Name, ObjectKind Kind, QueueState? State, ImmutableArray<string> Waiting, int QueueLength)
{
    /// <summary>How many of a queue's tasks are named.</summary>
    public const int LongestQueue = 64;
}

/// <summary>Names the kinds of objects that tasks share.</summary>
public enum ObjectKind
{
    /// <summary>An endpoint.</summary>
    Endpoint,

    /// <summary>A notification.</summary>
    Notification,

    /// <summary>A frame.</summary>
    Frame,
}

/// <summary>Names what an object's queue holds.</summary>
public enum QueueState
{
    /// <summary>Nobody.</summary>
    Idle,

    /// <summary>Threads that wait to send.</summary>
    Senders,

    /// <summary>Threads that wait to receive.</summary>
    Receivers,

    /// <summary>Threads that wait for a signal.</summary>
    Waiters,

    /// <summary>A signal that nobody has taken.</summary>
    Signal,
}

/// <summary>Shows a capability that a task holds for an object that tasks share.</summary>
/// <param name="Task">The task.</param>
/// <param name="Object">The object.</param>
/// <param name="Grant">The name under which the task was granted it; null if it came by its capability otherwise.</param>
/// <param name="Slot">Its slot in the task's CNode; 0 for the composing process in a system that was not started.</param>
/// <param name="Rights">What the task may do: <c>read</c>, <c>write</c>, <c>grant</c>, <c>grantReply</c>.</param>
/// <param name="Badge">What receivers see of the task; 0 for none.</param>
public sealed record HoldingSnapshot(string Task, string Object, string? Grant, ulong Slot, ImmutableArray<string> Rights, ulong Badge)
{
    /// <summary>Names rights as system files do.</summary>
    internal static ImmutableArray<string> Name(CapRights rights)
    {
        (CapRights Right, string Name)[] names =
            [(CapRights.Read, "read"), (CapRights.Write, "write"), (CapRights.Grant, "grant"), (CapRights.GrantReply, "grantReply")];
        return [.. names.Where(pair => (rights & pair.Right) != 0).Select(pair => pair.Name)];
    }
}

/// <summary>Shows one side of an asynchronous channel. Its task counts, and a hostile one may count anything.</summary>
/// <param name="Task">The task whose side it is.</param>
/// <param name="Peer">The task at the other side.</param>
/// <param name="Slot">The slot of the side's frame in the task's CNode, which tells its channels apart.</param>
/// <param name="BytesWritten">Bytes of the ring that it has written: records, padded to lines.</param>
/// <param name="RecordsWritten">Records that it has written.</param>
/// <param name="RecordsRead">Records that it has read.</param>
/// <param name="DoorbellsSent">How often it woke its peer.</param>
/// <param name="DoorbellsElided">How often it looked and found no need to.</param>
/// <param name="FullRings">How often it had to wait for room.</param>
/// <param name="Parks">How often it stopped looking for records.</param>
/// <param name="CallsOpen">Calls that it has made and that have no reply yet: what its coroutines wait for.</param>
public sealed record ChannelSnapshot(
    string Task,
    string Peer,
    ulong Slot,
    ulong BytesWritten,
    long RecordsWritten,
    long RecordsRead,
    long DoorbellsSent,
    long DoorbellsElided,
    long FullRings,
    long Parks,
    long CallsOpen);
