namespace Rel4.Runtime;

/// <content>Synchronous messages: those that the runtime has taken from the endpoint.</content>
internal sealed partial class Listener
{
    // By SynchronousCall.Next.
    private SynchronousCall? _firstCall;
    private SynchronousCall? _lastCall;

    /// <summary>Begins to receive.</summary>
    public Listener(Executor executor)
        : this(executor, new CompletionPool<IpcRequest>(executor))
    {
    }

    private partial bool HasSynchronous => _firstCall is not null;

    /// <summary>Takes the next request.</summary>
    public CoTask<IpcRequest> Receive() => TryReceive(out IpcRequest request) ? _requests.Succeed(request).Task : Wait().Task;

    /// <summary>Takes a synchronous message, for whoever receives next.</summary>
    public void Deliver(SynchronousCall call)
    {
        call.Next = null;
        if (_firstCall is null)
            _firstCall = call;
        else
            _lastCall!.Next = call;
        _lastCall = call;
        if (HasReceiver())
            _executor.Heat(this);
    }

    public partial void Removed(ulong badge)
    {
    }

    private partial bool TryTakeSynchronous(out IpcRequest request)
    {
        if (_firstCall is not { } call)
        {
            request = default;
            return false;
        }

        _firstCall = call.Next;
        if (_leftOfSynchronous > 0)
            _leftOfSynchronous--;
        request = new IpcRequest(call.Handle);
        return true;
    }
}
