using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Security.Cryptography;
using Rel4.Runtime;

namespace Rel4.Streams.Internal;

/// <summary>The client's side of a connection: a loop that writes, one that reads, and one that waits for the connection's end.</summary>
/// <remarks>
/// In the thread pool, so the process' executor makes the calls, and messages are copied when a call begins. Invariants: 1. the ends of the pipes that this side has are used under
/// <c>_gate</c>, and not after <c>_failure</c> is there, or that for what leaves after <c>_isDeaf</c> is set; 2. calls of one kind are begun by one loop, in order, at most <see cref="StreamProtocol.Window"/> of them.
/// </remarks>
[SuppressMessage("Reliability", "CA1001", Justification = "The source has no timer and no handle, and the connection is code's to dispose of.")]
internal sealed class ClientSide : IConnectionSide
{
    private readonly Lock _gate = new();
    private readonly EndpointCap _endpoint;
    private readonly StreamConnection _connection;
    private readonly ulong _number;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Queue<CoTask<IpcResponse>> _writes = new(StreamProtocol.Window);
    private readonly Queue<CoTask<IpcResponse>> _reads = new(StreamProtocol.Window);
    private uint _written;
    private uint _read;
    private StreamClosedException? _failure;
    private bool _isDeaf;
    private bool _hasAllArrived;

    private ClientSide(EndpointCap endpoint, StreamOptions options)
    {
        _endpoint = endpoint;
        _connection = new StreamConnection(badge: 0, options);
        // Nobody else's by chance: clients of one badge share the numbers.
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(number);
        _number = BitConverter.ToUInt64(number);
    }

    /// <inheritdoc cref="StreamConnection.ConnectAsync"/>
    public static async Task<StreamConnection> ConnectAsync(EndpointCap endpoint, StreamOptions options, CancellationToken cancellationToken)
    {
        var side = new ClientSide(endpoint, options);
        using CancellationTokenRegistration cancellation = cancellationToken.UnsafeRegister(static stop => ((CancellationTokenSource)stop!).Cancel(), side._stop);
        CoTask<IpcResponse> open = side.Call(StreamRequest.Open, StreamProtocol.Version);
        CoTask<IpcResponse> first = side.Read();
        try
        {
            StreamAnswer answer = await TakeAsync(first).ConfigureAwait(false);
            if (answer != StreamAnswer.Bytes)
                throw new StreamClosedException(ReasonOf(await TakeAsync(open).ConfigureAwait(false)));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            side.Tell(StreamRequest.Abort);
            throw new OperationCanceledException(cancellationToken);
        }
        catch (Exception failure) when (TryExplain(failure, out StreamCloseReason reason))
        {
            throw new StreamClosedException(reason, failure);
        }

        side._connection.Begin(side);
        // Each handles what goes wrong.
        _ = side.RunAsync(open);
        return side._connection;
    }

    /// <inheritdoc/>
    public void Abort()
    {
        Fail(new StreamClosedException(StreamCloseReason.AbortedHere));
        Tell(StreamRequest.Abort);
    }

    /// <inheritdoc/>
    public void Close() => _disposed.TrySetResult();

    private async Task RunAsync(CoTask<IpcResponse> open)
    {
        Task writing = WriteAsync();
        Task reading = ReadAsync();
        StreamClosedException failure;
        try
        {
            StreamAnswer end = await TakeAsync(open).ConfigureAwait(false);
            failure = new StreamClosedException(ReasonOf(end));
            if (end == StreamAnswer.End)
            {
                // The server has answered all reads before: what they bring is taken, and what is still written goes nowhere.
                EndWriting(failure);
                await reading.ConfigureAwait(false);
            }
        }
        catch (Exception lost)
        {
            failure = Explain(lost);
        }

        Fail(failure);
        await Task.WhenAll(writing, reading).ConfigureAwait(false);
    }

    /// <summary>Sends what code writes.</summary>
    private async Task WriteAsync()
    {
        PipeReader leaving = _connection.Leaving;
        try
        {
            for (bool isLast = false; !isLast;)
            {
                ReadResult result = await leaving.ReadAsync().ConfigureAwait(false);
                if (_writes.Count == StreamProtocol.Window)
                    await EndOldestWriteAsync().ConfigureAwait(false);
                lock (_gate)
                {
                    if (_isDeaf)
                        return;
                    isLast = result.IsCompleted && result.Buffer.Length <= StreamProtocol.MaxPiece;
                    ReadOnlySequence<byte> piece = result.Buffer.Length <= StreamProtocol.MaxPiece ? result.Buffer : result.Buffer.Slice(0, StreamProtocol.MaxPiece);
                    if (isLast || !piece.IsEmpty)
                        _writes.Enqueue(Call(StreamRequest.Write, _written++, piece, isLast ? StreamProtocol.Last : 0));
                    leaving.AdvanceTo(piece.End);
                }
            }

            while (_writes.Count > 0)
                await EndOldestWriteAsync().ConfigureAwait(false);
            await _disposed.Task.WaitAsync(_stop.Token).ConfigureAwait(false);
            Tell(StreamRequest.Close);
        }
        catch (StreamClosedException)
        {
            // The open's answer says why.
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
        }
        catch (Exception lost) when (TryExplain(lost, out _))
        {
            // So does its failure.
        }
        catch (Exception)
        {
            // Code has completed its output by an exception.
            Abort();
        }
    }

    /// <summary>Takes what the other side writes. A read is only made when there is room for what it brings.</summary>
    private async Task ReadAsync()
    {
        PipeWriter arriving = _connection.Arriving;
        try
        {
            while (true)
            {
                while (_reads.Count < StreamProtocol.Window)
                    _reads.Enqueue(Read());
                ValueTask<FlushResult> flushed;
                using (IpcResponse response = await _reads.Dequeue())
                {
                    if (response.Label != (ushort)StreamAnswer.Bytes)
                    {
                        if (response.Label == (ushort)StreamAnswer.End)
                            CompleteInput();
                        break;
                    }

                    lock (_gate)
                    {
                        if (_failure is not null)
                            break;
                        arriving.Write(response.Payload);
                        flushed = arriving.FlushAsync();
                    }
                }

                await flushed.ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
        }
        catch (Exception lost) when (TryExplain(lost, out _))
        {
            // The open's failure says why.
        }
        catch (Exception)
        {
            // Code has completed its input by an exception.
            Abort();
        }
    }

    private void CompleteInput()
    {
        lock (_gate)
        {
            if (_failure is not null)
                return;
            _hasAllArrived = true;
            _connection.Arriving.Complete();
        }
    }

    /// <summary>Ends everything here, once.</summary>
    private void Fail(StreamClosedException failure)
    {
        lock (_gate)
        {
            if (_failure is not null)
                return;
            _failure = failure;
            // Before they are complete, as who waits goes on then and finds the failure.
            if (!_hasAllArrived)
            {
                _connection.Arriving.CancelPendingFlush();
                _connection.Arriving.Complete(failure);
            }
        }

        EndWriting(failure);

        // Its registrations are calls under way, which end in the thread pool.
        _stop.CancelAsync();
        _connection.End();
    }

    /// <summary>Tells code that nobody takes what it writes, once.</summary>
    private void EndWriting(StreamClosedException failure)
    {
        lock (_gate)
        {
            if (_isDeaf)
                return;
            _isDeaf = true;
            _connection.Leaving.CancelPendingRead();
            _connection.Leaving.Complete(failure);
        }
    }

    private async Task EndOldestWriteAsync()
    {
        StreamAnswer answer = await TakeAsync(_writes.Dequeue()).ConfigureAwait(false);
        if (answer != StreamAnswer.Bytes)
            throw new StreamClosedException(StreamCloseReason.PeerClosed);
    }

    private CoTask<IpcResponse> Read() => Call(StreamRequest.Read, _read++);

    private CoTask<IpcResponse> Call(StreamRequest what, uint value, ReadOnlySequence<byte> bytes = default, uint flags = 0) => _endpoint.CallAsync(
        (ushort)what,
        StreamHeader.Bytes + (int)bytes.Length,
        (Header: new StreamHeader(_number, value, flags), Payload: bytes),
        static (message, content) =>
        {
            content.Header.Write(message);
            content.Payload.CopyTo(message[StreamHeader.Bytes..]);
        },
        _stop.Token);

    /// <summary>Tells the server something that it need not answer, and that does not matter if it is gone.</summary>
    private void Tell(StreamRequest what)
    {
        byte[] message = new byte[StreamHeader.Bytes];
        new StreamHeader(_number, 0, 0).Write(message);
        _ = SendAsync();

        async Task SendAsync()
        {
            try
            {
                await _endpoint.SendAsync((ushort)what, message);
            }
            catch (Exception gone) when (TryExplain(gone, out _) || gone is InvalidOperationException or IOException)
            {
                // Then there is nobody to be told.
            }
        }
    }

    private static async Task<StreamAnswer> TakeAsync(CoTask<IpcResponse> call)
    {
        using IpcResponse response = await call;
        return (StreamAnswer)response.Label;
    }

    private static StreamCloseReason ReasonOf(StreamAnswer answer) => answer switch
    {
        StreamAnswer.End => StreamCloseReason.PeerClosed,
        StreamAnswer.Aborted => StreamCloseReason.PeerAborted,
        StreamAnswer.Refused => StreamCloseReason.Refused,
        // What is no answer at all comes from a server of another kind.
        _ => StreamCloseReason.ProtocolViolation,
    };

    private static StreamClosedException Explain(Exception lost) =>
        TryExplain(lost, out StreamCloseReason reason) ? new StreamClosedException(reason, lost) : new StreamClosedException(StreamCloseReason.AbortedHere, lost);

    private static bool TryExplain(Exception lost, [NotNullWhen(true)] out StreamCloseReason reason)
    {
        reason = lost switch
        {
            ChannelEndedException { Reason: ChannelEndReason.ClosedHere } or KernelEndedException => StreamCloseReason.SystemEnded,
            ChannelEndedException { Reason: ChannelEndReason.ProtocolViolation } => StreamCloseReason.ProtocolViolation,
            _ => StreamCloseReason.PeerEnded,
        };
        return lost is ChannelEndedException or KernelEndedException or ReplyAbandonedException;
    }
}
