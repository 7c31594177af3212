using System.Buffers;
using System.Runtime.CompilerServices;
using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <content>Writing.</content>
internal sealed partial class ChannelSource
{
    private WriteQueue _waiting;
    private bool _isLeased;

    /// <summary>Gets the bytes of the longest message that the peer takes.</summary>
    public ulong PeerMaxMessageBytes => _end.PeerMaxMessageBytes;

    /// <summary>Writes a call, if it goes in one piece and there is room.</summary>
    /// <returns>False if it must wait: see <see cref="Wait"/>.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryCall(ushort label, ReadOnlySpan<byte> payload, Completion<Response> reply)
    {
        if (!TryReserve(payload.Length, out Span<byte> place) || !_end.Calls.TryOpen(new CallWaiter(reply, reply.Version), out uint id))
            return false;
        ChannelEnd.Copy(payload, place);
        CallsMade++;
        Commit(RecordKind.Call, id, label, payload.Length);
        return true;
    }

    /// <summary>Writes a call in place, if it goes in one piece and there is room.</summary>
    /// <returns>False if it must wait, and the callback was not called.</returns>
    public bool TryCall<TState>(ushort label, int length, TState state, SpanAction<byte, TState> write, Completion<Response> reply)
    {
        if (!TryReserve(length, out Span<byte> place) || !_end.Calls.TryOpen(new CallWaiter(reply, reply.Version), out uint id))
            return false;
        try
        {
            Lease(place, state, write);
        }
        catch
        {
            _ = _end.Calls.TryComplete(id, out _);
            throw;
        }

        CallsMade++;
        Commit(RecordKind.Call, id, label, length);
        WriteWaiting();
        return true;
    }

    /// <summary>Writes a message or a reply, if it goes in one piece and there is room.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryWrite(RecordKind kind, uint id, ushort label, ReadOnlySpan<byte> payload)
    {
        if (!TryReserve(payload.Length, out Span<byte> place))
            return false;
        ChannelEnd.Copy(payload, place);
        Commit(kind, id, label, payload.Length);
        return true;
    }

    /// <summary>Writes a message in place, if it goes in one piece and there is room.</summary>
    /// <returns>False if it must wait, and the callback was not called.</returns>
    public bool TrySend<TState>(ushort label, int length, TState state, SpanAction<byte, TState> write)
    {
        if (!TryReserve(length, out Span<byte> place))
            return false;
        Lease(place, state, write);
        Commit(RecordKind.Send, 0, label, length);
        WriteWaiting();
        return true;
    }

    /// <summary>Replies, and ends the request.</summary>
    public void Reply(MessageHandle handle, int version, ushort label, ReadOnlySpan<byte> payload)
    {
        handle.Retire(version);
        ChannelMessage request = handle.Message;
        if (request.Kind != RecordKind.Call || TryReturn(request, label, payload) || TryWrite(RecordKind.Reply, request.Id, label, payload) || _isEnded)
            Release(handle);
        else
            ReplyLater(handle, label, payload);
    }

    /// <summary>Replies in place and ends the request, if the reply goes in one piece and there is room.</summary>
    /// <returns>False if it must wait, and the callback was not called.</returns>
    public bool TryReply<TState>(MessageHandle handle, int version, ushort label, int length, TState state, SpanAction<byte, TState> write)
    {
        ChannelMessage request = handle.Message;
        if (request.Kind != RecordKind.Call || !TryReserve(length, out Span<byte> place))
            return false;
        Lease(place, state, write);
        if (handle.IsLive(version))
        {
            handle.Retire(version);
            Commit(RecordKind.Reply, request.Id, label, length);
            Release(handle);
            WriteWaiting();
            return true;
        }

        WriteWaiting();
        handle.Check(version);
        return true;
    }

    /// <summary>Replies with a message that lies in memory leased here, and ends the request.</summary>
    public void Reply(MessageHandle handle, int version, ushort label, LeasedUnits lease, int length)
    {
        handle.Retire(version);
        if (handle.Message.Kind == RecordKind.Call && !_isEnded)
        {
            PendingWrite write = _runtime.RentWrite();
            write.Begin(RecordKind.Reply, handle.Message.Id, label, this, lease, length, completion: null);
            WaitToReply(write);
        }
        else
        {
            EndLease(lease);
        }

        Release(handle);
    }

    /// <summary>Leases memory of the frame to write a message in. It stays mapped until the lease has ended, also if the channel ends before.</summary>
    /// <returns>False if there is none, or the message is short.</returns>
    public bool TryLease(int length, out LeasedUnits lease)
    {
        lease = default;
        if (_isEnded || _isLeased || !_end.TryLease(length, out lease))
            return false;
        _leases++;
        return true;
    }

    /// <summary>Ends a lease without a message. At home.</summary>
    public void EndLease(LeasedUnits lease)
    {
        _end.EndLease(lease);
        LeaseEnded();
    }

    /// <summary>Takes note that a lease has ended. At home.</summary>
    public void LeaseEnded()
    {
        _leases--;
        DisposeOfParts();
    }

    /// <summary>Ends a lease that was given up elsewhere. Any thread.</summary>
    public void BringHome(LeasedUnits lease)
    {
        if (!_runtime.HasEnded)
        {
            _executor.Post(_ => EndLease(lease));
            return;
        }

        // There is no home any more.
        lock (Memory)
            EndLease(lease);
    }

    /// <summary>Tells a caller that there will be no reply.</summary>
    public void WriteFailure(uint id, ReplyFailure why, ReadOnlySpan<byte> details)
    {
        if (_isEnded || TryWrite(RecordKind.Failure, id, (ushort)why, details))
            return;
        byte[] copy = RemoteCopy.Of(details);
        PendingWrite write = _runtime.RentWrite();
        write.Begin(RecordKind.Failure, id, (ushort)why, copy.AsMemory(0, details.Length), completion: null, copy);
        WaitToReply(write);
    }

    /// <summary>Writes a message when there is room for it; a long one in fragments.</summary>
    public void Wait(PendingWrite write)
    {
        _waiting.Enqueue(write);
        WriteWaiting();
    }

    /// <summary>Writes a reply when there is room for it. A payload that is the request's own is written from where it is, any other is copied.</summary>
    private void ReplyLater(MessageHandle handle, ushort label, ReadOnlySpan<byte> payload)
    {
        ChannelMessage request = handle.Message;
        if (payload.Length > MaxRecordBytes && (ulong)payload.Length > PeerMaxMessageBytes)
        {
            RuntimeMeter.AddRefusedReply();
            WriteFailure(request.Id, ReplyFailure.TooLong, BitConverter.GetBytes((ulong)payload.Length));
            Release(handle);
            return;
        }

        PendingWrite write = _runtime.RentWrite();
        if (payload == request.Payload)
        {
            request.Handle = handle;
            write.Begin(RecordKind.Reply, request.Id, label, request);
        }
        else
        {
            byte[] copy = RemoteCopy.Of(payload);
            write.Begin(RecordKind.Reply, request.Id, label, copy.AsMemory(0, payload.Length), completion: null, copy);
            Release(handle);
        }

        WaitToReply(write);
    }

    private void WaitToReply(PendingWrite write)
    {
        _repliesWaiting++;
        ShowReading();
        Wait(write);
    }

    /// <summary>Gives back what a message that is written, or never will be, has kept.</summary>
    private void Finish(PendingWrite write)
    {
        bool isAnswer = write.Transfer.Kind is RecordKind.Reply or RecordKind.Failure;
        ChannelMessage? request = write.Request;
        _runtime.Return(write);
        if (request is not null)
            _end.Release(request);
        if (isAnswer && --_repliesWaiting == 0)
            ShowReading();
    }

    /// <summary>Has code write into a place in the ring, which is nobody else's meanwhile. Nothing is taken of the ring, so code that throws leaves nothing.</summary>
    private void Lease<TState>(Span<byte> place, TState state, SpanAction<byte, TState> write)
    {
        _isLeased = true;
        bool isWritten = false;
        try
        {
            write(place, state);
            isWritten = true;
        }
        finally
        {
            _isLeased = false;
            if (!isWritten)
                WriteWaiting();
        }
    }

    /// <summary>Replies with the request's own payload without a copy, if it is lent and there is room.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryReturn(ChannelMessage request, ushort label, ReadOnlySpan<byte> payload)
    {
        if (request.State != MessageState.Lent || payload != request.Payload || !_waiting.IsEmpty || _isLeased || _end.TryReturn(request, label) != WriteOutcome.Done)
            return false;
        _executor.MarkWritten(this);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryReserve(int length, out Span<byte> place)
    {
        if (_waiting.IsEmpty && !_isLeased && _end.TryReserve(length, out place) == WriteOutcome.Done)
            return true;
        place = default;
        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Commit(RecordKind kind, uint id, ushort label, int length)
    {
        _end.Commit(kind, id, label, length);
        _executor.MarkWritten(this);
    }

    /// <summary>Writes what waits, as far as there is room.</summary>
    /// <returns>Whether anything was written.</returns>
    private bool WriteWaiting()
    {
        bool worked = false;
        if (_isLeased)
            return false;
        // Ends when there is no room, or when none of those that are left may begin yet.
        for (int passed = 0; passed < _waiting.Count;)
        {
            PendingWrite write = _waiting.First;
            WriteOutcome outcome = write.IsStale ? GiveUp(write) : Continue(write);
            if (outcome == WriteOutcome.Full)
            {
                _executor.Heat(this);
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
            _executor.MarkWritten(this);
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

        if (write.Request is { State: MessageState.Lent } request)
            return _end.TryReturn(request, transfer.Label);
        if (!write.IsLeasedFrom(this, out LeasedUnits lease))
            return _end.TryContinue(ref transfer, write.Payload);
        WriteOutcome outcome = _end.TryWrite(transfer.Kind, transfer.Id, transfer.Label, lease, write.Payload.Length);
        if (outcome == WriteOutcome.Done)
            write.Lent();
        return outcome;
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
            ? new ArgumentException(
                $"A message of {write.Payload.Length} bytes is longer than the {PeerMaxMessageBytes} bytes that the other side takes through "
                + $"{AsyncMachine.Describe("endpoint", _endpoint)}. Send it in parts{ReL4.OrRaiseMemory((ulong)write.Payload.Length, "there")}.")
            : new ChannelClosedException(Name, ChannelCloseReason.ClosedByPeer, _end.Violation));
    }
}
