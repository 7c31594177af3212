using System.Runtime.CompilerServices;
using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <content>Writing.</content>
internal sealed unsafe partial class ChannelSource
{
    private WriteQueue _waiting;
    private bool _isWrittenInPlace;

    /// <summary>Gets the bytes of the longest message that the peer takes.</summary>
    public ulong PeerMaxMessageBytes => _end.PeerMaxMessageBytes;

    /// <summary>Writes a call, if it goes in one piece and there is room.</summary>
    /// <returns>False if it must wait: see <see cref="Wait"/>.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryCall(ushort label, ReadOnlySpan<byte> payload, Completion<IpcResponse> reply)
    {
        if (!TryReserve(payload.Length, out Span<byte> place) || !_end.Calls.TryOpen(new CallWaiter(reply, reply.Version), out uint id))
            return false;
        ChannelEnd.Copy(payload, place);
        CallsMade++;
        Commit(RecordKind.Call, id, label, payload.Length);
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

    /// <summary>Tells a caller that there will be no reply.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void WriteFailure(uint id, ReplyFailure why, ReadOnlySpan<byte> details)
    {
        if (_isEnded || TryWrite(RecordKind.Failure, id, (ushort)why, details))
            return;
        PendingWrite write = PendingWrite.Rent();
        write.BeginCopy(RecordKind.Failure, id, (ushort)why, details);
        WaitToReply(write);
    }

    /// <summary>Writes a message when there is room for it; a long one in fragments.</summary>
    public void Wait(PendingWrite write)
    {
        _waiting.DropStale();
        _waiting.Enqueue(write);
        WriteWaiting();
    }

    /// <summary>Writes a reply when there is room for it. A payload that is the request's own is written from where it is, any other is copied.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ReplyLater(MessageHandle handle, ushort label, ReadOnlySpan<byte> payload)
    {
        ChannelMessage request = handle.Message;
        if (payload.Length > MaxRecordBytes && (ulong)payload.Length > PeerMaxMessageBytes)
        {
            NoteRefusedReply();
            ulong length = (ulong)payload.Length;
            WriteFailure(request.Id, ReplyFailure.TooLong, new ReadOnlySpan<byte>(&length, sizeof(ulong)));
            Release(handle);
            return;
        }

        PendingWrite write = PendingWrite.Rent();
        if (request.Holds(payload))
        {
            request.Handle = handle;
            write.Begin(RecordKind.Reply, request.Id, label, request);
        }
        else
        {
            write.BeginCopy(RecordKind.Reply, request.Id, label, payload);
            Release(handle);
        }

        WaitToReply(write);
    }

    private void WaitToReply(PendingWrite write)
    {
        _repliesWaiting++;
        _share.Take(write.Copied);
        ShowReading();
        Wait(write);
    }

    /// <summary>Gives back what a message that is written, or never will be, has kept.</summary>
    private void Finish(PendingWrite write)
    {
        bool isAnswer = write.Transfer.Kind is RecordKind.Reply or RecordKind.Failure;
        ChannelMessage? request = write.Request;
        int copied = write.Copied;
        write.Return();
        if (request is not null)
            Release(request);
        if (!isAnswer)
            return;
        _share.GiveBack(copied);
        if (--_repliesWaiting == 0)
            ShowReading();
    }

    /// <summary>Replies with the request's own payload without a copy, if it is lent and there is room.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryReturn(ChannelMessage request, ushort label, ReadOnlySpan<byte> payload)
    {
        if (request.State != MessageState.Lent || !request.Holds(payload) || !_waiting.IsEmpty || _isWrittenInPlace || _end.TryReturn(request, label) != WriteOutcome.Done)
            return false;
        MarkWritten();
        return true;
    }

    /// <summary>Writes a message that lies in memory leased here; leaves the outcome of another as it is.</summary>
    partial void WriteLeased(PendingWrite write, ref WriteOutcome outcome);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryReserve(int length, out Span<byte> place)
    {
        if (_waiting.IsEmpty && !_isWrittenInPlace && _end.TryReserve(length, out place) == WriteOutcome.Done)
            return true;
        place = default;
        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Commit(RecordKind kind, uint id, ushort label, int length)
    {
        _end.Commit(kind, id, label, length);
        MarkWritten();
    }

    /// <summary>Writes what waits, as far as there is room.</summary>
    /// <returns>Whether anything was written.</returns>
    private bool WriteWaiting()
    {
        bool worked = false;
        if (_isWrittenInPlace)
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
            MarkWritten();
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
        WriteOutcome outcome = WriteOutcome.InParts;
        WriteLeased(write, ref outcome);
        return outcome == WriteOutcome.InParts ? _end.TryContinue(ref transfer, write.Payload) : outcome;
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
        if (outcome == WriteOutcome.TooLong)
            FailTooLong(write.Waiter, write.Payload.Length);
        else
            FailClosed(write.Waiter, ChannelEndReason.ClosedByPeer);
    }
}
