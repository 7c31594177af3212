using Rel4.Abi;
using Rel4.Hosted.TaskSide;
using Rel4.Hosted.Tests.UserInterrupts;
using Rel4.Kernel;
using Rel4.Runtime;
using ThreadState = Rel4.Kernel.ThreadState;

namespace Rel4.Hosted.Tests.Lanes;

/// <summary>Is a client, a server and a third thread, with one endpoint between them, in a kernel with lanes or without.</summary>
/// <remarks>The kernel does not gather threads, so it takes no lane back because its threads rest.</remarks>
internal sealed unsafe class TalkingThreads : IDisposable
{
    private const ulong ClientBadge = 7, OtherBadge = 8, SecondBadge = 17, ElsewhereBadge = 18, SignalBadge = 32;
    private const byte Depth = 64;
    private const int WordsInRegisters = 4;

    /// <summary>What senders say of capabilities that came as badges, and nobody is told.</summary>
    private const uint Claimed = 5;

    /// <summary>A slot that nothing else is put into.</summary>
    private const ulong Saved = 60_000;

    /// <summary>Slots that the first capability goes into that a client or a server receives.</summary>
    private const ulong ClientsReceived = 60_001, ServersReceived = 60_002;

    private readonly InProcessKernel _kernel;
    private readonly bool _hasLanes;
    private readonly ulong _notification;
    private readonly ulong _signal;
    private readonly ulong _others;
    private readonly ulong _second;
    private readonly ulong _elsewhere;
    private readonly ulong _toElsewhere;
    private readonly ManualResetEventSlim _mayReply = new();
    private readonly List<string> _log = [];
    private readonly List<string> _serversLog = [];
    private readonly Task<bool> _serving;
    private ulong _capability;
    private bool _hasRestarted;

    public TalkingThreads(bool hasLanes)
    {
        _hasLanes = hasLanes;
        _kernel = new InProcessKernel(new HostedKernelOptions(Placement: KernelPlacement.Spread) { HasLanes = hasLanes });
        Endpoint = _kernel.Make(ObjectType.Endpoint);
        _notification = _kernel.Make(ObjectType.Notification);
        _capability = _kernel.Mint(Endpoint, ClientBadge);
        _others = _kernel.Mint(Endpoint, OtherBadge);
        _second = _kernel.Mint(Endpoint, SecondBadge);
        _elsewhere = _kernel.Make(ObjectType.Endpoint);
        _toElsewhere = _kernel.Mint(_elsewhere, ElsewhereBadge);
        _signal = _kernel.Mint(_notification, SignalBadge);
        Client = _kernel.StartThread();
        Server = _kernel.StartThread();
        Other = _kernel.StartThread();
        Client.Do(() => SeL4.SetCapReceivePath(RootSlot.CNode, ClientsReceived, Depth));
        Server.Do(() => SeL4.SetCapReceivePath(RootSlot.CNode, ServersReceived, Depth));
        _serving = Server.Begin(Serve);
    }

    public TaskOnThread Client { get; }

    public TaskOnThread Server { get; }

    public TaskOnThread Other { get; }

    public ulong Endpoint { get; }

    public InProcessKernel Kernel => _kernel;

    /// <summary>Gets what the callers have seen, in order, and then what the server has.</summary>
    public IReadOnlyList<string> Log => [.. _log, .. _serversLog];

    /// <summary>Gets how many calls the client has made past the kernel.</summary>
    public int CallsInLane { get; private set; }

    /// <summary>Gets or sets whether the server takes what does not come from the third thread for <see cref="Deed.Echo"/>, and keeps no log.</summary>
    public bool IsCareful { get; set; }

    /// <summary>Gets whether the server has begun to scribble.</summary>
    public volatile bool HasScribbled;

    /// <summary>Gets the capability that the client calls through.</summary>
    public ulong Capability => _capability;

    /// <summary>Gets the capability that the third thread calls through.</summary>
    public ulong OthersCapability => _others;

    /// <summary>Gets an endpoint at which nobody waits by itself.</summary>
    public ulong Elsewhere => _elsewhere;

    /// <summary>Gets what the server does until it ends.</summary>
    public Task<bool> Serving => _serving;

    /// <summary>Gets the server's side of its system calls.</summary>
    public TaskThread ServersSide { get; private set; } = null!;

    /// <summary>Gets whether the server has begun to hold a call.</summary>
    public volatile bool Holds;

    /// <summary>Lets the client call until its lane is open, if there are lanes; nobody takes notes. A loaded machine brings a lane's page late.</summary>
    public void WarmUp()
    {
        int before = CallsInLane;
        for (int i = 0; i < 100; i++)
            Rehearse();
        if (_hasLanes)
            Eventually.Holds(() => CallsInLane > before || Rehearse(), "the lane opens");
    }

    /// <summary>Lets a server go on that holds a call.</summary>
    public void LetReply() => _mayReply.Set();

    /// <summary>Lets the client call, and notes what comes of it.</summary>
    public void Call(Deed deed, params ulong[] words) => Note($"client: {Client.Do(() => CallFrom(_capability, deed, words))}");

    /// <summary>Begins a call of the client's.</summary>
    public Task<string> BeginCall(Deed deed, params ulong[] words) => Client.Begin(() => CallFrom(_capability, deed, words));

    /// <summary>Lets the client call by another capability for the same endpoint.</summary>
    public void CallBySecond(Deed deed, params ulong[] words) => Note($"client by another: {Client.Do(() => CallFrom(_second, deed, words))}");

    /// <summary>Lets the client send a capability with its call.</summary>
    public void CallWithCapability() => Note($"client: {Client.Do(() => CallFrom(_capability, Deed.Echo, [], [_notification]))}");

    /// <summary>Lets the client call another server.</summary>
    public void CallElsewhere(params ulong[] words)
    {
        ServeElsewhere();
        Note($"client elsewhere: {Client.Do(() => CallFrom(_toElsewhere, Deed.Echo, words))}");
    }

    /// <summary>Notes the registers of the server, which waits.</summary>
    public void ReadServer()
    {
        UserContext registers;
        InProcessKernel.Check(SeL4.TCB_ReadRegisters(Server.Tcb, false, 0, UserContext.Count, &registers));
        Note($"server at {registers.Rip:x}: {registers.Rdx} {registers.Rdi} {registers.Rsi} [{registers.R10} {registers.R8} {registers.R9} {registers.R15}]");
    }

    /// <summary>Binds the notification to the server.</summary>
    public void Bind() => InProcessKernel.Check(SeL4.TCB_BindNotification(Server.Tcb, _notification));

    /// <summary>Lets the third thread call.</summary>
    public void CallFromOther(params ulong[] words) => Note($"other: {Other.Do(() => CallFrom(_others, Deed.Echo, words))}");

    /// <summary>Gives the client a capability with another badge in the place of its own.</summary>
    public void ChangeBadge(ulong badge)
    {
        _kernel.Delete(_capability);
        _capability = _kernel.Mint(Endpoint, badge);
    }

    public void Note(string what) => _log.Add(what);

    public void End()
    {
        if (_serving.IsCompleted)
            return;
        CallFromOtherToEnd();
        Eventually.Ends(_serving);
    }

    public void Dispose()
    {
        _kernel.Dispose();
        _mayReply.Dispose();
    }

    private bool Rehearse()
    {
        Client.Do(() => CallFrom(_capability, Deed.Rehearse, []));
        return false;
    }

    /// <summary>Has the third thread answer one call at the other endpoint.</summary>
    private void ServeElsewhere() => _ = Other.Begin(() =>
    {
        MessageInfo message = SeL4.Recv(_elsewhere, out ulong badge);
        _serversLog.Add($"elsewhere: {Describe(message, badge)}");
        SeL4.Reply(Answer(message.Length));
        return true;
    });

    private void CallFromOtherToEnd() => Other.Do(() => CallFrom(_others, Deed.End, []));

    private string CallFrom(ulong capability, Deed deed, ulong[] words, ulong[]? capabilities = null)
    {
        for (int i = 0; i < words.Length; i++)
            SeL4.SetMR(i, words[i]);
        for (int i = 0; i < capabilities?.Length; i++)
            SeL4.SetCap(i, capabilities[i]);
        try
        {
            ulong before = TaskThread.Current!.Page->Request;
            bool wasOpen = new LaneWord(TaskThread.Current.Page->Lane).State == LaneState.Idle;
            MessageInfo answer = SeL4.Call(capability, new MessageInfo((ulong)deed, Claimed, (uint)(capabilities?.Length ?? 0), (uint)words.Length));
            if (wasOpen && new LaneWord(TaskThread.Current.Page->Lane) is { State: LaneState.Idle } word && word.Number == before + 1)
                CallsInLane++;
            return Describe(answer, badge: 0);
        }
        catch (ReplyAbandonedException)
        {
            return "abandoned";
        }
    }

    private static string Describe(MessageInfo message, ulong badge)
    {
        string words = string.Join(' ', Words(0, (int)message.Length)), own = string.Join(' ', Words((int)message.Length, WordsInRegisters));
        return $"badge {badge} label {message.Label} caps {message.ExtraCaps} unwrapped {message.CapsUnwrapped} [{words}] own [{own}]";

        static IEnumerable<ulong> Words(int from, int to) => Enumerable.Range(from, Math.Max(0, to - from)).Select(SeL4.GetMR);
    }

    private bool Serve()
    {
        ServersSide = TaskThread.Current!;
        MessageInfo message = SeL4.Recv(Endpoint, out ulong badge);
        while (true)
        {
            if ((Deed)message.Label == Deed.Rehearse)
            {
                message = SeL4.ReplyRecv(Endpoint, default, out badge);
                continue;
            }

            if (IsCareful && badge != OtherBadge)
            {
                message = SeL4.ReplyRecv(Endpoint, Answer(message.Length), out badge);
                continue;
            }

            _serversLog.Add($"server: {Describe(message, badge)}");
            var deed = (Deed)message.Label;
            if (deed == Deed.End)
            {
                SeL4.Reply(default);
                return true;
            }

            message = Do(deed, message.Length, out badge);
        }
    }

    private MessageInfo Do(Deed deed, uint length, out ulong badge)
    {
        string mine = Describe(new MessageInfo((ulong)deed, 0, 0, length), 0);
        switch (deed)
        {
            case Deed.Signal:
                SeL4.Signal(_notification);
                break;
            case Deed.ReplyThenReceive:
                SeL4.Reply(Answer(length));
                return SeL4.Recv(Endpoint, out badge);
            case Deed.ReplySaved:
                InProcessKernel.Check(SeL4.CNode_SaveCaller(RootSlot.CNode, Saved, Depth));
                break;
            case Deed.Drop:
                return SeL4.Recv(Endpoint, out badge);
            case Deed.ReplyWithCapability:
                SeL4.SetCap(0, _notification);
                return SeL4.ReplyRecv(Endpoint, new MessageInfo((ulong)deed, 0, 1, Answer(length).Length), out badge);
            case Deed.Revoke:
                InProcessKernel.Check(SeL4.CNode_Delete(RootSlot.CNode, _capability, Depth));
                InProcessKernel.Check(SeL4.CNode_Mint(RootSlot.CNode, _capability, Depth, RootSlot.CNode, Endpoint, Depth, CapRights.All, 9));
                break;
            case Deed.CallElsewhere:
                ServeElsewhere();
                SeL4.Call(_toElsewhere, Answer(length));
                break;
            case Deed.ReceiveElsewhere:
                _ = Other.Begin(() =>
                {
                    SeL4.SetMR(0, 1);
                    SeL4.Send(_toElsewhere, new MessageInfo((ulong)Deed.Echo, 0, 0, 1));
                    return true;
                });
                _serversLog.Add($"server elsewhere: {Describe(SeL4.ReplyRecv(_elsewhere, Answer(length), out badge), badge)}");
                return SeL4.Recv(Endpoint, out badge);
            case Deed.Bind:
                InProcessKernel.Check(SeL4.TCB_BindNotification(Server.Tcb, _notification));
                Other.Do(() => SeL4.Signal(_signal));
                _serversLog.Add($"server signalled: {Describe(SeL4.ReplyRecv(Endpoint, Answer(length), out badge), badge)}");
                InProcessKernel.Check(SeL4.TCB_UnbindNotification(Server.Tcb));
                return SeL4.Recv(Endpoint, out badge);
            case Deed.Hold:
                Holds = true;
                _mayReply.Wait();
                break;
            case Deed.RestartCaller when !_hasRestarted:
                InProcessKernel.Check(SeL4.TCB_Suspend(Client.Tcb));
                InProcessKernel.Check(SeL4.TCB_Resume(Client.Tcb));
                break;
            case Deed.SendPast:
                Other.Do(() => SeL4.NBSend(_others, new MessageInfo((ulong)Deed.Echo, 0, 0, 1)));
                break;
            case Deed.QueueAnother:
                _ = Other.Begin(() =>
                {
                    SeL4.SetMR(0, 1);
                    SeL4.Send(_others, new MessageInfo((ulong)Deed.Echo, 0, 0, 1));
                    return true;
                });
                Eventually.Holds(() => IsQueued(Other), "the other thread's message is queued");
                break;
            case Deed.Scribble:
                HasScribbled = true;
                Scribbler.Scribble(TaskThread.Current!, new Random((int)SeL4.GetMR(0)), times: 2000);
                break;
            case Deed.Look:
                IsQueued(Other);
                break;
        }

        _hasRestarted = deed == Deed.RestartCaller && !_hasRestarted;
        _serversLog.Add($"server again: {Describe(new MessageInfo((ulong)deed, 0, 0, length), 0) == mine}");
        MessageInfo answer = Answer(length);
        if (deed != Deed.ReplySaved)
            return SeL4.ReplyRecv(Endpoint, answer, out badge);
        SeL4.Send(Saved, answer);
        return SeL4.Recv(Endpoint, out badge);
    }

    private static MessageInfo Answer(uint length)
    {
        for (int i = 0; i < length; i++)
            SeL4.SetMR(i, SeL4.GetMR(i) + 1);
        return new MessageInfo(3, Claimed, 0, length);
    }

    /// <summary>Tells whether a thread waits to send.</summary>
    private bool IsQueued(TaskOnThread thread)
    {
        bool isQueued = false;
        _kernel.Inspect(kernel =>
        {
            Slot* slot = CSpace.LookupSlot(kernel->Shared->RootThread, thread.Tcb);
            isQueued = slot->Cap.Thread->State == ThreadState.BlockedOnSend;
        });
        return isQueued;
    }
}
