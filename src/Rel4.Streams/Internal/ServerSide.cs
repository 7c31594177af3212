using System.Buffers;
using System.IO.Pipelines;
using Rel4.Runtime;

namespace Rel4.Streams.Internal;

/// <summary>The server's side of a connection.</summary>
/// <remarks>
/// On the listener's executor, but where a member says otherwise. Invariants: 1. a read is held while there are no bytes for it, a write while there is no room for it, the open until the
/// end; 2. at most <see cref="StreamProtocol.Window"/> of each are held, or the connection ends; 3. nothing of the pipes' ends here is used after the end.
/// </remarks>
internal sealed class ServerSide : IConnectionSide
{
    private readonly ListenerState _listener;
    private readonly IpcRequest _open;
    private readonly Queue<IpcRequest> _reads = new(StreamProtocol.Window);
    private readonly Queue<IpcRequest> _writes = new(StreamProtocol.Window);
    private readonly CancellationTokenRegistration _callerGone;
    private uint _read;
    private uint _written;
    private bool _isAnswering;
    private bool _isTaking;
    private bool _hasAllArrived;
    private bool _hasAllLeft;
    private bool _isUnread;
    private StreamClosedException? _failure;

    public ServerSide(ListenerState listener, IpcRequest open, ulong number, StreamOptions options)
    {
        _listener = listener;
        _open = open;
        Key = (open.Badge, number);
        Connection = new StreamConnection(open.Badge, options);
        Connection.Begin(this);
        _callerGone = open.CallerGone.UnsafeRegister(static self => ((ServerSide)self!).EndLater(StreamCloseReason.PeerEnded), this);
    }

    public (ulong Badge, ulong Number) Key { get; }

    public StreamConnection Connection { get; }

    /// <summary>Gets whether it moves bytes, or waits for some or for room.</summary>
    public bool IsBusy => _isAnswering || _isTaking;

    private bool HasEnded => _failure is not null;

    /// <summary>Gives the connection up. Any thread.</summary>
    public void Abort() => EndLater(StreamCloseReason.AbortedHere);

    /// <summary>Takes note that code reads no more, and has written all. Any thread.</summary>
    public void Close() => _listener.Post(static self =>
    {
        self._isUnread = true;
        self.EndIfThrough();
    }, this);

    /// <summary>Takes a client's read.</summary>
    public void Read(IpcRequest read, in StreamHeader header)
    {
        if (header.Value != _read || _reads.Count == StreamProtocol.Window)
        {
            Violate(read);
        }
        else if (_read++ == 0)
        {
            // Says that the connection is open.
            Answer(read, StreamAnswer.Bytes);
        }
        else
        {
            _reads.Enqueue(read);
            if (!_isAnswering)
                _ = AnswerReadsAsync();
        }
    }

    /// <summary>Takes a client's write.</summary>
    public void Write(IpcRequest write, in StreamHeader header)
    {
        if (header.Value != _written || _hasAllArrived || _writes.Count == StreamProtocol.Window || write.Length > StreamHeader.Bytes + StreamProtocol.MaxPiece)
        {
            Violate(write);
            return;
        }

        _written++;
        _hasAllArrived = (header.Flags & StreamProtocol.Last) != 0;
        _writes.Enqueue(write);
        if (!_isTaking)
            _ = TakeWritesAsync();
    }

    /// <summary>Takes note that the client has closed: all that it wrote has been taken, and it wants no more.</summary>
    public void PeerClosed() => End(StreamCloseReason.PeerClosed);

    /// <summary>Ends the connection, once.</summary>
    public void End(StreamCloseReason reason)
    {
        if (HasEnded)
            return;
        _failure = new StreamClosedException(reason);
        _listener.Remove(this);
        // The channel outlives many connections.
        _callerGone.Unregister();
        while (_reads.TryDequeue(out IpcRequest read))
            Answer(read, _hasAllLeft ? StreamAnswer.End : StreamAnswer.Closed);
        if (!_isTaking)
            CloseWrites();
        // The last, as the client takes what was answered before.
        Answer(_open, reason switch
        {
            StreamCloseReason.PeerClosed => StreamAnswer.End,
            StreamCloseReason.ProtocolViolation => StreamAnswer.Violation,
            _ => StreamAnswer.Aborted,
        });

        if (_isTaking)
            Connection.Arriving.CancelPendingFlush();
        Connection.Arriving.Complete(_hasAllArrived && reason == StreamCloseReason.PeerClosed ? null : _failure);
        if (_isAnswering)
            Connection.Leaving.CancelPendingRead();
        else
            Connection.Leaving.Complete(_failure);
        Connection.End();
    }

    /// <summary>Ends the connection. Any thread.</summary>
    private void EndLater(StreamCloseReason reason) => _listener.Post(static end => end.Self.End(end.Reason), (Self: this, Reason: reason));

    private void Violate(IpcRequest request)
    {
        Answer(request, StreamAnswer.Closed);
        End(StreamCloseReason.ProtocolViolation);
    }

    private void EndIfThrough()
    {
        if (((_hasAllArrived && _writes.Count == 0) || _isUnread) && _hasAllLeft)
            End(StreamCloseReason.PeerClosed);
    }

    /// <summary>Answers reads with what code has written, until there are none.</summary>
    private async Task AnswerReadsAsync()
    {
        _isAnswering = true;
        PipeReader leaving = Connection.Leaving;
        try
        {
            while (_reads.Count > 0)
            {
                ReadResult result = await leaving.ReadAsync();
                if (HasEnded)
                    break;
                ReadOnlySequence<byte> piece = result.Buffer.Length <= StreamProtocol.MaxPiece ? result.Buffer : result.Buffer.Slice(0, StreamProtocol.MaxPiece);
                if (!piece.IsEmpty)
                    await _reads.Dequeue().ReplyAsync((ushort)StreamAnswer.Bytes, (int)piece.Length, piece, static (message, piece) => piece.CopyTo(message));
                leaving.AdvanceTo(piece.End);
                if (!piece.IsEmpty || !result.IsCompleted)
                    continue;
                _hasAllLeft = true;
                while (_reads.TryDequeue(out IpcRequest read))
                    Answer(read, StreamAnswer.End);
                EndIfThrough();
            }
        }
        catch (Exception)
        {
            // Code has completed its output by an exception.
            End(StreamCloseReason.AbortedHere);
        }

        if (HasEnded)
            await leaving.CompleteAsync(_failure);
        _isAnswering = false;
    }

    /// <summary>Brings what the client has written to code, and answers when there is room again.</summary>
    private async Task TakeWritesAsync()
    {
        _isTaking = true;
        try
        {
            while (!HasEnded && _writes.TryPeek(out IpcRequest write))
            {
                Connection.Arriving.Write(write.Payload[StreamHeader.Bytes..]);
                if (_hasAllArrived && _writes.Count == 1)
                    await Connection.Arriving.CompleteAsync();
                else
                    await Connection.Arriving.FlushAsync();
                if (HasEnded)
                    break;
                Answer(_writes.Dequeue(), StreamAnswer.Bytes);
            }
        }
        catch (Exception)
        {
            // Code has completed its input by an exception.
            End(StreamCloseReason.AbortedHere);
        }

        _isTaking = false;
        if (HasEnded)
            CloseWrites();
        else
            EndIfThrough();
    }

    private void CloseWrites()
    {
        while (_writes.TryDequeue(out IpcRequest write))
            Answer(write, StreamAnswer.Closed);
    }

    private static void Answer(IpcRequest request, StreamAnswer answer) => request.ReplyAsync((ushort)answer);
}
