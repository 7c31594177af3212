namespace Rel4.Runtime;

/// <summary>Is all requests that come to an endpoint, for <c>await foreach</c>.</summary>
/// <remarks>On the executor's thread. Coroutines may share the requests by going through sequences of the same endpoint. Allocates nothing.</remarks>
public readonly struct RequestSequence
{
    private readonly Listener _listener;
    private readonly CancellationToken _cancellationToken;

    internal RequestSequence(Listener listener, CancellationToken cancellationToken)
    {
        _listener = listener;
        _cancellationToken = cancellationToken;
    }

    /// <summary>Begins to receive.</summary>
    public Enumerator GetAsyncEnumerator() => new(_listener, _cancellationToken);

    /// <summary>Receives one request after another.</summary>
    public sealed class Enumerator
    {
        private readonly Listener _listener;
        private readonly CancellationToken _cancellationToken;
        private Request _current;

        internal Enumerator(Listener listener, CancellationToken cancellationToken)
        {
            _listener = listener;
            _cancellationToken = cancellationToken;
        }

        /// <summary>Gets the request; it is ended by a reply or by <see cref="Request.Dispose"/>, not by going on.</summary>
        public Request Current => _current;

        /// <summary>Receives the next request.</summary>
        /// <returns>Always true; the sequence ends by an exception.</returns>
        /// <inheritdoc cref="ReL4.Recv" path="/exception"/>
        public ValueTask<bool> MoveNextAsync()
        {
            ValueTask<Request> next = _listener.Receive(_cancellationToken);
            if (!next.IsCompletedSuccessfully)
                return Await(next);
            _current = next.Result;
            return new ValueTask<bool>(true);
        }

        [System.Runtime.CompilerServices.AsyncMethodBuilder(typeof(System.Runtime.CompilerServices.PoolingAsyncValueTaskMethodBuilder<>))]
        private async ValueTask<bool> Await(ValueTask<Request> next)
        {
            _current = await next;
            return true;
        }
    }
}
