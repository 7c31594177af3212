using System.Threading.Tasks.Sources;

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
    /// <remarks>
    /// A wait for the next request is the listener's own completion; this only passes it on, so nothing is allocated and nothing runs in between.
    /// </remarks>
    public sealed class Enumerator : IValueTaskSource<bool>
    {
        private readonly Listener _listener;
        private readonly CancellationToken _cancellationToken;
        private Completion<Request>? _wait;
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
            if (_cancellationToken.IsCancellationRequested)
                return ValueTask.FromCanceled<bool>(_cancellationToken);
            if (_listener.TryReceive(out _current))
                return new ValueTask<bool>(true);
            if (_listener.Failure is { } failure)
                return ValueTask.FromException<bool>(failure);
            _wait = _listener.Wait(_cancellationToken);
            return new ValueTask<bool>(this, _wait.Token);
        }

        bool IValueTaskSource<bool>.GetResult(short token)
        {
            _current = _wait!.GetResult(token);
            return true;
        }

        ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _wait!.GetStatus(token);

        void IValueTaskSource<bool>.OnCompleted(
            Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            _wait!.OnCompleted(continuation, state, token, flags);
    }
}
