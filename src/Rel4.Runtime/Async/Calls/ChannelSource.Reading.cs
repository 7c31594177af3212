using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <content>Reading.</content>
internal sealed partial class ChannelSource
{
    private bool _waitsForMemory;
    private uint _pollsToPass;

    /// <summary>Takes note that the server's code has taken a request of this channel out of the backlog.</summary>
    public void Taken(ChannelMessage request)
    {
        request.IsTaken = true;
        _backlog--;
        ShowBacklog();
        LookForRoom();
    }

    /// <summary>Takes note that the peer may have memory again.</summary>
    public void OnMemoryGivenBack()
    {
        _waitsForMemory = false;
        _end.AllowLines(LinesPerPoll);
        ShowBacklog();
        // Messages that are kept may be moved out now.
        _executor.Heat(this);
    }

    private bool ReadSome()
    {
        ulong before = _end.LinesRead;
        _end.AllowLines(LinesPerPoll);
        for (int left = _executor.HotCount == 1 ? MessagesPerLonePoll : MessagesPerPoll;
            left > 0 && !_end.LeavesRecords && _end.MayRead && _end.TryRead(out ChannelMessage message, out CallWaiter waiter);
            left--)
        {
            if (message.Kind == RecordKind.Reply)
                HandOutReply(message, waiter);
            else
                HandOutOther(message, waiter);
        }

        if (_end.WaitsForMemory)
            WaitForMemory();
        ulong lines = _end.LinesRead - before;
        _pollsToPass = (uint)lines / LinesPerPassedPoll;
        return lines != 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void HandOutReply(ChannelMessage message, CallWaiter waiter)
    {
        // Whoever waits for a reply is one of these.
        var call = Unsafe.As<Completion<Response>?>(waiter.Target);
        MessageHandle handle = HandOut(message);
        message.IsTaken = true;
        if (call is null || !call.TrySetResult(waiter.Version, new Response(handle)))
            End(handle, handle.Version);
    }

    private void HandOutOther(ChannelMessage message, CallWaiter waiter)
    {
        switch (message.Kind)
        {
            case RecordKind.Failure:
                if (waiter.Target is Completion call)
                    call.TrySetException(waiter.Version, Explain(message));
                break;
            case RecordKind.Call or RecordKind.Send when _listener is not null:
                _backlog++;
                ShowBacklog();
                _listener.Deliver(_requests, new Request(HandOut(message)));
                return;
            case RecordKind.Call:
                // Nobody listens on the client's side.
                WriteFailure(message.Id, ReplyFailure.Abandoned, default);
                break;
        }

        _end.Release(message);
        _executor.MarkWritten(this);
    }

    /// <summary>Makes a message somebody's: nothing here refers to its handle any more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private MessageHandle HandOut(ChannelMessage message)
    {
        // Set here only.
        MessageHandle handle = Unsafe.As<MessageHandle?>(message.Handle) ?? MakeHandle(message);
        message.Handle = null;
        return handle;
    }

    private MessageHandle MakeHandle(ChannelMessage message)
    {
        var handle = new MessageHandle(this, message);
        message.WeakHandle = new WeakReference<MessageHandle>(handle);
        return handle;
    }

    private ReplyAbandonedException Explain(ChannelMessage failure)
    {
        // A copy first, as for all that the peer can change.
        Span<byte> length = stackalloc byte[sizeof(ulong)];
        return failure.Label == (ushort)ReplyFailure.TooLong && failure.Payload.TryCopyTo(length) && failure.Length == sizeof(ulong)
            ? new ReplyAbandonedException(_endpoint, BinaryPrimitives.ReadUInt64LittleEndian(length), _end.MaxMessageBytes)
            : new ReplyAbandonedException(_endpoint);
    }

    /// <summary>Gives the peer room where kept messages take it.</summary>
    private bool GiveRoom()
    {
        if (!_end.HoldsBack || _waitsForMemory)
            return false;
        long before = _end.MessagesMovedOut;
        bool hasMemory;
        lock (Memory)
            hasMemory = _end.TryMoveOut();
        if (!hasMemory)
            WaitForMemory();
        _executor.MarkWritten(this);
        return _end.MessagesMovedOut != before;
    }

    private void WaitForMemory()
    {
        if (!_waitsForMemory)
            _share.Wait(this);
        _waitsForMemory = true;
        ShowBacklog();
    }

    /// <summary>Leaves requests in the ring, or goes on reading, as the backlog is now.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void ShowBacklog()
    {
        // Once it leaves requests there, it does so until half of the backlog is gone.
        int most = _end.LeavesRecords ? MostBacklog / 2 : MostBacklog;
        bool leaves = _repliesWaiting > 0 || _backlog >= most || _end.WaitsForMemory;
        if (leaves != _end.LeavesRecords)
            ChangeReading(leaves);
    }

    private void ChangeReading(bool leaves)
    {
        _end.LeavesRecords = leaves;
        if (!leaves && !_isEnded)
            _executor.Heat(this);
    }
}
