using System.Runtime.InteropServices;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <content>Its acceptor, synchronous messages, and what each client may have.</content>
internal sealed partial class Listener
{
    /// <summary>How many synchronous messages the server's code may have, or have waiting, at once; and how many of one client, known by its badge.</summary>
    /// <remarks>Others are refused: if the acceptor waited instead, whoever has a message that is not answered would let nobody open a channel.</remarks>
    private const int MostSynchronous = 256, MostSynchronousOfOne = MostSynchronous / 4;

    /// <summary>The part of the frames that the memory holds which one client, known by its badge, may have.</summary>
    private const int FractionOfOne = 4;

    private readonly TaskRuntime _runtime = null!;
    private readonly Queue<IpcRequest> _synchronous = new();
    private readonly HashSet<SynchronousCall> _unanswered = [];
    private readonly Dictionary<ulong, int> _channelsByBadge = [];
    private readonly Dictionary<ulong, PeerShare> _shares = [];
    private readonly ulong _endpoint;
    private readonly int _mostOfOne;
    private volatile Exception? _failure;
    private volatile bool _hasEnded;

    /// <summary>Begins to receive.</summary>
    public Listener(TaskRuntime runtime, AsyncMachine machine, EndpointCap endpoint)
        : this(runtime.Executor, runtime.Requests)
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

    private partial bool HasSynchronous => _synchronous.Count != 0;

    /// <summary>Takes the next request.</summary>
    public CoTask<IpcRequest> Receive(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return _runtime.Requests.Fail(new OperationCanceledException(cancellationToken)).Task;
        if (TryReceive(out IpcRequest request))
            return _runtime.Requests.Succeed(request).Task;
        return _failure is { } failure ? _runtime.Requests.Fail(failure).Task : Wait(cancellationToken).Task;
    }

    /// <summary>Waits for the next request; there is none now.</summary>
    public Completion<IpcRequest> Wait(CancellationToken cancellationToken)
    {
        Completion<IpcRequest> next = Wait();
        next.CancelBy(cancellationToken);
        return next;
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

    /// <summary>Ends, without replies, the synchronous messages that some coroutines have looked at last: they have failed, and nobody else will end them.</summary>
    public void EndHeldBy(HashSet<ulong> coroutines)
    {
        SynchronousCall[] held;
        lock (_unanswered)
            held = [.. _unanswered.Where(call => call.IsHeldBy(coroutines))];
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
        lock (_unanswered)
            _unanswered.Add(caller);
        var request = new IpcRequest(new MessageHandle(caller, label));
        _runtime.HandOver(
            () =>
            {
                // The capability may have been taken away since.
                if (_hasEnded)
                {
                    caller.Abandon();
                    return;
                }

                _synchronous.Enqueue(request);
                if (HasReceiver())
                    HandOver(_synchronous.Dequeue());
            },
            caller.Abandon);
    }

    /// <summary>Adds a channel. For the acceptor.</summary>
    public void Add(ChannelEnd end, ChannelParts parts)
    {
        lock (_channelsByBadge)
            _channelsByBadge[parts.Badge] = _channelsByBadge.GetValueOrDefault(parts.Badge) + 1;
        _runtime.HandOver(
            () =>
            {
                // The capability may have been taken away since.
                if (_hasEnded)
                    parts.Undo(end);
                else
                    _runtime.Add(new ChannelSource(_runtime, end, parts, _endpoint, ShareOf(parts.Badge), this));
            },
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
    public void ReportForgotten(ulong badge, ChannelMessage message) =>
        _runtime.HandOver(() => ReL4.ReportForgotten(new ForgottenMessageEventArgs(_endpoint, badge, message)));

    public partial void Removed(ulong badge)
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
        _runtime.HandOver(() =>
        {
            while (_receivers.HasPending())
            {
                Completion<IpcRequest> receiver = _receivers.Dequeue();
                receiver.TrySetException(receiver.Version, failure);
            }
        });
    }

    private partial bool TryTakeSynchronous(out IpcRequest request)
    {
        _leftOfSynchronous--;
        return _synchronous.TryDequeue(out request);
    }

    /// <summary>Finds what a client, known by its badge, may have lying in memory. What it has there outlives its channels.</summary>
    private PeerShare ShareOf(ulong badge)
    {
        lock (_channelsByBadge)
        {
            foreach ((ulong other, PeerShare old) in _shares)
            {
                if (old.IsUnused)
                    _shares.Remove(other);
            }

            ref PeerShare? share = ref CollectionsMarshal.GetValueRefOrAddDefault(_shares, badge, out _);
            share ??= new PeerShare(ReL4.MemoryPerPeer);
            share.Channels++;
            return share;
        }
    }
}
