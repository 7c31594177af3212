using System.IO.Pipelines;
using Rel4.Runtime;
using Rel4.Streams.Internal;

namespace Rel4.Streams;

/// <summary>A connection over an endpoint: bytes in both directions, as pipes or as a stream.</summary>
/// <remarks>
/// <para>
/// <b>Half-close:</b> to complete <see cref="Output"/> ends this side's bytes; the other side's <see cref="Input"/> is complete then, and it may write on. <b>Abort:</b> <see cref="Abort"/>, the
/// death of a process, and the end of the system end all at both sides at once: reading and writing throw a <see cref="StreamClosedException"/>. To complete <see cref="Output"/> with an exception aborts.
/// What arrives after <see cref="Input"/> was completed is dropped.
/// </para>
/// <para>
/// <b>Credit:</b> neither side has more of the other's bytes than <see cref="StreamOptions.BufferBytes"/> says, whatever the other does: who does not read makes the other's writing wait, and no other connection.
/// </para>
/// <para>Any thread, as for pipes: one reads and one writes at a time. The pipes' continuations run in the thread pool.</para>
/// </remarks>
public sealed class StreamConnection : IDuplexPipe, IAsyncDisposable, IDisposable
{
    private readonly Pipe _arriving;
    private readonly Pipe _leaving;
    private readonly StreamOptions _options;
    private readonly CancellationTokenSource _closed = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IConnectionSide? _side;
    private ConnectionStream? _stream;
    private int _isDisposed;

    internal StreamConnection(ulong badge, StreamOptions options)
    {
        Badge = badge;
        _options = options;
        // The half at which the other goes on: so a reader takes more than a piece at a time. What this side does goes on at once where code reads or writes, as it only begins a
        // call, or goes home to a listener's executor; code goes on in the thread pool, as it may block.
        _arriving = new Pipe(Options(reader: PipeScheduler.ThreadPool, writer: CallingScheduler.Instance));
        _leaving = new Pipe(Options(reader: CallingScheduler.Instance, writer: PipeScheduler.ThreadPool));
        Closed = _closed.Token;

        PipeOptions Options(PipeScheduler reader, PipeScheduler writer) =>
            new(readerScheduler: reader, writerScheduler: writer, pauseWriterThreshold: options.BufferBytes, resumeWriterThreshold: options.BufferBytes / 2);
    }

    /// <summary>Gets the badge of the client's capability, as whoever composed the system said; 0 at the client.</summary>
    public ulong Badge { get; }

    /// <summary>Gets the bytes from the other side.</summary>
    public PipeReader Input => _arriving.Reader;

    /// <summary>Gets where bytes for the other side go; to complete it says that there are no more.</summary>
    public PipeWriter Output => _leaving.Writer;

    /// <summary>Gets a token that is cancelled when the connection has ended, however it did.</summary>
    public CancellationToken Closed { get; }

    /// <summary>Gets where what arrives is written.</summary>
    internal PipeWriter Arriving => _arriving.Writer;

    /// <summary>Gets where what leaves is read.</summary>
    internal PipeReader Leaving => _leaving.Reader;

    /// <summary>Connects to whoever listens at an endpoint.</summary>
    /// <param name="endpoint">An endpoint with the Write and Grant rights.</param>
    /// <param name="options">What the connection may take here.</param>
    /// <param name="cancellationToken">Ends the wait. Without one it waits until somebody listens.</param>
    /// <exception cref="StreamClosedException">The listener refuses the connection, or ended meanwhile.</exception>
    /// <exception cref="ChannelRefusedException">No channel could be opened through the capability; the message says why.</exception>
    /// <exception cref="InvalidOperationException">The capability was granted without a right that this takes, the process is no task, or it has no memory for the runtime.</exception>
    /// <exception cref="SeL4Exception">The kernel refuses an object or a mapping of the channel.</exception>
    /// <exception cref="SeL4FaultException">The capability leads nowhere.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static Task<StreamConnection> ConnectAsync(EndpointCap endpoint, StreamOptions? options = null, CancellationToken cancellationToken = default)
    {
        StreamOptions set = (options ?? new StreamOptions()).Checked();
        // On the thread pool also from an executor's thread: a connection is used by any.
        return Task.Run(() => ClientSide.ConnectAsync(endpoint, set, cancellationToken), cancellationToken);
    }

    /// <summary>Gets the connection as a stream; to dispose of that disposes of the connection.</summary>
    public Stream AsStream() => _stream ??= new ConnectionStream(this);

    /// <summary>Ends the connection at once, at both sides.</summary>
    public void Abort() => _side?.Abort();

    /// <summary>Closes: nothing more is read, and what was written is sent.</summary>
    /// <returns>A task that is complete when the other side has taken the bytes, or the connection has ended otherwise: by <see cref="StreamOptions.CloseTimeout"/> for example.</returns>
    public async ValueTask DisposeAsync()
    {
        Close();
        try
        {
            await _ended.Task.WaitAsync(_options.CloseTimeout).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Abort();
        }
    }

    /// <summary>Closes as <see cref="DisposeAsync"/> does, and does not wait.</summary>
    public void Dispose() => _ = DisposeAsync().AsTask();

    internal void Begin(IConnectionSide side) => _side = side;

    /// <summary>Tells code that the connection has ended.</summary>
    internal void End()
    {
        // In the thread pool: code that is told may take its time.
        _closed.CancelAsync();
        _ended.TrySetResult();
    }

    private void Close()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        Output.Complete();
        Input.Complete();
        _side?.Close();
    }
}
