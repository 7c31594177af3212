namespace Rel4.Runtime;

/// <content>Requests come by channels only.</content>
internal sealed partial class Listener
{
    /// <summary>Begins to receive.</summary>
    public Listener(Executor executor)
        : this(executor, new CompletionPool<Request>(executor))
    {
    }

    private partial bool HasSynchronous => false;

    /// <summary>Takes the next request.</summary>
    public CoTask<Request> Receive() => TryReceive(out Request request) ? _requests.Succeed(request).Task : Wait().Task;

    public partial void Removed(ulong badge)
    {
    }

    private partial bool TryTakeSynchronous(out Request request)
    {
        request = default;
        return false;
    }
}
