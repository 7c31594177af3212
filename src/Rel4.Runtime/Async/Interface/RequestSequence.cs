namespace Rel4.Runtime;

/// <summary>All requests that come to an endpoint, for <c>await foreach</c>.</summary>
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
        private IpcRequest _current;

        internal Enumerator(Listener listener, CancellationToken cancellationToken)
        {
            _listener = listener;
            _cancellationToken = cancellationToken;
        }

        /// <summary>Gets the request; it is ended by a reply or by <see cref="IpcRequest.Dispose"/>, not by going on.</summary>
        public IpcRequest Current => _current;

        /// <summary>Receives the next request.</summary>
        /// <returns>What the loop awaits: always true; the sequence ends by an exception.</returns>
        /// <inheritdoc cref="ReL4.Recv" path="/exception"/>
        public Next MoveNextAsync() =>
            !_cancellationToken.IsCancellationRequested && _listener.TryReceive(out _current) ? new Next(this) : new Next(this, _listener.Receive(_cancellationToken));

        /// <summary>The wait for the next request.</summary>
        /// <remarks>The listener's own completion, which this only passes on: nothing runs in between.</remarks>
        public readonly struct Next : ICoAwaiter
        {
            private readonly Enumerator _sequence;
            private readonly CoTask<IpcRequest>.Awaiter _wait;
            private readonly bool _waits;

            internal Next(Enumerator sequence) => _sequence = sequence;

            internal Next(Enumerator sequence, CoTask<IpcRequest> wait)
            {
                _sequence = sequence;
                _wait = wait.GetAwaiter();
                _waits = true;
            }

            /// <summary>Gets whether there is no need to wait.</summary>
            public bool IsCompleted => !_waits || _wait.IsCompleted;

            /// <summary>Gets what the compiler's <c>await</c> uses.</summary>
            public Next GetAwaiter() => this;

            /// <summary>Takes the request.</summary>
            /// <returns>True.</returns>
            public bool GetResult()
            {
                if (_waits)
                    _sequence._current = _wait.GetResult();
                return true;
            }

            /// <inheritdoc/>
            public void Suspend(CoFrame frame) => _wait.Suspend(frame);

            /// <inheritdoc/>
            public void OnCompleted(Action continuation) => _wait.OnCompleted(continuation);

            /// <inheritdoc/>
            public void UnsafeOnCompleted(Action continuation) => _wait.UnsafeOnCompleted(continuation);
        }
    }
}
