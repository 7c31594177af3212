using System.Buffers;
using System.Runtime.CompilerServices;
using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <content>Writing.</content>
internal sealed partial class ChannelSource
{
    private WriteQueue _waiting;

    /// <summary>Gets the bytes of the longest message that the peer takes.</summary>
    public ulong PeerMaxMessageBytes => _end.PeerMaxMessageBytes;

    /// <summary>Writes a call, if it fits one record and there is room.</summary>
    /// <returns>False if it must wait: see <see cref="Wait"/>.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryCall(ushort label, ReadOnlySpan<byte> payload, Completion<Response> reply)
    {
        if (!TryReserve(payload.Length, out Span<byte> place) || !_end.Calls.TryOpen(new CallWaiter(reply, reply.Version), out uint id))
            return false;
        payload.CopyTo(place);
        CallsMade++;
        Commit(RecordKind.Call, id, label, payload.Length);
        return true;
    }

    /// <summary>Writes a call in place, if it fits one record and there is room.</summary>
    /// <returns>False if it must wait, and the callback was not called.</returns>
    public bool TryCall<TState>(ushort label, int length, TState state, SpanAction<byte, TState> write, Completion<Response> reply)
    {
        if (!TryReserve(length, out Span<byte> place))
            return false;
        // Nothing is taken before the commit, so a callback that throws leaves nothing behind.
        write(place, state);
        if (!_end.Calls.TryOpen(new CallWaiter(reply, reply.Version), out uint id))
            return false;
        CallsMade++;
        Commit(RecordKind.Call, id, label, length);
        return true;
    }

    /// <summary>Writes a message or a reply, if it fits one record and there is room.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryWrite(RecordKind kind, uint id, ushort label, ReadOnlySpan<byte> payload)
    {
        if (!TryReserve(payload.Length, out Span<byte> place))
            return false;
        payload.CopyTo(place);
        Commit(kind, id, label, payload.Length);
        return true;
    }

    /// <summary>Writes a message or a reply in place, if it fits one record and there is room.</summary>
    public bool TryWrite<TState>(RecordKind kind, uint id, ushort label, int length, TState state, SpanAction<byte, TState> write)
    {
        if (!TryReserve(length, out Span<byte> place))
            return false;
        write(place, state);
        Commit(kind, id, label, length);
        return true;
    }

    /// <summary>Tells a caller that there will be no reply.</summary>
    public void WriteFailure(uint id)
    {
        if (_isEnded || TryWrite(RecordKind.Failure, id, 0, default))
            return;
        PendingWrite write = _runtime.RentWrite();
        write.Begin(RecordKind.Failure, id, 0, default, completion: null);
        WaitToReply(write);
    }

    /// <summary>Writes a message when there is room for it; a long one in fragments.</summary>
    public void Wait(PendingWrite write)
    {
        _waiting.Enqueue(write);
        WriteWaiting();
    }

    /// <summary>Writes a reply when there is room for it, and then releases the request. Until then the client's further requests wait in its ring.</summary>
    /// <remarks>A payload that is the request's own is written from where it is, any other is copied.</remarks>
    public void WriteReplyLater(uint id, ushort label, ReadOnlySpan<byte> payload, MessagePlace request, int requestLength)
    {
        PendingWrite write = _runtime.RentWrite();
        if (payload == request.Payload(requestLength))
        {
            write.Begin(RecordKind.Reply, id, label, request, requestLength);
        }
        else
        {
            byte[] copy = RemoteCopy.Of(payload);
            write.Begin(RecordKind.Reply, id, label, copy.AsMemory(0, payload.Length), completion: null, copy);
            Release(request);
        }

        WaitToReply(write);
    }

    private void WaitToReply(PendingWrite write)
    {
        _repliesWaiting++;
        ShowBacklog();
        Wait(write);
    }

    /// <summary>Gives back what a message that is written, or never will be, has kept.</summary>
    private void Finish(PendingWrite write)
    {
        if (write.Transfer.Kind is RecordKind.Reply or RecordKind.Failure)
        {
            _repliesWaiting--;
            ShowBacklog();
        }

        MessagePlace? place = write.Place;
        _runtime.Return(write);
        if (place is { } kept)
            Release(kept);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryReserve(int length, out Span<byte> place)
    {
        if (_waiting.IsEmpty && length <= MaxRecordBytes && _end.TryReserve(length, out place) == WriteOutcome.Done)
            return true;
        place = default;
        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Commit(RecordKind kind, uint id, ushort label, int length)
    {
        _end.Commit(kind, id, label, length);
        _runtime.Executor.MarkWritten(this);
    }

    /// <summary>Writes what waits, as far as there is room.</summary>
    /// <returns>Whether anything was written.</returns>
    private bool WriteWaiting()
    {
        bool worked = false;
        // Ends when there is no room, or when none of those that are left may begin yet.
        for (int passed = 0; passed < _waiting.Count;)
        {
            PendingWrite write = _waiting.First;
            WriteOutcome outcome = write.IsStale ? GiveUp(write) : Continue(write);
            if (outcome == WriteOutcome.Full)
            {
                _runtime.Executor.Heat(this);
                break;
            }

            _waiting.Dequeue();
            if (outcome is WriteOutcome.More or WriteOutcome.Busy)
            {
                // Those behind it have their turn, so that short messages need not wait for long ones.
                _waiting.Enqueue(write);
                worked |= outcome == WriteOutcome.More;
                passed = outcome == WriteOutcome.More ? 0 : passed + 1;
                continue;
            }

            worked = true;
            passed = 0;
            if (outcome == WriteOutcome.Done)
                write.Succeed();
            else
                Refuse(write, outcome);
            Finish(write);
        }

        if (worked)
            _runtime.Executor.MarkWritten(this);
        return worked;
    }

    private WriteOutcome Continue(PendingWrite write)
    {
        ref MessageTransfer transfer = ref write.Transfer;
        if (transfer.Kind == RecordKind.Call && transfer.Id == 0)
        {
            if (!_end.Calls.TryOpen(write.Waiter, out uint id))
                return WriteOutcome.Busy;
            transfer.Id = id;
            CallsMade++;
        }

        return _end.TryContinue(ref transfer, write.Payload.Span);
    }

    /// <summary>Ends a message that nobody waits for any more.</summary>
    private WriteOutcome GiveUp(PendingWrite write)
    {
        WriteOutcome outcome = _end.TryAbandon(ref write.Transfer);
        if (outcome == WriteOutcome.Done && write.Transfer.Kind == RecordKind.Call)
            _ = _end.Calls.TryComplete(write.Transfer.Id, out _);
        return outcome;
    }

    private void Refuse(PendingWrite write, WriteOutcome outcome)
    {
        if (write.Transfer.Kind == RecordKind.Call)
            _ = _end.Calls.TryComplete(write.Transfer.Id, out _);
        write.Fail(outcome == WriteOutcome.TooLong
            ? new ArgumentException($"A message of {write.Payload.Length} bytes is longer than the {PeerMaxMessageBytes} bytes that the other side takes.")
            : new ChannelClosedException(Number, ChannelCloseReason.ClosedByPeer, _end.Violation));
    }
}
