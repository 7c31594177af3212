using System.Collections.Concurrent;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <summary>Receives the requests that come to one endpoint, from all its channels and by synchronous calls.</summary>
/// <remarks>
/// On the executor's thread, but for what its acceptor calls. Invariant: receivers wait only while no request does.
/// </remarks>
internal sealed class Listener
{
    /// <summary>How many channels there are at most.</summary>
    private const int MostChannels = 4096;

    private readonly TaskRuntime _runtime;
    private readonly Queue<Request> _requests = new();
    private readonly Queue<(Completion<Request> Completion, int Version)> _receivers = new();
    private volatile Exception? _failure;
    private int _channels;

    /// <summary>Begins to receive.</summary>
    public Listener(TaskRuntime runtime, AsyncMachine machine, Endpoint endpoint)
    {
        _runtime = runtime;
        machine.Threads.PostBlocking(new ChannelAcceptor(machine, endpoint, runtime.Doorbells, this).Run);
    }

    /// <summary>Gets whether there are as many channels as there may be. Any thread.</summary>
    public bool IsFull => Volatile.Read(ref _channels) >= MostChannels;

    /// <summary>Takes the next request.</summary>
    public ValueTask<Request> Receive(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<Request>(cancellationToken);
        if (_requests.TryDequeue(out Request request))
        {
            Taken(request);
            return new ValueTask<Request>(request);
        }

        if (_failure is { } failure)
            return ValueTask.FromException<Request>(failure);
        Completion<Request> next = _runtime.RentRequest();
        _receivers.Enqueue((next, next.Version));
        next.CancelBy(cancellationToken);
        return next.Task;
    }

    /// <summary>Adds a request of a channel.</summary>
    public void Deliver(in Request request)
    {
        while (_receivers.TryDequeue(out (Completion<Request> Completion, int Version) receiver))
        {
            if (!receiver.Completion.TrySetResult(receiver.Version, request))
                continue;
            Taken(request);
            return;
        }

        _requests.Enqueue(request);
    }

    /// <summary>Adds a synchronous message. For the acceptor.</summary>
    public void Deliver(SynchronousCall caller, ulong badge, ushort label, byte[] payload, int length)
    {
        var request = new Request(caller, badge, label, payload, length);
        _runtime.Executor.Post(_ => Deliver(request));
    }

    /// <summary>Adds a channel. For the acceptor.</summary>
    public void Add(ChannelEnd end, ChannelParts parts)
    {
        Interlocked.Increment(ref _channels);
        _runtime.Executor.Post(_ => _runtime.Add(new ChannelSource(_runtime, end, parts, this)));
    }

    /// <summary>Takes note that a channel has ended.</summary>
    public void Removed() => Interlocked.Decrement(ref _channels);

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

    private static void Taken(in Request request) => request.Source?.Taken(request.Message);
}
