using System.Buffers;
using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <content>Writing in place, by callbacks.</content>
internal sealed partial class ChannelSource
{
    /// <summary>Writes a call in place, if it fits one record and there is room.</summary>
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

    /// <summary>Writes a message in place, if it fits one record and there is room.</summary>
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

    /// <summary>Replies in place and ends the request, if the reply fits one record and there is room.</summary>
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
}
