using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Metal.Proof;

/// <summary>Is where the rows are played: a kernel, its root task, the scripted threads and the objects that they use.</summary>
/// <remarks>
/// Everything is done by system calls through the core's own entry: <see cref="Reset"/> and <see cref="Bind"/> by the root task, the rest by
/// the scripted threads. Which thread makes the next call is the script's choice, not the scheduler's.
/// The threads have the root task's priority, so that a Call can take the fast path.
/// </remarks>
internal unsafe struct Stage
{
    private const int ActorCount = 3;
    private const int RootCNodeBits = 8;
    private const ulong MessageLength = Limits.MessageRegisters;

    // Where threads make their system calls: an address that nothing reads.
    private const ulong TrapAddress = 0x40_0000;
    private const ulong TrapLength = 2;

    private KernelState* _kernel;

    // Slots of the root task's CNode: the object's own capability, then one for each actor with its badge.
    private ulong _memory;
    private ulong _scratch;
    private ulong _threads;
    private ulong _endpoint;
    private ulong _notification;

    /// <summary>Gets whether one row shall expect the wrong thing.</summary>
    public bool PlantFailure { get; private set; }

    /// <summary>Gets what the kernel told the root task.</summary>
    public readonly BootInfo* Information => (BootInfo*)SlotOf(RootSlot.BootInfoFrame)->Cap.Address;

    /// <summary>Gets the root task's thread.</summary>
    public readonly Tcb* Root => _kernel->RootThread;

    /// <summary>Gets the endpoint of this row.</summary>
    public readonly Endpoint* Endpoint => (Endpoint*)SlotOf(_endpoint)->Cap.Address;

    private readonly Notification* Notification => (Notification*)SlotOf(_notification)->Cap.Address;

    /// <summary>Gets the badge that an actor's messages and signals carry: a bit of its own.</summary>
    public static ulong BadgeOf(Actor actor) => 1UL << (int)actor;

    /// <summary>Starts the kernel.</summary>
    public bool Boot(bool plantFailure)
    {
        PlantFailure = plantFailure;
        ObjectMemory.Clear();
        var parameters = new BootParameters { MachineSlots = 0, RootCNodeBits = RootCNodeBits, Receivers = 0, Senders = 0 };
        _kernel = Kernel.Boot.Start(ObjectMemory.Start, ObjectMemory.Size, parameters);
        return _kernel != null;
    }

    /// <summary>Finds a slot of the root task's CNode.</summary>
    public readonly Slot* SlotOf(ulong address) => CSpace.LookupSlot(_kernel, Root, address);

    /// <summary>Makes the threads, as the root task, and memory for the objects of the rows.</summary>
    public bool Populate()
    {
        _memory = Information->Untyped.End - 1;
        _scratch = Information->Empty.Start;
        _threads = _scratch + 1;
        _endpoint = _threads + ActorCount;
        _notification = _endpoint + 1 + ActorCount;
        bool made = Retype(_memory, ObjectType.Untyped, Limits.PageBits, _scratch, 1)
            && Retype(_memory, ObjectType.Tcb, 0, _threads, ActorCount);
        for (ulong i = 0; made && i < ActorCount; i++)
            made = SetSpaces(_threads + i) && SetPriority(_threads + i);
        return made;
    }

    /// <summary>Begins a row: the objects of the last one are destroyed, fresh ones made; all threads are running and hold nothing.</summary>
    public void Reset()
    {
        if (!TryReset())
            Program.Panic("a row could not be set up\n"u8);
    }

    /// <summary>Begins a row, if the root task's system calls succeed.</summary>
    public bool TryReset()
    {
        bool done = true;
        for (ulong i = 0; i < ActorCount; i++)
            done &= Invoke(_threads + i, InvocationLabel.TcbSuspend);
        done &= Invoke(RootSlot.CNode, InvocationLabel.CNodeRevoke, _scratch, Limits.WordBits)
            && Retype(_scratch, ObjectType.Endpoint, 0, _endpoint, 1)
            && Retype(_scratch, ObjectType.Notification, 0, _notification, 1);
        for (ulong i = 0; i < ActorCount; i++)
        {
            done &= Mint(_endpoint, _endpoint + 1 + i, CapRights.All, BadgeOf((Actor)i))
                && Mint(_notification, _notification + 1 + i, CapRights.ReadWrite, BadgeOf((Actor)i))
                && Invoke(_threads + i, InvocationLabel.TcbResume);
        }

        return done;
    }

    /// <summary>Binds the notification to an actor, as the root task.</summary>
    public void Bind(Actor actor)
    {
        SetCap(0, _notification);
        if (!Invoke(_threads + (ulong)actor, InvocationLabel.TcbBindNotification, caps: 1))
            Program.Panic("the notification could not be bound\n"u8);
    }

    /// <summary>Lets an actor send its message to the endpoint.</summary>
    public void Send(Actor actor, Syscall call = Syscall.Send) => Trap(actor, call, _endpoint + 1 + (ulong)actor);

    /// <summary>Lets an actor receive from the endpoint.</summary>
    public void Receive(Actor actor, Syscall call = Syscall.Recv) => Trap(actor, call, _endpoint);

    /// <summary>Lets an actor reply with its message.</summary>
    public void Reply(Actor actor) => Trap(actor, Syscall.Reply, 0);

    /// <summary>Lets an actor reply with its message, then receive from the endpoint.</summary>
    public void ReplyAndReceive(Actor actor) => Trap(actor, Syscall.ReplyRecv, _endpoint);

    /// <summary>Lets an actor signal its bit.</summary>
    public void Signal(Actor actor) => Trap(actor, Syscall.Send, _notification + 1 + (ulong)actor);

    /// <summary>Lets an actor wait for the notification, or poll it.</summary>
    public void Wait(Actor actor, Syscall call = Syscall.Recv) => Trap(actor, call, _notification);

    /// <summary>Tells whether an actor runs, or would if it had the processor.</summary>
    public readonly bool Runs(Actor actor)
    {
        Tcb* thread = ThreadOf(actor);
        return thread->State == ThreadState.Running && (thread == _kernel->Current || IsReady(thread));
    }

    /// <summary>Tells whether an actor waits in the given way and does not run.</summary>
    public readonly bool Waits(Actor actor, ThreadState state)
    {
        Tcb* thread = ThreadOf(actor);
        return thread->State == state && thread != _kernel->Current
            && thread->BlockedOn == state switch
            {
                ThreadState.BlockedOnSend or ThreadState.BlockedOnReceive => Endpoint,
                ThreadState.BlockedOnNotification => Notification,
                _ => null,
            };
    }

    /// <summary>Tells whether an actor has received another's message, with its badge.</summary>
    public readonly bool GotMessage(Actor actor, Actor sender) => Got(actor, BadgeOf(sender), sender);

    /// <summary>Tells whether an actor has received another's message as a reply, which has no badge.</summary>
    public readonly bool GotReply(Actor actor, Actor sender) => Got(actor, 0, sender);

    /// <summary>Tells whether an actor has received signals and no message.</summary>
    public readonly bool GotSignals(Actor actor, ulong badges)
    {
        Tcb* thread = ThreadOf(actor);
        return thread->Context.Rdi == badges && thread->Context.Rsi == 0;
    }

    /// <summary>Tells whether an actor was told that there was nothing.</summary>
    public readonly bool GotNothing(Actor actor) => GotSignals(actor, 0);

    /// <summary>Tells whether an actor holds the right to reply to another.</summary>
    public readonly bool HoldsReplyTo(Actor actor, Actor caller)
    {
        ref readonly Capability reply = ref ThreadOf(actor)->Caller.Cap;
        return reply.Type == CapType.Reply && reply.Address == ThreadOf(caller);
    }

    /// <summary>Tells whether just the first <paramref name="count"/> of the actors named wait at the endpoint, in that order.</summary>
    public readonly bool EndpointQueueIs(int count, Actor first = default, Actor second = default, Actor third = default) =>
        QueueIs(Endpoint->Queue, count, first, second, third);

    /// <summary>Tells whether just the first <paramref name="count"/> of the actors named wait at the notification, in that order.</summary>
    public readonly bool NotificationQueueIs(int count, Actor first = default, Actor second = default, Actor third = default) =>
        QueueIs(Notification->Queue, count, first, second, third);

    /// <summary>Tells whether the notification is in a state with a word.</summary>
    public readonly bool NotificationIs(NotificationState state, ulong word) => Notification->State == state && Notification->Word == word;

    private readonly bool IsReady(Tcb* thread)
    {
        Tcb* ready = _kernel->ReadyQueues[thread->Priority].Head;
        while (ready != null && ready != thread)
            ready = ready->QueueNext;
        return ready != null;
    }

    private readonly bool QueueIs(ThreadQueue queue, int count, Actor first, Actor second, Actor third)
    {
        Tcb* previous = null, thread = queue.Head;
        for (int i = 0; i < count; i++)
        {
            Actor expected = i switch { 0 => first, 1 => second, _ => third };
            if (thread != ThreadOf(expected) || thread->QueuePrevious != previous)
                return false;
            previous = thread;
            thread = thread->QueueNext;
        }

        return thread == null && queue.Tail == previous;
    }

    private readonly bool Got(Actor actor, ulong badge, Actor sender)
    {
        Tcb* thread = ThreadOf(actor);
        ulong message = MessageOf(sender);
        return thread->Context.Rdi == badge
            && thread->Context.Rsi == InfoOf(sender).Raw
            && thread->Context.R10 == message
            && thread->Context.R8 == message + 1
            && thread->Context.R9 == message + 2
            && thread->Context.R15 == message + 3;
    }

    private readonly Tcb* ThreadOf(Actor actor) => (Tcb*)SlotOf(_threads + (ulong)actor)->Cap.Address;

    private static ulong MessageOf(Actor actor) => 0x1000 * ((ulong)actor + 1);

    private static MessageInfo InfoOf(Actor actor) => new(0x100 + (ulong)actor, 0, 0, (uint)MessageLength);

    /// <summary>Lets an actor make a system call; whatever it sends is its own message.</summary>
    private readonly void Trap(Actor actor, Syscall call, ulong capability)
    {
        Tcb* thread = ThreadOf(actor);
        ulong message = MessageOf(actor);
        thread->Context.R10 = message;
        thread->Context.R8 = message + 1;
        thread->Context.R9 = message + 2;
        thread->Context.R15 = message + 3;
        Trap(thread, call, capability, InfoOf(actor));
    }

    /// <summary>Enters the core as a machine does when a thread traps.</summary>
    private readonly void Trap(Tcb* thread, Syscall call, ulong capability, MessageInfo info)
    {
        // A thread that the core wrongly left waiting makes no system call; the row's conditions tell.
        if (!thread->IsRunnable)
            return;
        PriorityScheduler.Dispatch(_kernel, thread);
        if (thread->State == ThreadState.Restart)
            Kernel<ProofMachine>.Activate(thread);
        thread->FaultIP = TrapAddress;
        thread->Context.Rip = TrapAddress + TrapLength;
        thread->Context.Rdx = (ulong)call;
        thread->Context.Rdi = capability;
        thread->Context.Rsi = info.Raw;
        Kernel<ProofMachine>.HandleSystemCall(_kernel);
    }

    private readonly bool Retype(ulong untyped, ObjectType type, ulong sizeBits, ulong slot, ulong count)
    {
        IpcBuffer* buffer = (IpcBuffer*)SlotOf(RootSlot.IpcBuffer)->Cap.Address;
        buffer->Message[4] = slot;
        buffer->Message[5] = count;
        SetCap(0, RootSlot.CNode);

        // Node depth 0: the root named is itself the node that the new capabilities go into.
        return Invoke(untyped, InvocationLabel.UntypedRetype, (ulong)type, sizeBits, 0, 0, words: 6, caps: 1);
    }

    private readonly bool Mint(ulong source, ulong destination, CapRights rights, ulong badge)
    {
        IpcBuffer* buffer = (IpcBuffer*)SlotOf(RootSlot.IpcBuffer)->Cap.Address;
        buffer->Message[4] = (ulong)rights;
        buffer->Message[5] = badge;
        SetCap(0, RootSlot.CNode);
        return Invoke(RootSlot.CNode, InvocationLabel.CNodeMint, destination, Limits.WordBits, source, Limits.WordBits, words: 6, caps: 1);
    }

    private readonly bool SetSpaces(ulong thread)
    {
        SetCap(0, RootSlot.CNode);
        SetCap(1, RootSlot.VSpace);
        return Invoke(thread, InvocationLabel.TcbSetSpace, words: 3, caps: 2);
    }

    private readonly bool SetPriority(ulong thread)
    {
        SetCap(0, RootSlot.Tcb);
        return Invoke(thread, InvocationLabel.TcbSetPriority, (ulong)Root->Priority, words: 1, caps: 1);
    }

    private readonly void SetCap(int index, ulong capability) =>
        ((IpcBuffer*)SlotOf(RootSlot.IpcBuffer)->Cap.Address)->CapsOrBadges[index] = capability;

    /// <summary>Calls a kernel object as the root task; words beyond the fourth and capabilities are in its IPC buffer.</summary>
    private readonly bool Invoke(
        ulong capability, InvocationLabel method, ulong word0 = 0, ulong word1 = 0, ulong word2 = 0, ulong word3 = 0, uint words = 2, uint caps = 0)
    {
        Tcb* root = Root;
        root->Context.R10 = word0;
        root->Context.R8 = word1;
        root->Context.R9 = word2;
        root->Context.R15 = word3;
        Trap(root, Syscall.Call, capability, new MessageInfo((ulong)method, 0, caps, words));
        return root->State == ThreadState.Running && new MessageInfo(root->Context.Rsi).Label == (ulong)SeL4Error.NoError;
    }
}
