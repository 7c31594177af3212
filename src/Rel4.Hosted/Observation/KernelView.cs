using System.Collections.Immutable;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Kernel;
using Rel4.Hosted.Supervision;
using Rel4.Kernel;
using ThreadState = Rel4.Kernel.ThreadState;

namespace Rel4.Hosted.Observation;

/// <summary>Reads from a kernel what its tasks do and hold. To be used on the kernel's thread, between two system calls.</summary>
/// <remarks>
/// It only reads. Of what tasks write that is the number that a thread says it has, and the counts in frames of channels: numbers to be shown,
/// by which nothing is decided. Names come from what is in the system: the shared objects lie in slots of the root task's. Everybody waits meanwhile, so what it looks at is bounded by <see cref="MostSlots"/> for each
/// task and by the number of threads.
/// </remarks>
internal sealed unsafe class KernelView
{
    /// <summary>How many slots of a task's CNode are looked at.</summary>
    private const int MostSlots = 4096;

    private readonly Population _population;
    private readonly Slot* _rootNode;
    private readonly Dictionary<nint, string> _names = [];
    private readonly Dictionary<nint, string> _taskOfSpace = [];

    private readonly ImmutableArray<PlacedObject> _objects;
    private readonly List<Held> _held = [];
    private readonly Tcb* _rootThread;

    /// <summary>Looks at what there is.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="objects">The shared objects.</param>
    /// <param name="tasks">The tasks.</param>
    /// <param name="host">What the kernel's own process holds in the system; null if it takes no part.</param>
    public KernelView(KernelState* kernel, ImmutableArray<PlacedObject> objects, ImmutableArray<TaskPlan> tasks, SystemHost? host)
    {
        _population = KernelLoop.Of(kernel).Population;
        _rootThread = kernel->Shared->RootThread;
        _rootNode = _rootThread->CSpaceRoot.Cap.Slots;
        _objects = objects;
        foreach (PlacedObject placed in objects)
            _names[(nint)CapabilityOf(placed).Address] = placed.Definition.Name;
        foreach (TaskPlan task in tasks)
            _taskOfSpace[(nint)_rootNode[task.VSpace].Cap.Address] = task.Task.Name;
        _taskOfSpace[(nint)_rootThread->VSpaceRoot.Cap.Address] = HostPlan.Name;
        foreach (TaskPlan task in tasks)
        {
            Capability node = _rootNode[task.CNode].Cap;
            if (node.Type == CapType.CNode)
                FindHeld(task.Task.Name, slot => slot - TaskSlots.FirstGrant < (ulong)task.Task.Grants.Length ? task.Task.Grants[(int)(slot - TaskSlots.FirstGrant)] : null, node.Slots, first: 0, 1UL << node.Bits);
        }

        // What lies in the slots before these the root task has, to make the others' of.
        if (host?.Plan is { Manifest: var manifest })
        {
            Dictionary<ulong, GrantDefinition> grants = host.Held.ToDictionary(held => held.Slot, held => held.Grant);
            FindHeld(HostPlan.Name, grants.GetValueOrDefault, _rootNode, manifest.FirstGrant, manifest.FirstRuntimeSlot);
            FindHeld(HostPlan.Name, grants.GetValueOrDefault, _rootNode, manifest.FirstRuntimeSlot, manifest.EndSlot);
        }
    }

    /// <summary>Tells what the threads of a task do.</summary>
    public ImmutableArray<ThreadSnapshot> ThreadsOf(TaskPlan task)
    {
        Capability space = _rootNode[task.VSpace].Cap;
        return space.Type != CapType.VSpace
            ? []
            : [.. _population.Threads.Where(thread => thread.Process.Space == space.Address).Select(thread => Describe(task.Task.Name, thread))];
    }

    /// <summary>Tells what the threads of the kernel's own process do that take part in the system.</summary>
    public ImmutableArray<ThreadSnapshot> ThreadsOfHost() =>
    [
        .. _population.Threads.Where(thread => thread.Process.Space == _rootThread->VSpaceRoot.Cap.Address && thread.Tcb != _rootThread)
            .Select(thread => Describe(HostPlan.Name, thread)),
    ];

    /// <summary>Tells the states of the shared objects.</summary>
    public ImmutableArray<ObjectSnapshot> Objects() => [.. _objects.Select(placed => Describe(placed.Definition, CapabilityOf(placed)))];

    /// <summary>Tells which of the shared objects tasks hold capabilities for.</summary>
    public ImmutableArray<HoldingSnapshot> Holdings() =>
    [
        .. from held in _held
           where _names.ContainsKey((nint)held.Capability.Address)
           let capability = held.Capability
           select new HoldingSnapshot(
               held.Task,
               _names[(nint)capability.Address],
               held.Grant,
               held.Slot,
               HoldingSnapshot.Name(capability.Rights),
               capability.Type == CapType.Frame ? 0 : capability.Badge),
    ];

    /// <summary>Tells what the sides of channels have done: each counts in the frame that it writes and its peer may read.</summary>
    public ImmutableArray<ChannelSnapshot> Channels()
    {
        ILookup<nint, Held> readers = _held.Where(held => held.Capability.Type == CapType.Frame && !held.Capability.Has(CapRights.Write))
            .ToLookup(held => (nint)held.Capability.Address);
        return
        [
            .. from held in _held
               where held.Capability.Type == CapType.Frame && held.Capability.Has(CapRights.ReadWrite) && !held.Capability.IsDevice
               let peer = readers[(nint)held.Capability.Address].FirstOrDefault(reader => reader.Task != held.Task)
               where peer.Task is not null && IsChannel(held.Capability)
               select Describe((ChannelFrame*)held.Capability.Address, held, peer.Task),
        ];
    }

    private static bool IsChannel(Capability frame) => ((ChannelFrame*)frame.Address)->Magic == ChannelFrame.MagicValue;

    private static ChannelSnapshot Describe(ChannelFrame* frame, Held held, string peer)
    {
        ref readonly ChannelCounters counts = ref frame->Counters;
        return new ChannelSnapshot(
            held.Task,
            peer,
            held.Slot,
            unchecked(counts.LinesWritten * ChannelFrame.LineSize),
            counts.RecordsWritten,
            counts.RecordsRead,
            counts.DoorbellsRung,
            counts.DoorbellsElided,
            counts.RefusedForRoom,
            counts.Parks,
            counts.CallsOpen);
    }

    private void FindHeld(string task, Func<ulong, GrantDefinition?> grantOf, Slot* slots, ulong first, ulong end)
    {
        end = Math.Min(end, first + MostSlots);
        for (ulong i = first; i < end; i++)
        {
            Capability capability = slots[i].Cap;
            if (capability.Type is not (CapType.Endpoint or CapType.Notification or CapType.Frame))
                continue;
            // A program may have put another capability there meanwhile.
            GrantDefinition? grant = grantOf(i);
            bool isGranted = grant is not null && _names.GetValueOrDefault((nint)capability.Address) == grant.Object.Name;
            _held.Add(new Held(task, isGranted ? grant!.Name : null, i, capability));
        }
    }

    private Capability CapabilityOf(PlacedObject placed) => _rootNode[placed.Slot].Cap;

    private ThreadSnapshot Describe(string task, HostedThread thread)
    {
        Tcb* tcb = thread.Tcb;
        if (FindUnansweredCall(task, thread) is { } endpoint)
            return new ThreadSnapshot(thread.Number, IdOf(thread), ThreadActivity.AwaitsNoReply, _names.GetValueOrDefault(endpoint), thread.Request);
        ThreadActivity activity = tcb->State switch
        {
            ThreadState.BlockedOnSend => ThreadActivity.Sends,
            ThreadState.BlockedOnReceive => ThreadActivity.Receives,
            ThreadState.BlockedOnReply => ThreadActivity.AwaitsReply,
            ThreadState.BlockedOnNotification => ThreadActivity.AwaitsSignal,
            ThreadState.Inactive => ThreadActivity.Stopped,
            _ => thread.IsInSystemCall ? ThreadActivity.InKernel : ThreadActivity.Runs,
        };
        bool waitsForObject = activity is ThreadActivity.Sends or ThreadActivity.Receives or ThreadActivity.AwaitsSignal;
        string? waitsFor = waitsForObject ? _names.GetValueOrDefault((nint)tcb->BlockedOn) : null;
        return new ThreadSnapshot(thread.Number, IdOf(thread), activity, waitsFor, thread.Request);
    }

    private static int IdOf(HostedThread thread) => Math.Max(0, Volatile.Read(ref thread.Page->Thread));

    /// <summary>Finds the endpoint through which a thread made a call that can't be replied to; null if it did not.</summary>
    /// <remarks>
    /// The core stops such a caller when its message is received, and keeps its registers. A thread that was suspended in its call is taken for
    /// one only if its capability has neither right, and then its call will come to that.
    /// </remarks>
    private nint? FindUnansweredCall(string task, HostedThread thread)
    {
        Tcb* tcb = thread.Tcb;
        if (tcb->State != ThreadState.Inactive || !thread.IsInSystemCall || (Syscall)tcb->Context.Rdx != Syscall.Call)
            return null;
        Capability called = _held.Find(held => held.Task == task && held.Slot == tcb->Context.Rdi).Capability;
        bool canBeReplied = called.Type != CapType.Endpoint || called.Has(CapRights.Grant) || called.Has(CapRights.GrantReply);
        return canBeReplied ? null : (nint)called.Address;
    }

    private ObjectSnapshot Describe(ObjectDefinition definition, Capability capability)
    {
        (QueueState? state, ThreadQueue queue) = capability.Type switch
        {
            CapType.Endpoint => Describe(capability.Endpoint),
            CapType.Notification => Describe(capability.Notification),
            _ => (null, default),
        };
        ImmutableArray<string>.Builder waiting = ImmutableArray.CreateBuilder<string>();
        int length = 0;
        for (Tcb* tcb = queue.Head; tcb != null; tcb = tcb->QueueNext)
        {
            if (length++ < ObjectSnapshot.LongestQueue)
                waiting.Add(_taskOfSpace.GetValueOrDefault((nint)tcb->VSpaceRoot.Cap.Address, "?"));
        }

        return new ObjectSnapshot(definition.Name, SystemSnapshot.KindOf(definition), state, waiting.ToImmutable(), length);
    }

    private static (QueueState? State, ThreadQueue Queue) Describe(Endpoint* endpoint) => (
        endpoint->State switch
        {
            EndpointState.Send => QueueState.Senders,
            EndpointState.Receive => QueueState.Receivers,
            _ => QueueState.Idle,
        },
        endpoint->Queue);

    private static (QueueState? State, ThreadQueue Queue) Describe(Notification* notification) => (
        notification->State switch
        {
            NotificationState.Waiting => QueueState.Waiters,
            NotificationState.Active => QueueState.Signal,
            _ => QueueState.Idle,
        },
        notification->Queue);

    /// <summary>Is a capability in a task's CNode.</summary>
    private readonly record struct Held(string Task, string? Grant, ulong Slot, Capability Capability);
}
