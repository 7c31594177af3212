using System.Collections.Concurrent;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <summary>Receives the requests that come to one endpoint, from all its channels and by synchronous calls.</summary>
/// <remarks>
/// On the executor's thread, but for what its acceptor calls. Invariants: 1. receivers wait only while no request does that may be taken; 2. a
/// channel is in line while it has requests and is not choked. Channels take turns, so that one that floods does not push others' requests back.
/// </remarks>
internal sealed class Listener
{
    /// <summary>The part of the frames that the memory holds which one client, known by its badge, may have.</summary>
    private const int FractionOfOne = 4;

    private readonly TaskRuntime _runtime;
    /// <summary>How many requests of a channel are taken before it is the next one's turn.</summary>
    private const int RequestsPerTurn = 16;

    private readonly Queue<Request> _synchronous = new();
    private readonly Queue<ChannelSource> _line = new();
    private readonly Queue<(Completion<Request> Completion, int Version)> _receivers = new();
    private readonly Dictionary<ulong, int> _channelsByBadge = [];
    private readonly int _mostOfOne;
    private ChannelSource? _current;
    private int _left;
    private volatile Exception? _failure;

    /// <summary>Begins to receive.</summary>
    public Listener(TaskRuntime runtime, AsyncMachine machine, Endpoint endpoint)
    {
        _runtime = runtime;
        _mostOfOne = Math.Max(1, machine.Threads.Objects.FrameCapacity / FractionOfOne);
        machine.Threads.PostBlocking(new ChannelAcceptor(machine, endpoint, runtime.Doorbells, this).Run);
    }

    /// <summary>Tells whether a client may have another channel, so that no client takes all the memory. For the acceptor.</summary>
    /// <param name="badge">Who it is.</param>
    /// <param name="openings">How many the client is opening.</param>
    public bool MayHaveAnother(ulong badge, int openings)
    {
        lock (_channelsByBadge)
            return _channelsByBadge.GetValueOrDefault(badge) + openings < _mostOfOne;
    }

    /// <summary>Gets why nothing more will come, if so.</summary>
    public Exception? Failure => _failure;

    /// <summary>Takes the next request, if there is one.</summary>
    public bool TryReceive(out Request request)
    {
        if (_left > 0 && !_current!.IsChoked && _current.Requests.TryDequeue(out request))
            _left--;
        else if (!TryTakeOfNext(out request))
            return false;
        request.TakenFromBacklog();
        return true;
    }

    /// <summary>Takes the next request.</summary>
    public ValueTask<Request> Receive(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<Request>(cancellationToken);
        if (TryReceive(out Request request))
            return new ValueTask<Request>(request);
        return _failure is { } failure ? ValueTask.FromException<Request>(failure) : Wait(cancellationToken).Task;
    }

    /// <summary>Waits for the next request; there is none now.</summary>
    public Completion<Request> Wait(CancellationToken cancellationToken)
    {
        Completion<Request> next = _runtime.RentRequest();
        _receivers.Enqueue((next, next.Version));
        next.CancelBy(cancellationToken);
        return next;
    }

    /// <summary>Adds a request of a channel.</summary>
    public void Deliver(ChannelSource channel, in Request request)
    {
        if (!channel.IsChoked && TryHandOver(request))
            return;
        channel.Requests.Enqueue(request);
        LineUp(channel);
    }

    /// <summary>Goes on with the requests of a channel that was choked.</summary>
    public void Resume(ChannelSource channel)
    {
        while (_receivers.Count > 0 && channel.Requests.TryPeek(out Request request) && TryHandOver(request))
            channel.Requests.Dequeue();
        LineUp(channel);
    }

    /// <summary>Adds a synchronous message. For the acceptor.</summary>
    public void Deliver(SynchronousCall caller, ushort label, int length)
    {
        var request = new Request(caller, label, length);
        _runtime.Executor.Post(_ =>
        {
            if (!TryHandOver(request))
                _synchronous.Enqueue(request);
        });
    }

    /// <summary>Adds a channel. For the acceptor.</summary>
    public void Add(ChannelEnd end, ChannelParts parts)
    {
        lock (_channelsByBadge)
            _channelsByBadge[parts.Badge] = _channelsByBadge.GetValueOrDefault(parts.Badge) + 1;
        _runtime.Executor.Post(_ => _runtime.Add(new ChannelSource(_runtime, end, parts, this)));
    }

    /// <summary>Takes note that a channel has ended.</summary>
    public void Removed(ulong badge)
    {
        lock (_channelsByBadge)
        {
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

    /// <summary>Gives a request to the first that waits for one, if anybody does.</summary>
    private bool TryHandOver(in Request request)
    {
        while (_receivers.TryDequeue(out (Completion<Request> Completion, int Version) receiver))
        {
            if (!receiver.Completion.TrySetResult(receiver.Version, request))
                continue;
            request.TakenFromBacklog();
            return true;
        }

        return false;
    }

    private void LineUp(ChannelSource channel)
    {
        if (channel.IsInLine || channel.IsChoked || channel.Requests.Count == 0)
            return;
        channel.IsInLine = true;
        _line.Enqueue(channel);
    }

    private bool TryTakeOfNext(out Request request)
    {
        if (_current is { } last)
        {
            last.IsInLine = false;
            _current = null;
            _left = 0;
            LineUp(last);
        }

        if (_synchronous.TryDequeue(out request))
            return true;
        while (_line.TryDequeue(out ChannelSource? channel))
        {
            if (!channel.IsChoked && channel.Requests.TryDequeue(out request))
            {
                _current = channel;
                _left = RequestsPerTurn - 1;
                return true;
            }

            channel.IsInLine = false;
        }

        return false;
    }
}
