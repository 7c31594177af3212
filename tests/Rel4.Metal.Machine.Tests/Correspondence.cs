using Rel4.Abi;
using Rel4.Kernel;
using Rel4.Kernel.Tests;
using Rel4.Sim;

namespace Rel4.Metal.Kernel;

/// <summary>Is the root thread and others that come and go, which post to each other, wait, and make and end what they post by, in an order that a seed gives.</summary>
/// <remarks>Other processors post between, whenever the kernel is about to access a word that is theirs too. Whoever is the current thread acts. The root thread waits for notifications only, so that it goes on at last, and is never stopped.</remarks>
internal sealed unsafe class Correspondence : IDisposable
{
    private const int ThreadCount = 5;
    private const int NotificationCount = 3;

    // The last way has two bits, so it signals only.
    private const int WayCount = 5;
    private const int SendingWays = WayCount - 1;

    private const ulong Guard = Limits.WordBits - 8;
    private const int HistoryLength = 16;

    private readonly MachineWorld _world;
    private readonly PostOracle _oracle;

    // The first is the root thread's.
    private readonly ulong[] _threads = new ulong[ThreadCount + 1];
    private readonly ulong[] _threadMemory = new ulong[ThreadCount + 1];
    private readonly bool[] _lives = new bool[ThreadCount + 1];
    private readonly ulong[] _buffers = new ulong[ThreadCount + 1];
    private readonly ulong[] _notifications = new ulong[NotificationCount];
    private readonly ulong[] _notificationMemory = new ulong[NotificationCount];
    private readonly ulong[] _ways = new ulong[NotificationCount * WayCount];
    private readonly Notification*[] _living = new Notification*[NotificationCount];
    private readonly ulong _endpoint;
    private readonly Queue<string> _history = [];
    private SplitMix _random;

    public Correspondence(ulong seed)
    {
        _random = new SplitMix(seed);
        _world = new MachineWorld(hasContexts: false, hasUserInterrupts: true);
        _oracle = new PostOracle(_world.State, _world.Nobody);
        _threads[0] = RootSlot.Tcb;
        _oracle.Made(_world.State->Shared->RootThread);
        for (int i = 1; i <= ThreadCount; i++)
        {
            _threadMemory[i] = _world.Make(ObjectType.Untyped, Limits.TcbBits);
            _buffers[i] = _world.Make(ObjectType.Page4K);
            _threads[i] = Reserve();
        }

        for (int i = 0; i < NotificationCount; i++)
        {
            _notificationMemory[i] = _world.Make(ObjectType.Untyped, Limits.NotificationBits);
            _notifications[i] = Reserve();
        }

        for (int i = 0; i < _ways.Length; i++)
            _ways[i] = Reserve();
        _endpoint = _world.Make(ObjectType.Endpoint);
        Invoke(_world.MakePool(_world.Make(ObjectType.Untyped, Limits.PageBits)), InvocationLabel.X86AsidPoolAssign, [], RootSlot.VSpace);
        Invoke(RootSlot.Tcb, InvocationLabel.TcbSetPriority, [1], RootSlot.Tcb);
        Instructions.BeforeShared = PostFromElsewhere;
    }

    /// <summary>Names what happens that is counted.</summary>
    public enum Event
    {
        Posted,
        PostedElsewhere,
        PostRefused,
        Notified,
        Delivered,
        NotifiedNobody,
        WakeUp,
        Tick,
        NobodyRan,
        SignalledReceiver,
        UnregisteredByHandle,
        StaleHandle,
        PolledBits,
        WaitedForNothing,
        TookBound,
    }

    /// <summary>Gets how many calls of each kind succeeded.</summary>
    public Dictionary<InvocationLabel, int> Successes { get; } = [];

    /// <summary>Gets how often each thing happened.</summary>
    public Dictionary<Event, int> Counts { get; } = [];

    /// <summary>Gets what the oracle has counted.</summary>
    public PostOracle Oracle => _oracle;

    /// <summary>Gets what was done last.</summary>
    public string History => string.Join('\n', _history);

    private Tcb* Current => _world.State->Current;

    public void Step()
    {
        Act();
        if (_random.Chance(50) && LocalApic.Sent.Count != 0)
            TakeInterrupt();
        if (_random.Chance(10))
            Tick();
        while (Current == null)
            Interrupt();
    }

    /// <summary>Takes all interrupts, and makes sure that the core's invariants hold.</summary>
    public void CheckAll()
    {
        while (LocalApic.Sent.Count != 0)
            TakeInterrupt();
        while (Current == null)
            Interrupt();
        if (!LocalApic.Sent.Contains((byte)LocalApic.WakeUpVector))
            Invariants.Check(_world.Subject);
    }

    public void Dispose()
    {
        Instructions.BeforeShared = null;
        _world.Dispose();
    }

    private ulong Reserve()
    {
        ulong slot = _world.Make(ObjectType.Notification);
        _world.Delete(slot);
        return slot;
    }

    private void Act()
    {
        int thread = _random.Chance(40) ? NumberOf(Current) : _random.Below(ThreadCount + 1), other = 1 + _random.Below(ThreadCount);
        int notification = _random.Below(NotificationCount);
        for (int i = 0; i < NotificationCount && (_living[notification] == null || _living[notification]->Receiver == null) && _random.Chance(60); i++)
            notification = (notification + 1) % NotificationCount;
        int way = (notification * WayCount) + _random.Below(WayCount);
        switch (_random.Below(1000))
        {
            case < 240: Send(); break;
            case < 270: Signal(notification, way); break;
            case < 370: SetTakes(_random.Chance(70)); break;
            case < 430: Receive(Syscall.NBRecv, notification); break;
            case < 470: Receive(Syscall.Recv, notification); break;
            case < 530: Exchange(); break;
            case < 610: Register(thread, notification); break;
            case < 619: Invoke(_threads[thread], InvocationLabel.TcbUnregisterReceiver, [], _notifications[notification]); break;
            case < 625: Invoke(_notifications[notification], InvocationLabel.NotificationUnregisterReceiver, []); break;
            case < 735: Invoke(_threads[thread], InvocationLabel.TcbRegisterSender, [], _ways[way]); break;
            case < 745: Invoke(_threads[thread], InvocationLabel.TcbUnregisterSender, [], _ways[way]); break;
            case < 785: UnregisterByHandle(thread); break;
            case < 810: Invoke(_threads[thread], InvocationLabel.TcbBindNotification, [], _notifications[notification]); break;
            case < 820: Invoke(_threads[thread], InvocationLabel.TcbUnbindNotification, []); break;
            case < 830: Mint(notification, way); break;
            case < 834: Delete(_ways[way]); break;
            case < 835: Invoke(RootSlot.CNode, InvocationLabel.CNodeRevoke, [_notifications[notification], Limits.WordBits]); break;
            case < 837: EndNotification(notification); break;
            case < 877: MakeNotification(); break;
            case < 883: Invoke(_threads[other], InvocationLabel.TcbSuspend, []); break;
            case < 933: Invoke(_threads[other], InvocationLabel.TcbResume, []); break;
            case < 937: Delete(_threads[other]); break;
            case < 977: MakeThread(other); break;
            default: Trap(Syscall.Yield, 0); break;
        }
    }

    // By an index that it has, mostly.
    private void Send()
    {
        ulong index = _random.Chance(10) ? _random.Next() : (ulong)_random.Below(30);
        for (int i = 0; i < 30 && !PostOracle.HasSender(Current, index) && !_random.Chance(3); i++)
            index = (index + 1) % 30;
        bool mayPost = PostOracle.HasSender(Current, index);
        if (!mayPost && _random.Chance(70))
            return;
        if (mayPost)
            _oracle.Posted(EntryOf(Current, (int)index));
        Note($"{Name(Current)} posts by {index}");
        Require(UserInterruptUnit.TrySend(index) == mayPost, mayPost ? "a registered sender can't post" : "a post by an index that leads nowhere is not refused");
        Count(mayPost ? Event.Posted : Event.PostRefused);
        Run();
    }

    /// <summary>Lets another processor post, by an entry of any thread.</summary>
    private void PostFromElsewhere()
    {
        if (!_random.Chance(10))
            return;
        ulong slot = _threads[_random.Below(ThreadCount + 1)];
        if (_world.Slots[slot].Cap.Type != CapType.Thread)
            return;
        Tcb* thread = _world.Slots[slot].Cap.Thread;
        int first = _random.Below(InterruptContext.SenderCount);
        for (int i = 0; i < InterruptContext.SenderCount; i++)
        {
            int index = (first + i) % InterruptContext.SenderCount;
            ulong* entry = EntryOf(thread, index);
            if (!UserInterruptUnit.TryPost(entry))
                continue;
            _oracle.Posted(entry);
            Note($"another processor posts by {index} of {Name(thread)}");
            Count(Event.PostedElsewhere);
            return;
        }
    }

    private static ulong* EntryOf(Tcb* thread, int index) => (ulong*)((byte*)&InterruptContext.Of(thread)->Posted + 16) + (2 * index);

    /// <summary>Takes a sender back, one that was closed mostly; or one that is not there.</summary>
    private void UnregisterByHandle(int thread)
    {
        if (_world.Slots[_threads[thread]].Cap.Type != CapType.Thread)
            return;
        Tcb* named = _world.Slots[_threads[thread]].Cap.Thread;
        int index = _random.Below(InterruptContext.SenderCount);
        for (int i = 0; i < InterruptContext.SenderCount && (!PostOracle.HasSender(named, (ulong)index) || PostOracle.Find(named, index)->IsOpen); i++)
            index = (index + 1) % InterruptContext.SenderCount;
        bool isStale = _random.Chance(10), isThere = PostOracle.HasSender(named, (ulong)index);
        ulong generation = PostOracle.Find(named, index)->Generation + (isStale ? 1UL : 0);
        bool isDone = Invoke(_threads[thread], InvocationLabel.TcbUnregisterSender, [new SenderHandle((ushort)index, generation).Raw]);
        Require(isDone == (isThere && !isStale), "a stale handle is taken, or a fresh one is not");
        Count(isDone ? Event.UnregisteredByHandle : Event.StaleHandle);
    }

    private void Signal(int notification, int way)
    {
        if (_world.Slots[_ways[way]].IsEmpty)
            return;
        Notification* signalled = _living[notification];
        _oracle.Signalled(signalled, _world.Slots[_ways[way]].Cap.Badge);
        if (signalled->Receiver != null)
            Count(Event.SignalledReceiver);
        Trap(Syscall.NBSend, _ways[way]);
    }

    private void SetTakes(bool takes)
    {
        UserInterruptUnit.TakesInterrupts = takes;
        _oracle.SetTakes(Current, takes);
        Note($"{Name(Current)} {(takes ? "unmasks" : "masks")}");
        Run();
    }

    /// <summary>Waits or polls, where that is no fault.</summary>
    private void Receive(Syscall call, int index)
    {
        Tcb* thread = Current;
        if (_random.Chance(60) && thread->ReceivedNotification != null)
            index = Array.FindIndex(_notifications, slot => _world.Slots[slot].Cap is { Type: CapType.Notification } own && own.Notification->Receiver == Current);
        if (index < 0 || _world.Slots[_notifications[index]].IsEmpty)
            return;
        Notification* notification = _living[index];
        if (notification->Thread != null && notification->Thread != thread)
            return;
        if (TrapAndAsk(call, _notifications[index], notification) != 0)
            Count(call == Syscall.NBRecv ? Event.PolledBits : Event.WaitedForNothing);
    }

    /// <summary>Receives from an endpoint, or sends to it.</summary>
    private void Exchange()
    {
        Tcb* thread = Current;
        if (thread == _world.State->Shared->RootThread)
            return;
        Syscall call = _random.Below(6) switch { 0 => Syscall.Call, 1 => Syscall.NBSend, 2 or 3 => Syscall.ReplyRecv, _ => Syscall.Recv };
        if (call is Syscall.Call or Syscall.NBSend)
            Trap(call, _endpoint);
        else if (TrapAndAsk(call, _endpoint, thread->BoundNotification) != 0)
            Count(Event.TookBound);
    }

    private void Register(int thread, int notification)
    {
        if (_world.Slots[_threads[thread]].IsEmpty)
            return;
        Tcb* receiver = _world.Slots[_threads[thread]].Cap.Thread;
        bool hasHandler = _random.Chance(75);
        ulong handler = hasHandler ? _random.Next() : 0, adjust = hasHandler ? _random.Next() : 0;
        bool isFree = receiver->ReceivedNotification == null;
        Trap(Syscall.Call, _threads[thread], InvocationLabel.TcbRegisterReceiver, hasHandler ? [handler, adjust] : [], [_notifications[notification]], answered: () =>
        {
            if (isFree && receiver->ReceivedNotification != null)
                _oracle.Registered(receiver, Canonical(handler), Canonical(adjust));
        });
    }

    private void Mint(int notification, int way)
    {
        int place = way % WayCount;
        ulong badge = place == SendingWays ? Bit(notification, 0) | Bit(notification, 1) : Bit(notification, place);
        Invoke(
            RootSlot.CNode, InvocationLabel.CNodeMint,
            [_ways[way], Limits.WordBits, _notifications[notification], Limits.WordBits, (ulong)CapRights.All, badge], RootSlot.CNode);
    }

    private void EndNotification(int notification)
    {
        Invoke(RootSlot.CNode, InvocationLabel.CNodeRevoke, [_notifications[notification], Limits.WordBits]);
        if (Current != null)
            Delete(_notifications[notification]);
    }

    private void MakeNotification()
    {
        int notification = _random.Below(NotificationCount);
        if (Invoke(_notificationMemory[notification], InvocationLabel.UntypedRetype, [(ulong)ObjectType.Notification, 0, 0, 0, _notifications[notification], 1], RootSlot.CNode))
        {
            for (int way = 0; way < WayCount; way++)
                Mint(notification, (notification * WayCount) + way);
        }
    }

    private void MakeThread(int i)
    {
        if (!Invoke(_threadMemory[i], InvocationLabel.UntypedRetype, [(ulong)ObjectType.Tcb, 0, 0, 0, _threads[i], 1], RootSlot.CNode))
            return;
        Invoke(_threads[i], InvocationLabel.TcbSetIpcBuffer, [0x1000], _buffers[i]);
        Invoke(_threads[i], InvocationLabel.TcbSetSpace, [0, Guard, 0], RootSlot.CNode, RootSlot.VSpace);
        Invoke(_threads[i], InvocationLabel.TcbSetPriority, [2], RootSlot.Tcb);
        Invoke(_threads[i], InvocationLabel.TcbResume, []);
    }

    private void Delete(ulong slot) => Invoke(RootSlot.CNode, InvocationLabel.CNodeDelete, [slot, Limits.WordBits]);

    private bool Invoke(ulong service, InvocationLabel label, ReadOnlySpan<ulong> words, params ReadOnlySpan<ulong> caps) =>
        Trap(Syscall.Call, service, label, words, caps) == SeL4Error.NoError;

    private ulong TrapAndAsk(Syscall call, ulong service, Notification* notification)
    {
        Tcb* thread = Current;
        ulong word = 0;
        Trap(call, service, answered: () => word = _oracle.Asked(thread, notification));
        return word;
    }

    private SeL4Error Trap(
        Syscall call, ulong service, InvocationLabel label = 0, ReadOnlySpan<ulong> words = default, ReadOnlySpan<ulong> caps = default, Action? answered = null)
    {
        Note($"{Name(Current)}: {call} {label} of {service} ({string.Join(',', caps.ToArray())})");
        bool hasAnswer = call == Syscall.Call && label != 0;
        SeL4Error error = _world.Trap(call, service, label, words, caps);
        if (hasAnswer && error == SeL4Error.NoError)
            Successes[label] = Successes.GetValueOrDefault(label) + 1;
        if (label == InvocationLabel.UntypedRetype)
            FindMade();
        answered?.Invoke();
        Left();
        return error;
    }

    private void FindMade()
    {
        for (int i = 1; i <= ThreadCount; i++)
        {
            ref Capability made = ref _world.Slots[_threads[i]].Cap;
            if (!_lives[i] && made.Type == CapType.Thread)
                _oracle.Made(made.Thread);
        }

        for (int i = 0; i < NotificationCount; i++)
        {
            if (_living[i] != null || _world.Slots[_notifications[i]].IsEmpty)
                continue;
            _living[i] = _world.Slots[_notifications[i]].Cap.Notification;
            _oracle.Made(_living[i]);
        }
    }

    /// <summary>The kernel was left: takes note of what it has done, and makes sure that all is well.</summary>
    private void Left()
    {
        Span<nint> living = stackalloc nint[ThreadCount + 1];
        int count = 0;
        for (int i = 0; i <= ThreadCount; i++)
        {
            ref Capability thread = ref _world.Slots[_threads[i]].Cap;
            _lives[i] = thread.Type == CapType.Thread;
            if (_lives[i])
                living[count++] = (nint)thread.Thread;
        }

        _oracle.Follow(living[..count]);
        for (int i = 0; i < NotificationCount; i++)
        {
            if (_living[i] == null || IsNamed(i))
                continue;
            _oracle.Gone(_living[i]);
            _living[i] = null;
        }

        Run();
    }

    /// <summary>Lets the current thread run for an instant: the processor delivers what it takes.</summary>
    private void Run()
    {
        _oracle.Check();
        if (Current == null || !UserInterruptUnit.TryDeliver(out int bit))
            return;
        Note($"{Name(Current)} is interrupted by {bit}");
        _oracle.Delivered(bit);
        Count(Event.Delivered);
        _oracle.Check();
    }

    private bool IsNamed(int notification)
    {
        bool isNamed = !_world.Slots[_notifications[notification]].IsEmpty;
        for (int i = 0; i < WayCount; i++)
            isNamed |= !_world.Slots[_ways[(notification * WayCount) + i]].IsEmpty;
        return isNamed;
    }

    /// <summary>Takes an interrupt, as <c>Traps</c> does if the processor does not.</summary>
    private void TakeInterrupt()
    {
        byte vector = _random.Chance(50) ? LocalApic.Sent.Min : LocalApic.Sent.Max;
        LocalApic.Sent.Remove(vector);
        Note($"interrupt {vector}");
        if (Current != null && UserInterruptUnit.TryNotify(vector))
        {
            Count(Event.Notified);
            Run();
            return;
        }

        Enter();
        LocalApic.EndInterrupt();
        if (vector == LocalApic.WakeUpVector)
            UserInterruptController.WakeWaiters(_world.State);
        Count(vector == LocalApic.WakeUpVector ? Event.WakeUp : Event.NotifiedNobody);
        Leave();
    }

    private void Tick()
    {
        if (Current == null)
            return;
        Note("tick");
        Enter();
        Kernel<MetalMachine>.HandleTick(_world.State);
        Count(Event.Tick);
        Leave();
    }

    /// <summary>Nobody runs: an interrupt comes, that of a post or a device's.</summary>
    private void Interrupt()
    {
        Count(Event.NobodyRan);
        if (LocalApic.Sent.Count != 0)
        {
            TakeInterrupt();
            return;
        }

        int index = _random.Below(NotificationCount);
        ulong way = _ways[(index * WayCount) + _random.Below(WayCount)], slot = _world.Slots[way].IsEmpty ? _notifications[index] : way;
        if (_world.Slots[slot].IsEmpty)
            return;
        Note($"a device signals {slot}");
        _oracle.Signalled(_living[index], _world.Slots[slot].Cap.Badge);
        Kernel<MetalMachine>.HandleInterrupt(_world.State, _world.Slots[slot].Cap);
        Leave();
    }

    private void Enter()
    {
        if (Current != null)
            Current->FaultIP = Current->Context.Rip;
    }

    private void Leave()
    {
        _world.Resume();
        Left();
    }

    private static ulong Bit(int notification, int place) => 1UL << (place == 0 ? notification : place == 1 ? 63 - notification : (8 * place) + notification);

    private static ulong Canonical(ulong address) => (ulong)((long)address << 16 >> 16);

    private static void Require(bool holds, string message)
    {
        if (!holds)
            throw new InvalidOperationException(message);
    }

    private void Count(Event what) => Counts[what] = Counts.GetValueOrDefault(what) + 1;

    private int NumberOf(Tcb* thread) => Array.FindIndex(_threads, slot => _world.Slots[slot].Cap.Type == CapType.Thread && _world.Slots[slot].Cap.Thread == thread);

    private string Name(Tcb* thread) => thread == null ? "nobody" : $"thread {NumberOf(thread)}";

    private void Note(string what)
    {
        if (_history.Count == HistoryLength)
            _history.Dequeue();
        _history.Enqueue(what);
    }
}
