using Rel4.Kernel;

namespace Rel4.Kernel.Tests;

/// <summary>Lets several threads, who may do much, make random system calls until none of them can.</summary>
/// <remarks>Many of the calls are nearly right, or few would get past the first check.</remarks>
internal sealed unsafe class GarbageEpisode : IDisposable
{
    private const int ActorCount = 5;
    private const ulong OwnCSpace = 1;
    private const ulong ReceiveSlot = 60;

    private static readonly ulong[] s_labels = [.. Enum.GetValues<InvocationLabel>().Select(label => (ulong)label)];

    private readonly List<StoryThread> _actors = [];
    private SplitMix _random;
    private CPtr _faultHandler;

    public GarbageEpisode(ulong seed)
    {
        _random = new SplitMix(seed);
        World = new World(new SimOptions(MemoryBits: 18, RootCNodeBits: 7, Senders: 12));
        StoryObject[] shared =
        [
            World.Endpoint(), World.Endpoint(), World.Notification(), World.Notification(),
            World.CNode(3), World.Untyped(13), World.Untyped(12), World.Frame(),
        ];
        for (int i = 0; i < ActorCount; i++)
            _actors.Add(MakeActor(i, shared));
        World.Root.ReceivesCapsAt(RootSlot.CNode, World.FreeSlot());
    }

    public World World { get; }

    public void Dispose() => World.Dispose();

    /// <summary>Takes one step.</summary>
    /// <returns>False if no thread can act any more.</returns>
    public bool Step()
    {
        Tcb* thread = Choose();
        if (thread == null)
            return false;
        if (thread == World.Root.Tcb)
        {
            Supervise();
            return true;
        }

        SimKernel kernel = World.Kernel;
        switch (_random.Below(100))
        {
            case < 2:
                kernel.Tick();
                break;
            case < 4:
                _ = kernel.Post(thread, new SenderHandle((ushort)_random.Below(3), (ulong)_random.Below(20)));
                break;
            case < 5:
                kernel.RaiseFault(thread, Fault.UserException(13, _random.Next()));
                break;
            case < 7:
                kernel.PreemptAt((ulong)_random.Below(3));
                break;
            default:
                WriteCall(thread);
                kernel.Trap(thread);
                break;
        }

        return true;
    }

    private StoryThread MakeActor(int number, StoryObject[] shared)
    {
        StoryThread thread = World.Thread($"thread {number}", 50 + (10 * (number / 2)));
        thread.GivenOwnCSpace();
        foreach (StoryObject common in shared)
        {
            CapType type = common.Slot->Cap.Type;
            if (type == CapType.Untyped && number != (int)(common.Original.Value % 2))
                continue;
            CPtr all = thread.Given(common);
            if (type == CapType.Endpoint)
                _faultHandler = all;
            if (type is CapType.Endpoint or CapType.Notification)
            {
                thread.Given(common, badge: 1UL << number);
                thread.Given(common, CapRights.Write | CapRights.GrantReply, badge: (ulong)number + 1);
                thread.Given(common, CapRights.Read);
            }
        }

        thread.Given(RootSlot.VSpace);
        thread.Given(thread);
        foreach (StoryThread other in _actors)
            thread.Given(other);
        thread.ReceivesCapsAt(OwnCSpace, ReceiveSlot);
        thread.FaultsTo(_faultHandler);
        return thread;
    }

    /// <summary>Chooses a thread that can run; sometimes, and if no other can, the root thread.</summary>
    private Tcb* Choose()
    {
        int first = _random.Below(ActorCount);
        for (int i = 0; i < ActorCount && !_random.Chance(5); i++)
        {
            Tcb* thread = _actors[(first + i) % ActorCount].Tcb;
            if (thread->IsRunnable)
                return thread;
        }

        return World.Root.Tcb->IsRunnable ? World.Root.Tcb : null;
    }

    /// <summary>Lets the root thread set one of the others going again, or, in the end, do what they do.</summary>
    private void Supervise()
    {
        StoryThread actor = _actors[_random.Below(ActorCount)];
        Tcb* root = World.Root.Tcb;
        int choice = _random.Below(1000);
        if (choice == 0)
        {
            WriteCall(root);
            World.Kernel.Trap(root);
        }
        else if (choice < 500)
        {
            World.Kernel.Trap(root, Syscall.Call, actor.Original.Value, new MessageInfo((ulong)InvocationLabel.TcbResume, 0, 0, 0));
        }
        else
        {
            RestoreSpace(root, actor);
        }
    }

    private void RestoreSpace(Tcb* root, StoryThread actor)
    {
        IpcBuffer* buffer = Message.Buffer(root, CapRights.ReadWrite);
        if (buffer == null)
            return;
        root->Context.R10 = _faultHandler.Value;
        root->Context.R8 = actor.CSpaceData;
        root->Context.R9 = 0;
        buffer->CapsOrBadges[0] = actor.CSpace.Value;
        buffer->CapsOrBadges[1] = RootSlot.VSpace;
        World.Kernel.Trap(root, Syscall.Call, actor.Original.Value, new MessageInfo((ulong)InvocationLabel.TcbSetSpace, 0, 2, 3));
    }

    private void WriteCall(Tcb* thread)
    {
        ref UserContext registers = ref thread->Context;
        if (_random.Chance(3))
        {
            WriteNoise(ref registers, Message.Buffer(thread, CapRights.ReadWrite));
            return;
        }

        var number = (Syscall)(-1 - _random.Below(8));
        number = _random.Chance(50) ? Syscall.Call : number;
        ulong label = s_labels[_random.Below(s_labels.Length)];
        registers.Rdx = _random.Chance(99) ? (ulong)number : _random.Next();
        registers.Rdi = _random.Chance(90) ? Find(thread, ServiceOf(number, label)) : Word();
        uint length = (uint)(_random.Chance(90) ? _random.Below(5) + 4 : _random.Below(128));
        registers.Rsi = _random.Chance(98) ? new MessageInfo(label, 0, (uint)_random.Below(4), length).Raw : _random.Next();
        registers.R10 = Word();
        registers.R8 = DepthOrWord();
        registers.R9 = Word();
        registers.R15 = DepthOrWord();
        IpcBuffer* buffer = Message.Buffer(thread, CapRights.ReadWrite);
        if (buffer == null)
            return;
        for (int i = Limits.MessageRegisters; i < 10; i++)
            buffer->Message[i] = Word();
        for (int i = 0; i < Limits.ExtraCaps; i++)
            buffer->CapsOrBadges[i] = _random.Chance(80) ? Find(thread, ArgumentOf(label, i)) : Word();
        buffer->ReceiveCNode = OwnCSpace;
        buffer->ReceiveIndex = _random.Chance(80) ? ReceiveSlot : Word();
        buffer->ReceiveDepth = DepthOrWord();
    }

    private void WriteNoise(ref UserContext registers, IpcBuffer* buffer)
    {
        fixed (ulong* words = &registers.Rip)
        {
            for (int i = 0; i < UserContext.Count; i++)
                words[i] = _random.Next();
        }

        registers.Rdx = (ulong)(-1L - _random.Below(8));
        for (int i = 0; i < IpcBuffer.Size / sizeof(ulong) && buffer != null; i++)
            ((ulong*)buffer)[i] = _random.Next();
    }

    /// <summary>Tells what is invoked with a label or system call; anything, if it does not matter.</summary>
    private CapType ServiceOf(Syscall number, ulong label)
    {
        if (number != Syscall.Call)
            return _random.Chance(60) ? CapType.Endpoint : CapType.Notification;
        return (InvocationLabel)label switch
        {
            InvocationLabel.Invalid => CapType.Endpoint,
            InvocationLabel.UntypedRetype => CapType.Untyped,
            <= InvocationLabel.TcbUnbindNotification => CapType.Thread,
            <= InvocationLabel.CNodeSaveCaller => CapType.CNode,
            _ => CapType.Notification,
        };
    }

    private static CapType ArgumentOf(ulong label, int index) => (InvocationLabel)label switch
    {
        InvocationLabel.TcbConfigure or InvocationLabel.TcbSetSpace =>
            index switch { 0 => CapType.CNode, 1 => CapType.VSpace, _ => CapType.Frame },
        InvocationLabel.TcbSetIpcBuffer => CapType.Frame,
        InvocationLabel.TcbBindNotification => CapType.Notification,
        InvocationLabel.NotificationRegisterReceiver => CapType.Thread,
        >= InvocationLabel.TcbCopyRegisters and <= InvocationLabel.TcbSetSchedParams => CapType.Thread,
        _ => CapType.CNode,
    };

    /// <summary>Finds a slot of a thread's CSpace with a capability of a type, beginning anywhere.</summary>
    private ulong Find(Tcb* thread, CapType type)
    {
        ref readonly Capability cspace = ref thread->CSpaceRoot.Cap;
        if (type == CapType.CNode && _random.Chance(60))
            return OwnCSpace;
        int count = cspace.Type == CapType.CNode ? 1 << cspace.Bits : 0, first = _random.Below(64);
        for (int i = 0; i < count; i++)
        {
            int slot = (first + i) % count;
            if (cspace.Slots[slot].Cap.Type == type)
                return (ulong)slot;
        }

        return Word();
    }

    private ulong DepthOrWord() => _random.Chance(70) ? Limits.WordBits : Word();

    private ulong Word() => _random.Below(10) switch
    {
        < 7 => (ulong)_random.Below(64),
        7 => 1UL << _random.Below(64),
        8 => (ulong)_random.Below(256),
        _ => _random.Next(),
    };
}
