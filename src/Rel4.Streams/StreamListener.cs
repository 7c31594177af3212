using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Rel4.Runtime;
using Rel4.Streams.Internal;

namespace Rel4.Streams;

/// <summary>Accepts connections from an endpoint.</summary>
/// <remarks>
/// It has a thread of its own, which receives from the endpoint: nobody else may, and the endpoint is for streams only. Members may be used on any thread. A client that breaks the protocol loses that connection; it can't name those
/// of other badges.
/// </remarks>
public sealed class StreamListener : IAsyncDisposable
{
    private readonly Channel<StreamConnection> _accepted = Channel.CreateUnbounded<StreamConnection>();
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _listening = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ListenerState _state;

    private StreamListener(EndpointCap endpoint, StreamOptions options)
    {
        // Not bounded by itself: those that were not accepted count as connections.
        _state = new ListenerState(options, _accepted.Writer);
        new Thread(() => Run(endpoint)) { IsBackground = true, Name = "reL4 streams" }.UnsafeStart();
    }

    /// <summary>Begins to listen.</summary>
    /// <param name="endpoint">An endpoint with the Read and Grant rights.</param>
    /// <param name="options">How many connections there may be, and what each may take.</param>
    /// <exception cref="ArgumentException">The options allow more connections of one badge than memory of one badge.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="InvalidOperationException">The process is no task, has no memory to receive, or receives from 64 endpoints already.</exception>
    /// <exception cref="SeL4Exception">The kernel refuses an object that receiving takes.</exception>
    /// <exception cref="SeL4FaultException">The capability is no endpoint with the Read right.</exception>
    /// <exception cref="KernelEndedException">The kernel has ended.</exception>
    public static StreamListener Start(EndpointCap endpoint, StreamOptions? options = null)
    {
        var listener = new StreamListener(endpoint, (options ?? new StreamOptions()).CheckedForListener());
        listener._listening.Task.GetAwaiter().GetResult();
        return listener;
    }

    /// <summary>Waits for the next connection.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Null when there will be none: the listener has stopped.</returns>
    /// <exception cref="KernelEndedException">The kernel has ended.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask<StreamConnection?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (await _accepted.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (_accepted.Reader.TryRead(out StreamConnection? connection))
                return connection;
        }

        return null;
    }

    /// <summary>Accepts connections, one after another, until the listener has stopped.</summary>
    /// <inheritdoc cref="AcceptAsync"/>
    public async IAsyncEnumerable<StreamConnection> AcceptAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (await AcceptAsync(cancellationToken).ConfigureAwait(false) is { } connection)
            yield return connection;
    }

    /// <summary>Takes no more connections; those that there are go on.</summary>
    public void Stop()
    {
        _state.IsStopped = true;
        _accepted.Writer.TryComplete();
    }

    /// <summary>Aborts all connections, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        Stop();
        await _stop.CancelAsync().ConfigureAwait(false);
        await _ended.Task.ConfigureAwait(false);
    }

    private void Run(EndpointCap endpoint)
    {
        try
        {
            ReL4.Run(() => _state.ServeAsync(endpoint, _listening, _stop.Token));
            _accepted.Writer.TryComplete();
        }
        catch (Exception failure)
        {
            // Whoever starts it is told, or else who accepts.
            _listening.TrySetException(failure);
            _accepted.Writer.TryComplete(failure);
        }

        _ended.SetResult();
    }
}
