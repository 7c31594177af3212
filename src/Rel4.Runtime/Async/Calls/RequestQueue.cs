namespace Rel4.Runtime;

/// <summary>The requests of one channel, or those that came synchronously, that wait for the server's code.</summary>
internal sealed class RequestQueue
{
    private readonly Queue<Request> _requests = new();

    /// <summary>Gets whether there is none.</summary>
    public bool IsEmpty => _requests.Count == 0;

    /// <summary>Gets or sets whether the queue has its turn, or will have one.</summary>
    public bool IsListed { get; set; }

    /// <summary>Gets or sets whether none is handed out, because the client doesn't read its replies.</summary>
    public bool IsPaused { get; set; }

    /// <summary>Appends a request.</summary>
    public void Enqueue(in Request request) => _requests.Enqueue(request);

    /// <summary>Takes the first of a queue that is not empty.</summary>
    public Request Dequeue() => _requests.Dequeue();
}
