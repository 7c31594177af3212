using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Rel4.Runtime;

/// <summary>Receives the requests that come to one endpoint, from all its channels and by synchronous calls.</summary>
/// <remarks>
/// On the executor's thread. Requests stay in the rings of their channels until somebody takes them. Channels take turns,
/// so that a client that floods doesn't keep others waiting; those that are listed, which are <c>_turn</c> and <c>_turns</c>, have requests, as far as is
/// known, and are not polled for some. The listener is polled itself while somebody waits although there are some: they have all had for one turn.
/// </remarks>
internal sealed partial class Listener : PollSource
{
    /// <summary>How many requests are taken from one channel before it is another's turn.</summary>
    private const int RequestsPerTurn = 16;

    /// <summary>How many are taken in one turn of the executor: code that finds one each time it asks never lets go of the thread otherwise.</summary>
    private const int RequestsPerExecutorTurn = 64;

    private readonly Executor _executor;
    private readonly CompletionPool<IpcRequest> _requests;
    private WaitQueue<IpcRequest> _receivers = new();

    // By ChannelSource.NextTurn.
    private ChannelSource? _turns;
    private ChannelSource? _lastTurn;
    private ChannelSource? _turn;
    private int _leftOfTurn;
    private int _leftOfSynchronous;
    private long _executorTurn;
    private int _leftOfExecutorTurn;

    private Listener(Executor executor, CompletionPool<IpcRequest> requests)
    {
        _executor = executor;
        _requests = requests;
    }

    /// <summary>Takes the next request, if there is one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryReceive(out IpcRequest request)
    {
        _executor.RequireOwner();
        if (_executorTurn != _executor.Turns)
            BeginExecutorTurn();
        // Amid a channel's turn, as for most.
        if (_leftOfTurn > 1 && _leftOfExecutorTurn > 0 && (!HasSynchronous || _leftOfSynchronous == 0) && _turn is { } turn && turn.TryTake() is { } handle)
        {
            _leftOfTurn--;
            _leftOfExecutorTurn--;
            request = new IpcRequest(handle);
            return true;
        }

        // A variable of its own, so that the usual one stays in registers.
        bool isThere = TryReceiveAny(out IpcRequest other);
        request = other;
        return isThere;
    }

    internal override bool Poll()
    {
        bool found = false;
        while (HasReceiver() && TryReceive(out IpcRequest request))
        {
            HandOver(request);
            found = true;
        }

        // While it is polled, channels count as not alone.
        if (TryGoCold())
            _executor.Drop(this);
        return found;
    }

    internal override bool TryGoCold() => !HasListed || !HasReceiver();

    private bool HasListed => _turn is not null || _turns is not null || HasSynchronous;

    private partial bool HasSynchronous { get; }

    /// <summary>Takes the next synchronous message.</summary>
    private partial bool TryTakeSynchronous(out IpcRequest request);

    private void BeginExecutorTurn()
    {
        _executorTurn = _executor.Turns;
        _leftOfExecutorTurn = RequestsPerExecutorTurn;
    }

    private bool TryReceiveAny(out IpcRequest request)
    {
        request = default;
        if (_leftOfExecutorTurn == 0
            || !((_leftOfSynchronous > 0 && TryTakeSynchronous(out request)) || TryTake(out request) || TryTakeSynchronous(out request)))
            return false;
        _leftOfExecutorTurn--;
        return true;
    }

    /// <summary>Takes the next request out of the ring whose turn it is.</summary>
    private bool TryTake(out IpcRequest request)
    {
        for (; _turn is { } turn || TryBeginTurn(out turn); EndTurn(isListed: false))
        {
            if (turn.TryTake() is not { } handle)
                continue;
            if (--_leftOfTurn == 0)
                EndTurn(isListed: true);
            request = new IpcRequest(handle);
            return true;
        }

        request = default;
        return false;
    }

    /// <summary>Waits for the next request; there is none now.</summary>
    public Completion<IpcRequest> Wait()
    {
        Completion<IpcRequest> next = _requests.Rent();
        _receivers.Enqueue(next);
        if (HasListed)
            _executor.Heat(this);
        return next;
    }

    /// <summary>Gives a channel turns: it has requests, and nobody waits for them now.</summary>
    public void List(ChannelSource channel)
    {
        channel.NextTurn = null;
        if (_turns is null)
            _turns = channel;
        else
            _lastTurn!.NextTurn = channel;
        _lastTurn = channel;
    }

    /// <summary>Gets whether somebody waits for a request.</summary>
    public bool HasReceiver() => _receivers.HasPending();

    /// <summary>Gives a request to who waits for one; there is somebody.</summary>
    public void HandOver(in IpcRequest request)
    {
        Completion<IpcRequest> receiver = _receivers.Dequeue();
        receiver.TrySetResult(receiver.Version, request);
    }

    /// <summary>Takes note that a channel has ended.</summary>
    public partial void Removed(ulong badge);

    private bool TryBeginTurn([NotNullWhen(true)] out ChannelSource? turn)
    {
        turn = _turns;
        if (turn is null)
            return false;
        _turns = turn.NextTurn;
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
            List(turn);
        turn.EndTurn(isListed);
    }
}
