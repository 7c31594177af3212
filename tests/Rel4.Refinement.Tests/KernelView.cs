using System.Collections.Immutable;
using Rel4.Abi;
using Rel4.Sim;
using Rel4.Spec;
using Core = Rel4.Kernel;
using KernelObject = Rel4.Spec.KernelObject;
using SpecThread = Rel4.Spec.Thread;

namespace Rel4.Refinement.Tests;

/// <summary>Is a full slot of the kernel's, with its neighbours in the derivation list.</summary>
internal sealed record SlotView(Capability Cap, bool Revocable, bool FirstBadged, SlotId? Previous, SlotId? Next);

/// <summary>Is the kernel's state in the terms of the specification: the abstraction function of the refinement.</summary>
/// <remarks>
/// Addresses are offsets into the machine's memory. What exists is what some capability names; it is found from the containers given as
/// seeds,
/// through the capabilities in them. Every pointer is checked before it is followed, so that a broken kernel gives a report, not a crash.
/// </remarks>
internal sealed unsafe class KernelView
{
    private readonly SimKernel _kernel;
    private readonly SortedList<ulong, int> _containers = [];

    private KernelView(SimKernel kernel) => _kernel = kernel;

    public Dictionary<SlotId, SlotView> Slots { get; } = [];

    public SortedDictionary<ulong, KernelObject> Objects { get; } = [];

    public SortedDictionary<int, ImmutableList<ulong>> ReadyQueues { get; } = [];

    public ulong? Current { get; private set; }

    public ulong? Handoff { get; private set; }

    public SortedDictionary<ulong, Receiver> Receivers { get; } = [];

    public ImmutableList<Sender> Senders { get; private set; } = [];

    public ulong NextGeneration { get; private set; }

    public ImmutableList<int> FreeSenders { get; private set; } = [];

    /// <summary>Looks at a kernel.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="seeds">Containers that are thought to exist.</param>
    /// <exception cref="BrokenKernelException">A pointer leads nowhere.</exception>
    public static KernelView Of(SimKernel kernel, IEnumerable<KernelObject> seeds)
    {
        var view = new KernelView(kernel);
        view.FindContainers(seeds);
        view.ReadSlots();
        view.ReadTables();
        return view;
    }

    /// <summary>Reads a word of memory.</summary>
    public static ulong Word(SimKernel kernel, ulong address) => *(ulong*)(kernel.State->Shared->Region + address);

    /// <summary>Counts the words of a part of memory that are not 0.</summary>
    public static int CountWords(SimKernel kernel, ulong address, int bytes) =>
        bytes / sizeof(ulong) - new ReadOnlySpan<ulong>(kernel.State->Shared->Region + address, bytes / sizeof(ulong)).Count(0UL);

    private void FindContainers(IEnumerable<KernelObject> seeds)
    {
        var found = new Queue<(ulong Address, int Slots)>();
        foreach (KernelObject seed in seeds)
        {
            if (seed is CNode node)
                found.Enqueue((node.Address, 1 << node.Radix));
            else if (seed is SpecThread)
                found.Enqueue((seed.Address, TcbSlot.Count));
        }
        found.Enqueue((_kernel.OffsetOf(_kernel.State->Shared->RootThread), TcbSlot.Count));
        while (found.TryDequeue(out (ulong Address, int Slots) container))
        {
            if (!_containers.TryAdd(container.Address, container.Slots))
                continue;
            for (int i = 0; i < container.Slots; i++)
            {
                Core.Slot* slot = SlotAt(container.Address, i);
                switch (slot->IsEmpty ? null : CapOf(slot->Cap))
                {
                    case CNodeCap cap:
                        found.Enqueue((cap.Address, 1 << cap.Radix));
                        break;
                    case TcbCap cap:
                        found.Enqueue((cap.Address, TcbSlot.Count));
                        break;
                    case ZombieCap cap:
                        found.Enqueue((cap.Address, cap.Slots));
                        break;
                }
            }
        }
    }

    private void ReadSlots()
    {
        foreach ((ulong holder, int slots) in _containers)
        {
            for (int i = 0; i < slots; i++)
            {
                Core.Slot* slot = SlotAt(holder, i);
                if (slot->IsEmpty)
                    continue;
                Capability cap = CapOf(slot->Cap);
                SlotId? previous = IdOf(slot->Previous), next = IdOf(slot->Next);
                Slots.Add(new SlotId(holder, i), new SlotView(cap, slot->IsRevocable, slot->IsFirstBadged, previous, next));
                if (ObjectOf(cap) is { } found)
                    Objects.TryAdd(found.Address, found);
            }
        }
    }

    private void ReadTables()
    {
        Core.KernelState* state = _kernel.State;
        Current = ThreadOf(state->Current);
        Handoff = ThreadOf(state->Handoff);
        for (int priority = 0; priority <= Limits.MaxPriority; priority++)
        {
            if (state->ReadyQueues[priority].Head != null)
                ReadyQueues.Add(priority, QueueOf(state->ReadyQueues[priority]));
        }
        foreach (SpecThread thread in Objects.Values.OfType<SpecThread>())
        {
            Core.Tcb* tcb = (Core.Tcb*)At(thread.Address, 1UL << Limits.TcbBits);
            if (tcb->ReceivedNotification != null)
                Receivers.Add(thread.Address, new Receiver(AddressOf(tcb->ReceivedNotification), thread.Address, Rel4.Sim.SimReceiver.Of(tcb)->Pending));
        }
        Core.PooledSender* pool = state->Shared->SenderPool;
        for (int i = state->Shared->FreeSender; i != 0 && FreeSenders.Count < state->Shared->SenderCount; i = pool[i].NextOfThread)
            FreeSenders = FreeSenders.Add(i);
        for (uint i = 1; i < state->Shared->SenderCount; i++)
        {
            if (pool[i].Thread != null)
                Senders = Senders.Add(SenderOf(Core.SenderLinks.At(state->Shared, i)));
        }
        NextGeneration = state->Shared->SenderGeneration + 1;
    }

    private Sender SenderOf(Core.Sender* sender)
    {
        Core.SharedState* shared = _kernel.State->Shared;
        Core.PooledSender* entry = Core.SenderPool.Of(shared, sender);
        Core.Sender* first = sender;
        while (first->IsOpen && !first->IsFirstOfSlot)
            first = Core.SenderLinks.At(shared, first->PreviousOfSlot);
        SlotId slot = IdOf(Core.SenderLinks.SlotOf(shared, first)) ?? throw new BrokenKernelException("a sender names no slot");
        return new Sender(
            AddressOf(entry->Thread), (int)(entry - shared->SenderPool), sender->Generation, slot, AddressOf(entry->Receiver), entry->Vector);
    }

    private KernelObject? ObjectOf(Capability cap) => cap switch
    {
        CNodeCap c => new CNode(c.Address, c.Radix),
        TcbCap c => ThreadAt(c.Address),
        ZombieCap { IsTcb: true } c => ThreadAt(c.Address),
        ZombieCap c => new CNode(c.Address, int.Log2(c.Slots)),
        EndpointCap c => EndpointAt(c.Address),
        NotificationCap c => NotificationAt(c.Address),
        FrameCap c => new Frame(c.Address, c.SizeBits),
        VSpaceCap c => new VSpace(c.Address) { IsAssigned = Word(_kernel, c.Address) == 0 },
        _ => null,
    };

    private SpecThread ThreadAt(ulong address)
    {
        var tcb = (Core.Tcb*)At(address, 1UL << Limits.TcbBits);
        return new SpecThread(address)
        {
            State = StateOf(tcb),
            Registers = [.. new ReadOnlySpan<ulong>(&tcb->Context, UserContext.Count)],
            FaultIP = tcb->FaultIP,
            Fault = FaultOf(tcb->Fault),
            Priority = tcb->Priority,
            MaxControlledPriority = tcb->MaxControlledPriority,
            Slice = tcb->SliceLeft,
            FaultHandler = tcb->FaultHandler,
            IpcBuffer = tcb->IpcBufferAddress,
            Flags = tcb->Flags,
            BoundNotification = tcb->BoundNotification == null ? null : AddressOf(tcb->BoundNotification),
        };
    }

    private Spec.ThreadState StateOf(Core.Tcb* tcb) => tcb->State switch
    {
        Core.ThreadState.Inactive => new Inactive(),
        Core.ThreadState.Running => new Running(),
        Core.ThreadState.Restart => new Restart(),
        Core.ThreadState.BlockedOnReply => new BlockedOnReply(),
        Core.ThreadState.BlockedOnReceive => new BlockedOnReceive(
            AddressOf(tcb->BlockedOn), tcb->BlockedFlags.HasFlag(Core.BlockingFlags.Grant)),
        Core.ThreadState.BlockedOnNotification => new BlockedOnNotification(AddressOf(tcb->BlockedOn)),
        Core.ThreadState.BlockedOnSend => new BlockedOnSend(
            AddressOf(tcb->BlockedOn),
            tcb->BlockedBadge,
            tcb->BlockedFlags.HasFlag(Core.BlockingFlags.Grant),
            tcb->BlockedFlags.HasFlag(Core.BlockingFlags.GrantReply),
            tcb->BlockedFlags.HasFlag(Core.BlockingFlags.Call)),
        _ => throw new BrokenKernelException($"no thread state {tcb->State}"),
    };

    private static Fault? FaultOf(in Core.Fault fault) => fault.Type switch
    {
        FaultType.None => null,
        FaultType.CapFault => new CapFault(fault.Word0, fault.Word1 != 0, FailureOf(fault.Lookup)),
        FaultType.UnknownSyscall => new UnknownSyscall(fault.Word0),
        FaultType.UserException => new UserException(fault.Word0, fault.Word1),
        FaultType.VMFault => new VMFault(fault.Word0, fault.Word1 != 0, fault.Word2),
        _ => throw new BrokenKernelException($"no fault {fault.Type}"),
    };

    private static LookupFailure FailureOf(in Core.LookupFailure failure)
    {
        ImmutableArray<ulong> details = [failure.BitsLeft, failure.Detail1, failure.Detail2];
        return new LookupFailure(failure.Type, details[..((int)failure.Length - 1)]);
    }

    private Endpoint EndpointAt(ulong address)
    {
        var endpoint = (Core.Endpoint*)At(address, 1UL << Limits.EndpointBits);
        return new Endpoint(address) { Queue = QueueOf(endpoint->Queue) };
    }

    private Notification NotificationAt(ulong address)
    {
        var notification = (Core.Notification*)At(address, 1UL << Limits.NotificationBits);
        return new Notification(address)
        {
            IsActive = notification->State == Core.NotificationState.Active,
            Word = notification->Word,
            Queue = QueueOf(notification->Queue),
            BoundThread = ThreadOf(notification->BoundThread),
        };
    }

    private ImmutableList<ulong> QueueOf(Core.ThreadQueue queue)
    {
        ImmutableList<ulong> threads = [];
        for (Core.Tcb* thread = queue.Head; thread != null; thread = thread->QueueNext)
        {
            ulong address = AddressOf(thread);
            if (threads.Contains(address))
                throw new BrokenKernelException($"a queue has the thread {address:x} twice");
            threads = threads.Add(address);
        }
        return threads;
    }

    private Capability CapOf(in Core.Capability cap) => cap.Type switch
    {
        Core.CapType.Untyped => new UntypedCap(AddressOf(cap.Address), cap.Bits, cap.IsDevice, cap.Watermark),
        Core.CapType.Endpoint => new EndpointCap(AddressOf(cap.Address), cap.Badge, cap.Rights),
        Core.CapType.Notification => new NotificationCap(AddressOf(cap.Address), cap.Badge, cap.Rights),
        Core.CapType.Reply => new ReplyCap(AddressOf(cap.Address), cap.Has(CapRights.Grant), cap.IsMasterReply),
        Core.CapType.CNode => new CNodeCap(AddressOf(cap.Address), cap.Bits, cap.Guard.Guard, cap.Guard.GuardSize),
        Core.CapType.Thread => new TcbCap(AddressOf(cap.Address)),
        Core.CapType.Zombie => new ZombieCap(
            AddressOf(cap.Address), cap.IsThreadZombie ? TcbSlot.Count : 1 << cap.Bits, (int)cap.SlotsLeft, cap.IsThreadZombie),
        Core.CapType.Frame => new FrameCap(AddressOf(cap.Address), cap.Bits, cap.IsDevice, cap.Rights),
        Core.CapType.VSpace => new VSpaceCap(AddressOf(cap.Address)),
        _ => throw new BrokenKernelException($"no capability type {cap.Type}"),
    };

    private SlotId? IdOf(Core.Slot* slot)
    {
        if (slot == null)
            return null;
        ulong address = AddressOf(slot);
        foreach ((ulong holder, int slots) in _containers)
        {
            if (address >= holder && address < holder + ((ulong)slots << Limits.SlotBits))
                return new SlotId(holder, (int)((address - holder) >> Limits.SlotBits));
        }
        throw new BrokenKernelException($"the list of derivation leads to {address:x}, where no slot is");
    }

    private ulong? ThreadOf(Core.Tcb* thread) => thread == null ? null : AddressOf(thread);

    private ulong AddressOf(void* pointer)
    {
        ulong address = _kernel.OffsetOf(pointer);
        return address < _kernel.State->Shared->RegionSize
            ? address
            : throw new BrokenKernelException($"a pointer leads outside memory: {(ulong)pointer:x}");
    }

    private byte* At(ulong address, ulong bytes) => address + bytes <= _kernel.State->Shared->RegionSize
        ? _kernel.State->Shared->Region + address
        : throw new BrokenKernelException($"an object at {address:x} reaches outside memory");

    private Core.Slot* SlotAt(ulong holder, int index) =>
        (Core.Slot*)At(holder + ((ulong)index << Limits.SlotBits), 1UL << Limits.SlotBits);
}

/// <summary>Tells that the kernel's state makes no sense at all.</summary>
internal sealed class BrokenKernelException(string message) : Exception(message);
