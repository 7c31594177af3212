namespace Rel4.Runtime;

/// <summary>Is the requests of one channel, or those that came synchronously, that wait for the server's code.</summary>
internal sealed class RequestQueue
{
    private readonly Queue<Request> _requests = new();

    /// <summary>Gets whether there is none.</summary>
    public bool IsEmpty => _requests.Count == 0;

    /// <summary>Appends a request.</summary>
    public void Enqueue(in Request request) => _requests.Enqueue(request);

    /// <summary>Takes the first of a queue that is not empty.</summary>
    public Request Dequeue() => _requests.Dequeue();
}
