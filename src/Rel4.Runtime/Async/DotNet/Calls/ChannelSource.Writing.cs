using System.Buffers;
using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <content>Writing in place, by callbacks and into leased memory.</content>
internal sealed partial class ChannelSource
{
    /// <summary>Writes a call in place, if it goes in one piece and there is room.</summary>
    /// <returns>False if it must wait, and the callback was not called.</returns>
    public bool TryCall<TState>(ushort label, int length, TState state, SpanAction<byte, TState> write, Completion<IpcResponse> reply)
    {
        if (!TryReserve(length, out Span<byte> place) || !_end.Calls.TryOpen(new CallWaiter(reply, reply.Version), out uint id))
            return false;
        try
        {
            WriteInPlace(place, state, write);
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

    /// <summary>Writes a message in place, if it goes in one piece and there is room.</summary>
    /// <returns>False if it must wait, and the callback was not called.</returns>
    public bool TrySend<TState>(ushort label, int length, TState state, SpanAction<byte, TState> write)
    {
        if (!TryReserve(length, out Span<byte> place))
            return false;
        WriteInPlace(place, state, write);
        Commit(RecordKind.Send, 0, label, length);
        WriteWaiting();
        return true;
    }

    /// <summary>Replies in place and ends the request, if the reply goes in one piece and there is room.</summary>
    /// <returns>False if it must wait, and the callback was not called.</returns>
    public bool TryReply<TState>(MessageHandle handle, int version, ushort label, int length, TState state, SpanAction<byte, TState> write)
    {
        ChannelMessage request = handle.Message;
        if (request.Kind != RecordKind.Call || !TryReserve(length, out Span<byte> place))
            return false;
        WriteInPlace(place, state, write);
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
    public void Reply(MessageHandle handle, int version, ushort label, LentPlace lease, int length)
    {
        handle.Retire(version);
        if (handle.Message.Kind == RecordKind.Call && !_isEnded)
        {
            PendingWrite write = PendingWrite.Rent();
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
    public bool TryLease(int length, out LentPlace lease)
    {
        lease = default;
        if (_isEnded || _isWrittenInPlace || !_end.TryLease(length, out lease))
            return false;
        _leases++;
        return true;
    }

    /// <summary>Gets the first byte of leased memory, mapped for as long as the lease lasts.</summary>
    public unsafe byte* At(LentPlace lease) => _end.At(lease);

    /// <summary>Ends a lease without a message. At home, or after the run.</summary>
    public void EndLease(LentPlace lease)
    {
        lock (Memory)
        {
            _end.EndLease(lease);
            LeaseEnded();
        }
    }

    /// <summary>Takes note that a lease has ended. At home, or after the run, when several threads may.</summary>
    public void LeaseEnded()
    {
        lock (Memory)
        {
            _leases--;
            DisposeOfParts();
        }
    }

    /// <summary>Ends a lease that was given up elsewhere. Any thread.</summary>
    public void BringHome(LentPlace lease) => _runtime.HandOver(() => EndLease(lease), () => EndLease(lease));

    partial void WriteLeased(PendingWrite write, ref WriteOutcome outcome)
    {
        if (!write.IsLeasedFrom(this, out LentPlace lease))
            return;
        outcome = _end.TryWrite(write.Transfer.Kind, write.Transfer.Id, write.Transfer.Label, lease, write.Payload.Length);
        if (outcome == WriteOutcome.Done)
            write.Lent();
    }

    /// <summary>Has code write into a place in the ring, which is nobody else's meanwhile. Nothing is taken of the ring, so code that throws leaves nothing.</summary>
    private void WriteInPlace<TState>(Span<byte> place, TState state, SpanAction<byte, TState> write)
    {
        _isWrittenInPlace = true;
        bool isWritten = false;
        try
        {
            write(place, state);
            isWritten = true;
        }
        finally
        {
            _isWrittenInPlace = false;
            if (!isWritten)
                WriteWaiting();
        }
    }
}
