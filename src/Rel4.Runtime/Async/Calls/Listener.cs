using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <summary>Receives the requests that come to one endpoint, from all its channels and by synchronous calls.</summary>
/// <remarks>
/// On the executor's thread, but for what its acceptor calls. Requests stay in the rings of their channels until somebody takes them. Channels take turns,
/// so that a client that floods doesn't keep others waiting; those that are listed, which are <c>_turn</c> and <c>_turns</c>, have requests, as far as is
/// known, and are not polled for some. The listener is polled itself while somebody waits although there are some: they have all had for one turn.
/// </remarks>
internal sealed class Listener : PollSource
{
    /// <summary>How many requests are taken from one channel before it is another's turn.</summary>
    private const int RequestsPerTurn = 16;

    /// <summary>How many are taken in one turn of the executor: code that finds one each time it asks never lets go of the thread otherwise.</summary>
    private const int RequestsPerExecutorTurn = 64;

    /// <summary>How many synchronous messages the server's code may have, or have waiting, at once; and how many of one client, known by its badge.</summary>
    /// <remarks>Others are refused: if the acceptor waited instead, whoever has a message that is not answered would let nobody open a channel.</remarks>
    private const int MostSynchronous = 256, MostSynchronousOfOne = MostSynchronous / 4;

    /// <summary>The part of the frames that the memory holds which one client, known by its badge, may have.</summary>
    private const int FractionOfOne = 4;

    private readonly TaskRuntime _runtime;
    private readonly Queue<ChannelSource> _turns = new();
    private readonly Queue<Request> _synchronous = new();
    private readonly HashSet<SynchronousCall> _unanswered = [];
    private ChannelSource? _turn;
    private int _leftOfTurn;
    private int _leftOfSynchronous;
    private long _executorTurn;
    private int _leftOfExecutorTurn;
    private readonly Queue<(Completion<Request> Completion, int Version)> _receivers = new();
    private readonly Dictionary<ulong, int> _channelsByBadge = [];
    private readonly Dictionary<ulong, PeerShare> _shares = [];
    private readonly ulong _endpoint;
    private readonly int _mostOfOne;
    private volatile Exception? _failure;
    private volatile bool _hasEnded;

    /// <summary>Begins to receive.</summary>
    public Listener(TaskRuntime runtime, AsyncMachine machine, Endpoint endpoint)
    {
        machine.GrantOf(endpoint.CPtr)?.RequireToReceive();
        _runtime = runtime;
        _endpoint = endpoint.CPtr;
        _mostOfOne = Math.Max(1, machine.Threads.Objects.FrameCapacity / FractionOfOne);
        machine.Threads.Acceptors.Listen(machine, endpoint, runtime.Doorbells, this);
    }

    /// <summary>Tells whether a client may have another channel, so that no client takes all the memory. For the acceptor.</summary>
    /// <remarks>What its channels had read when they closed is in memory still: one that opens and closes without end must wait until that is handled.</remarks>
    public bool MayHaveAnother(ulong badge)
    {
        lock (_channelsByBadge)
        {
            return _channelsByBadge.GetValueOrDefault(badge) < _mostOfOne
                && !(_shares.TryGetValue(badge, out PeerShare? share) && share.IsUsedUp);
        }
    }

    /// <summary>Gets whether its executor has ended. Any thread.</summary>
    public bool HasEnded => _hasEnded;

    /// <summary>Gets why nothing more will come, if so.</summary>
    public Exception? Failure => _failure;

    /// <summary>Takes the next request, if there is one.</summary>
    public bool TryReceive(out Request request)
    {
        _runtime.Executor.RequireOwner();
        if (_executorTurn != _runtime.Executor.Turns)
        {
            _executorTurn = _runtime.Executor.Turns;
            _leftOfExecutorTurn = RequestsPerExecutorTurn;
        }

        request = default;
        if (_leftOfExecutorTurn == 0
            || !((_leftOfSynchronous > 0 && TryTakeSynchronous(out request)) || TryTake(out request) || TryTakeSynchronous(out request)))
            return false;
        _leftOfExecutorTurn--;
        return true;
    }

    internal override bool Poll()
    {
        bool found = false;
        while (HasReceiver() && TryReceive(out Request request))
        {
            HandOver(request);
            found = true;
        }

        // While it is polled, channels count as not alone.
        if (TryGoCold())
            _runtime.Executor.Drop(this);
        return found;
    }

    internal override bool TryGoCold() => !HasListed || !HasReceiver();

    private bool HasListed => _turn is not null || _turns.Count != 0 || _synchronous.Count != 0;

    private bool TryTakeSynchronous(out Request request)
    {
        _leftOfSynchronous--;
        return _synchronous.TryDequeue(out request);
    }

    /// <summary>Takes the next request out of the ring whose turn it is.</summary>
    private bool TryTake(out Request request)
    {
        for (; _turn is { } turn || TryBeginTurn(out turn); EndTurn(isListed: false))
        {
            if (!turn.TryTake(out request))
                continue;
            if (--_leftOfTurn == 0)
                EndTurn(isListed: true);
            return true;
        }

        request = default;
        return false;
    }

    /// <summary>Takes the next request.</summary>
    public CoTask<Request> Receive(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return _runtime.Requests.Fail(new OperationCanceledException(cancellationToken)).Task;
        if (TryReceive(out Request request))
            return _runtime.Requests.Succeed(request).Task;
        return _failure is { } failure ? _runtime.Requests.Fail(failure).Task : Wait(cancellationToken).Task;
    }

    /// <summary>Waits for the next request; there is none now.</summary>
    public Completion<Request> Wait(CancellationToken cancellationToken)
    {
        Completion<Request> next = _runtime.Requests.Rent();
        _receivers.Enqueue((next, next.Version));
        next.CancelBy(cancellationToken);
        if (HasListed)
            _runtime.Executor.Heat(this);
        return next;
    }

    /// <summary>Gives a channel turns: it has requests, and nobody waits for them now.</summary>
    public void List(ChannelSource channel) => _turns.Enqueue(channel);

    /// <summary>Gets whether somebody waits for a request.</summary>
    public bool HasReceiver()
    {
        while (_receivers.TryPeek(out (Completion<Request> Completion, int Version) receiver))
        {
            if (receiver.Completion.IsPending(receiver.Version))
                return true;
            _receivers.Dequeue();
        }

        return false;
    }

    /// <summary>Gives a request to who waits for one; there is somebody.</summary>
    public void HandOver(in Request request)
    {
        (Completion<Request> completion, int version) = _receivers.Dequeue();
        completion.TrySetResult(version, request);
    }

    /// <summary>Says that its executor has ended: nobody takes requests any more, and who waits for a reply is told that there will be none.</summary>
    public void End()
    {
        SynchronousCall[] unanswered;
        lock (_unanswered)
        {
            _hasEnded = true;
            unanswered = [.. _unanswered];
        }

        foreach (SynchronousCall call in unanswered)
            call.Abandon();
    }

    /// <summary>Ends, without replies, the synchronous messages that a coroutine has looked at last: it has failed, and nobody else will end them.</summary>
    public void EndHeldBy(CoroutineId coroutine)
    {
        SynchronousCall[] held;
        lock (_unanswered)
            held = [.. _unanswered.Where(call => call.IsHeldBy(coroutine))];
        foreach (SynchronousCall call in held)
            call.Abandon();
    }

    /// <summary>Takes note that a synchronous message was answered. Any thread.</summary>
    public void Answered(SynchronousCall call)
    {
        lock (_unanswered)
            _unanswered.Remove(call);
    }

    /// <summary>Tells whether there is room for one more synchronous message of a client. For the acceptor.</summary>
    public bool HasRoomFor(ulong badge)
    {
        lock (_unanswered)
        {
            int ofOne = 0;
            foreach (SynchronousCall call in _unanswered)
                ofOne += call.Badge == badge ? 1 : 0;
            return ofOne < MostSynchronousOfOne && _unanswered.Count < MostSynchronous;
        }
    }

    /// <summary>Adds a synchronous message, for which there is room. For the acceptor.</summary>
    public void Deliver(SynchronousCall caller, ushort label)
    {
        bool hasEnded;
        lock (_unanswered)
        {
            hasEnded = _hasEnded;
            _unanswered.Add(caller);
        }

        if (hasEnded)
        {
            caller.Abandon();
            return;
        }

        // If it is not done any more, it needs not be: the message was answered when the run ended.
        var request = new Request(new MessageHandle(caller, label));
        _runtime.Executor.Post(_ =>
        {
            _synchronous.Enqueue(request);
            if (HasReceiver())
                HandOver(_synchronous.Dequeue());
        });
    }

    /// <summary>Adds a channel. For the acceptor.</summary>
    public void Add(ChannelEnd end, ChannelParts parts)
    {
        lock (_channelsByBadge)
            _channelsByBadge[parts.Badge] = _channelsByBadge.GetValueOrDefault(parts.Badge) + 1;
        _runtime.HandOver(
            () => _runtime.Add(new ChannelSource(_runtime, end, parts, _endpoint, ShareOf(parts.Badge), this)),
            () => parts.Undo(end));
    }

    /// <summary>Reports a reply to a synchronous message that was not sent, as its caller can't be told why. Any thread.</summary>
    public void ReportTooLong(ulong badge, int length)
    {
        RuntimeMeter.AddRefusedReply();
        ErrorLine.Write(
            $"a reply of {length} bytes to a synchronous call through {AsyncMachine.Describe("endpoint", _endpoint)} (badge {badge}) was not sent: such a caller takes "
            + $"{SynchronousCall.MostBytes} bytes at most, and gets a ReplyAbandonedException. Reply in parts, or have it call by CallAsync.");
    }

    /// <summary>Reports a synchronous message that was forgotten. Any thread.</summary>
    public void ReportForgotten(ulong badge, ChannelMessage message)
    {
        if (!_runtime.HasEnded)
            _runtime.Executor.Post(_ => ForgottenMessage.Report(new ForgottenMessageEventArgs(_runtime.Machine, _endpoint, badge, message)));
    }

    /// <summary>Takes note that a channel has ended.</summary>
    public void Removed(ulong badge)
    {
        lock (_channelsByBadge)
        {
            _shares[badge].Channels--;
            if (--_channelsByBadge[badge] == 0)
                _channelsByBadge.Remove(badge);
        }
    }

    /// <summary>Tells everybody who receives that nothing more will come. For the acceptor.</summary>
    public void Fail(Exception failure)
    {
        _failure = failure;
        _runtime.Executor.Post(_ =>
        {
            while (_receivers.TryDequeue(out (Completion<Request> Completion, int Version) receiver))
                receiver.Completion.TrySetException(receiver.Version, failure);
        });
    }

    private bool TryBeginTurn([NotNullWhen(true)] out ChannelSource? turn)
    {
        if (!_turns.TryDequeue(out turn))
            return false;
        _turn = turn;
        _leftOfTurn = RequestsPerTurn;
        turn.BeginTurn();
        return true;
    }

    private void EndTurn(bool isListed)
    {
        ChannelSource turn = _turn!;
        _turn = null;
        // Between two channels' turns, so that neither kind keeps the other waiting.
        _leftOfSynchronous = RequestsPerTurn;
        if (isListed)
            _turns.Enqueue(turn);
        turn.EndTurn(isListed);
    }

    /// <summary>Finds what a client, known by its badge, may have lying in memory. What it has there outlives its channels.</summary>
    private PeerShare ShareOf(ulong badge)
    {
        lock (_channelsByBadge)
        {
            foreach ((ulong other, PeerShare old) in _shares)
            {
                if (old is { Channels: 0, Used: 0 })
                    _shares.Remove(other);
            }

            ref PeerShare? share = ref CollectionsMarshal.GetValueRefOrAddDefault(_shares, badge, out _);
            share ??= new PeerShare();
            share.Channels++;
            return share;
        }
    }
}
