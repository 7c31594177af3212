using System.Diagnostics;
using Rel4.Abi;
using Rel4.Hosted.Linux;
using Rel4.Kernel;
using ThreadState = Rel4.Kernel.ThreadState;

namespace Rel4.Hosted.Kernel;

/// <summary>Opens lanes between threads that talk often, and takes them back before the core looks at what goes on in them.</summary>
/// <remarks>
/// A client that calls and a server that replies and receives, again and again through the same capabilities with nobody between, get a page of
/// their own (<see cref="LanePage"/>) and hand over without the kernel. While a lane is open, the core has the server wait at the endpoint, alone, and the client
/// run, as they were when it opened; what they did since is made up for when it is closed. So the core must not touch them, their endpoint or capabilities
/// while it is open:
/// <see cref="MakeWay"/> closes first whatever a system call could touch. A thread has one end of one lane at most. The protocol is <c>spec/protocols/lane.pml</c>.
/// Allocates only when a lane is made.
/// </remarks>
/// <param name="state">The kernel's.</param>
/// <param name="population">Its threads.</param>
/// <param name="budget">What the clients' processes have left for pages.</param>
/// <param name="placement">Where threads are gathered.</param>
/// <param name="areWanted">Whether there are lanes.</param>
internal sealed unsafe class Lanes(KernelState* state, Population population, Budget budget, Placement placement, bool areWanted)
{
    /// <summary>Calls in a row after which two threads get a page.</summary>
    public const int CallsForPage = 64;

    /// <summary>Calls in a row after which a lane with a page opens.</summary>
    public const int CallsToOpen = 4;

    /// <summary>Lanes of a process' clients that are open at once. Whoever has all closed has not opened them, so nobody has many.</summary>
    public const int MostOfProcess = 16;

    /// <summary>While the page is sent.</summary>
    private static readonly Cost s_pageCost = new(descriptors: 1);

    private readonly bool _areWanted = areWanted && Futex.CanWaitForEither;
    private readonly List<Lane> _open = [];
    private uint _lastNumber;

    /// <summary>Finds the thread that waits for a thread's reply by a Call, if that thread is about to reply to it and receive again.</summary>
    public HostedThread? CallerOf(HostedThread server)
    {
        if (!_areWanted || (Syscall)server.Tcb->Context.Rdx != Syscall.ReplyRecv || server.Tcb->Caller.IsEmpty)
            return null;
        Tcb* caller = server.Tcb->Caller.Cap.Thread;
        return caller->Fault.Type == FaultType.None ? population.ThreadOf(caller) : null;
    }

    /// <summary>Counts a reply, after which the server receives.</summary>
    public void Replied(HostedThread server, HostedThread client)
    {
        bool isPlain = server.Tcb->State == ThreadState.BlockedOnReceive && client.Tcb->State == ThreadState.Running
            && client.Call.Number == Syscall.Call && server.Partner == client && client.Partner == server;
        server.Partner = client;
        client.Partner = server;
        server.CallsInRow = isPlain ? server.CallsInRow + 1 : 0;

        // Once it is open the kernel sees no call of theirs, by which it could gather one that is not yet.
        client.MayGetLane = placement.IsSettled(client) && placement.IsSettled(server)
            && server.CallsInRow >= (HasLane(client, server) ? CallsToOpen : CallsForPage);
    }

    /// <summary>Opens the lane of a thread whose call is about to be answered, if all is plain, or gives it one.</summary>
    /// <returns>Whether it is open now: the thread's answer is not written yet.</returns>
    public bool TryOpen(HostedThread client)
    {
        client.MayGetLane = false;
        HostedThread server = client.Partner!;
        if (population.Thread(server.Number) != server || server.Partner != client || server.Lane is { IsOpen: true })
            return false;
        bool hasLane = HasLane(client, server);
        if (hasLane && HasTaken(client) && HasTaken(server))
            MakeRoom(client.Payer);
        else if (hasLane)
            return false;
        if (!IsPlain(client, server, out ulong badge))
            return false;
        if (hasLane)
        {
            Open(client.Lane!, badge);
        }
        else
        {
            GivePage(client, server);
            server.CallsInRow = 0;
        }

        return hasLane;
    }

    /// <summary>Closes what a system call could touch.</summary>
    public void MakeWay(HostedThread caller)
    {
        if (_open.Count == 0)
            return;
        CloseOf(caller);
        ref UserContext context = ref caller.Tcb->Context;
        Slot* slot = CSpace.LookupSlot(caller.Tcb, context.Rdi);
        switch ((Syscall)context.Rdx)
        {
            case Syscall.Reply or Syscall.Yield:
                return;
            case Syscall.Call or Syscall.Send or Syscall.NBSend or Syscall.Recv or Syscall.NBRecv or Syscall.ReplyRecv
                when slot != null && IsBeside(slot->Cap, (Syscall)context.Rdx):
                CloseAt(slot->Cap);
                if (CSpace.LookupSlot(caller.Tcb, caller.Tcb->FaultHandler) is var handler && handler != null)
                    CloseAt(handler->Cap);
                return;
            default:
                CloseAll();
                return;
        }
    }

    /// <summary>Closes the lane of a thread, if it is open.</summary>
    public void CloseOf(HostedThread thread)
    {
        if (thread.Lane is { IsOpen: true } lane)
            Close(lane);
    }

    /// <summary>Closes all, for what could touch any.</summary>
    public void CloseAll()
    {
        while (_open.Count > 0)
            Close(_open[^1]);
    }

    /// <summary>Closes those of gathered threads that take long over their calls, so that they are released; the others have been at it.</summary>
    public void CloseSlow()
    {
        for (int i = _open.Count - 1; i >= 0; i--)
        {
            if (!TakePace(_open[i]))
                Close(_open[i]);
        }
    }

    /// <summary>Closes the lane whose server waits at an endpoint, if that is what a capability stands for.</summary>
    private void CloseAt(in Capability capability)
    {
        if (capability.Type != CapType.Endpoint)
            return;
        Endpoint* endpoint = capability.Endpoint;
        if (endpoint->State == EndpointState.Receive && population.ThreadOf(endpoint->Queue.Head) is { } receiver)
            CloseOf(receiver);
    }

    /// <summary>Looks how many calls there have been since the last look. Gathered threads that make them quickly have been answered just now.</summary>
    /// <returns>False if they take long over them.</returns>
    private bool TakePace(Lane lane)
    {
        if (lane.Client.GatheredId == 0 && lane.Server.GatheredId == 0)
            return true;
        long now = Stopwatch.GetTimestamp();
        uint number = new LaneWord(Volatile.Read(ref lane.Client.Page->Lane)).Number;
        bool isQuick = (number - lane.LastSeen) * placement.ShortPause >= Stopwatch.GetElapsedTime(lane.LookedAt, now);
        if (isQuick)
            lane.Client.AnsweredAt = lane.Server.AnsweredAt = now;
        (lane.LastSeen, lane.LookedAt) = (number, now);
        return isQuick;
    }

    /// <summary>Closes the lane of a process, or of one that it had attached, that has been open for longest, if they have as many as one may.</summary>
    private void MakeRoom(HostedProcess payer)
    {
        Lane? eldest = null;
        int count = 0;
        foreach (Lane lane in _open)
        {
            if (lane.Client.Payer != payer)
                continue;
            eldest ??= lane;
            count++;
        }

        if (count == MostOfProcess)
            Close(eldest!);
    }

    private static bool HasLane(HostedThread client, HostedThread server) => client.Lane is { } lane && lane.Client == client && lane.Server == server;

    private static bool HasTaken(HostedThread thread) => Volatile.Read(ref thread.Page->LaneTaken) == thread.LaneNumber;

    /// <summary>Tells whether a system call touches nothing but the endpoint or notification that it names, and threads that wait there.</summary>
    private static bool IsBeside(in Capability capability, Syscall number) => capability.Type switch
    {
        CapType.Endpoint => true,
        // A server with a lane has no notification bound. A Call may be a method.
        CapType.Notification => number != Syscall.Call,
        // Whoever waits for a reply has no open lane.
        CapType.Reply => true,
        _ => false,
    };

    /// <summary>Tells whether a lane may open: nothing but the two threads' next call can happen at the endpoint without the kernel.</summary>
    private bool IsPlain(HostedThread client, HostedThread server, out ulong badge)
    {
        badge = 0;
        Slot* sends = CSpace.LookupSlot(client.Tcb, client.Call.Capability);
        Slot* receives = CSpace.LookupSlot(server.Tcb, server.Call.Capability);
        if (sends == null || receives == null || client.Status != TrapStatus.Completed || client.Process.IsDead || server.Process.IsDead)
            return false;
        ref readonly Capability sending = ref sends->Cap, receiving = ref receives->Cap;
        badge = sending.Badge;
        Endpoint* endpoint = sending.Endpoint;
        return sending.Type == CapType.Endpoint && sending.Has(CapRights.Write) && (sending.Rights & (CapRights.Grant | CapRights.GrantReply)) != 0
            && receiving.Type == CapType.Endpoint && receiving.Has(CapRights.Read) && receiving.Address == endpoint
            && server.Tcb->State == ThreadState.BlockedOnReceive && server.Tcb->BlockedOn == endpoint
            && endpoint->Queue.Head == server.Tcb && endpoint->Queue.Tail == server.Tcb
            && server.Call.Number == Syscall.ReplyRecv && server.Tcb->BoundNotification == null
            && HasOwnBuffer(client) && HasOwnBuffer(server);
    }

    /// <summary>Tells whether a thread's IPC buffer is in its trap page.</summary>
    private static bool HasOwnBuffer(HostedThread thread) => Message.Buffer(thread.Tcb, CapRights.ReadWrite) == &thread.Page->Buffer;

    /// <summary>Makes a page and sends it to both; the kernel keeps nothing of it.</summary>
    private void GivePage(HostedThread client, HostedThread server)
    {
        // One at a time, so that none is left behind that nobody takes.
        if (!HasTaken(client) || !HasTaken(server) || client == server || !budget.HasRoom(client.Process, BudgetUse.Extra, s_pageCost))
            return;
        int file = Memory.TryCreateFile("rel4-lane", LanePage.Size);
        if (file >= 0)
        {
            // What one of them did to the file would be done to the other: it could not be mapped any more.
            _ = Memory.TryAddSeals(file, Memory.Seals.Seal);
            client.Lane?.Detach();
            server.Lane?.Detach();
            client.Lane = server.Lane = new Lane(client, server);
            Send(client, file);
            Send(server, file);
            _ = Descriptors.Close(file);
        }
    }

    private void Send(HostedThread thread, int file)
    {
        // If it does not come, the thread will not have taken it, and gets no other.
        thread.LaneNumber = ++_lastNumber;
        if (DescriptorSocket.TrySend(thread.Process.Socket, new TaskMessage { Kind = TaskMessageKind.Lane, Number = thread.LaneNumber }, file))
            Volatile.Write(ref thread.Page->LaneGiven, thread.LaneNumber);
    }

    private void Open(Lane lane, ulong badge)
    {
        HostedThread client = lane.Client, server = lane.Server;
        lane.IsOpen = true;
        lane.Badge = badge;
        lane.ReplyRights = (CapRights)(server.Tcb->BlockedFlags & BlockingFlags.Grant);
        (lane.LastSeen, lane.LookedAt) = (client.Request, Stopwatch.GetTimestamp());
        _open.Add(lane);
        server.Page->LaneCapability = server.Call.Capability;
        server.Page->LaneBadge = badge;
        client.Page->LaneCapability = client.Call.Capability;

        // Nobody looks at them from now on.
        Volatile.Write(ref server.Page->Polled, 0);
        Volatile.Write(ref client.Page->Polled, 0);
        Volatile.Write(ref server.Page->Lane, new LaneWord(LaneState.Waiting, client.Request).Raw);
        Volatile.Write(ref client.Page->Lane, new LaneWord(LaneState.Idle, client.Request).Raw);
        server.Nudge();
    }

    /// <summary>Takes a lane back: what its threads did is made up for, and a call that is in it goes on in the core.</summary>
    /// <remarks>Each thread says by its own word where it is, and can lie about itself only.</remarks>
    private void Close(Lane lane)
    {
        HostedThread client = lane.Client, server = lane.Server;
        TakePace(lane);
        _open.Remove(lane);
        lane.IsOpen = false;
        server.CallsInRow = 0;

        // Pairs with LaneEnd.TryChange: a change of the thread's takes place before this, or not at all.
        var clientsWord = new LaneWord(Interlocked.Exchange(ref client.Page->Lane, 0));
        var serversWord = new LaneWord(Interlocked.Exchange(ref server.Page->Lane, 0));
        bool isInCall = clientsWord.State == LaneState.Calling, handles = serversWord.State != LaneState.Waiting;
        client.CatchUp(clientsWord.Number);
        if (!handles)
            server.TakeCall();
        if (isInCall && !handles && serversWord.Number == clientsWord.Number)
        {
            // Replied, and not seen yet. The reply is the server's word, so the kernel does not touch it.
            Volatile.Write(ref client.Page->Lane, new LaneWord(LaneState.Answered, clientsWord.Number).Raw);
            client.CompleteInLane();
            return;
        }

        if (isInCall)
            TakeCallOver(client);
        if (handles)
            LeaveReceive(server);
        if (isInCall && handles)
            AwaitReply(lane);
        else if (isInCall)
            MakeCall(client);
    }

    /// <summary>Takes a client's call from its own page, where its server can't write: a Call through the lane's capability, whatever else is said there.</summary>
    private static void TakeCallOver(HostedThread client)
    {
        client.IsInSystemCall = true;
        client.TakeCall();
        ref UserContext context = ref client.Tcb->Context;
        context.Rdx = (ulong)client.Call.Number;
        context.Rdi = client.Call.Capability;
        var info = new MessageInfo(context.Rsi);
        context.Rsi = new MessageInfo(info.Label, 0, 0, info.Length).Raw;
    }

    /// <summary>Has a server run that received in the lane. It needs no answer.</summary>
    private void LeaveReceive(HostedThread server)
    {
        Threads<HostedMachine>.CancelWait(state, server.Tcb);
        server.Tcb->State = ThreadState.Running;
        server.IsInSystemCall = false;
    }

    /// <summary>Has a client wait for the reply of the server that handles its call. The message is there, but for what the kernel keeps of it.</summary>
    private void AwaitReply(Lane lane)
    {
        Tcb* client = lane.Client.Tcb, server = lane.Server.Tcb;
        var info = new MessageInfo(client->Context.Rsi);
        for (int i = 0; i < Math.Min(info.Length, Limits.MessageRegisters); i++)
            Message.SetRegister(server, i, Message.GetRegister(client, i));
        Message.SetResult(server, lane.Badge, info);
        Replies.Expect<HostedMachine>(state, client, server, lane.ReplyRights);
    }

    /// <summary>Has a client make the call that its server has not seen.</summary>
    private void MakeCall(HostedThread client)
    {
        state->Current = client.Tcb;
        Kernel<HostedMachine>.HandleSystemCall(state);
        state->Current = null;
    }
}
