using System.Runtime.CompilerServices;
using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <content>Reading.</content>
internal sealed partial class ChannelSource
{
    private bool _waitsForMemory;
    private bool _waitsForAnswers;
    private bool _isListed;
    private uint _pollsToPass;

    /// <summary>Begins the channel's turn to hand out requests.</summary>
    public void BeginTurn() => _end.AllowLines(LinesPerPoll);

    /// <summary>Ends the channel's turn.</summary>
    /// <param name="isListed">Whether it will have another without being polled for one.</param>
    public void EndTurn(bool isListed)
    {
        _isListed = isListed;
        ShowReading();
        // It was kept for what it had to hand out.
        if (!isListed && _isPeerGone && !_isEnded)
            _executor.Heat(this);
    }

    /// <summary>Takes the next request out of the ring, as <see cref="TryTakeAny"/> does.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public MessageHandle? TryTake() => MayTake && _end.TryReadRequest(out ChannelMessage message) ? Take(message) : TryTakeAny();

    /// <summary>Takes the next request out of the ring.</summary>
    /// <returns>Null if there is none, or none may be taken now: the channel is polled again.</returns>
    public MessageHandle? TryTakeAny()
    {
        while (MayTake && _end.TryRead(out ChannelMessage message, out CallWaiter waiter))
        {
            if (message.Kind is RecordKind.Call or RecordKind.Send)
                return Take(message);
            // An answer to nothing that was asked.
            HandOutOther(message, waiter);
        }

        if (_end.WaitsForMemory)
            WaitForMemory();
        return null;
    }

    private bool MayTake => _repliesWaiting == 0 && !_isEnded && !_waitsForAnswers && _end.MayRead;

    /// <summary>Makes a request somebody's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private MessageHandle Take(ChannelMessage request)
    {
        if (_share.BeginRequest())
            WaitForAnswers();
        // Room that fragments and pads took is told with the next flush.
        MarkWritten();
        LookForRoom();
        return HandOut(request);
    }

    /// <summary>Takes note that the peer may have memory, or more requests under way, again.</summary>
    public void OnMemoryGivenBack()
    {
        _waitsForMemory = _waitsForAnswers = false;
        _end.AllowLines(LinesPerPoll);
        ShowReading();
        // Messages that are kept may be moved out now.
        _executor.Heat(this);
    }

    private bool ReadSome()
    {
        ulong before = _end.LinesRead;
        int left = _executor.HotCount == 1 ? MessagesPerLonePoll : MessagesPerPoll;
        _end.AllowLines(LinesPerPoll);
        if (_listener is null)
            ReadReplies(left);
        else
            Serve(_listener, left);
        ulong lines = _end.LinesRead - before;
        _pollsToPass = (uint)lines / LinesPerPassedPoll;
        if (lines != 0)
            MarkWritten();
        return lines != 0;
    }

    private void ReadReplies(int left)
    {
        for (; left > 0 && _end.MayRead; left--)
        {
            if (_end.TryReadReply(out ChannelMessage reply, out CallWaiter caller))
                HandOutReply(reply, caller);
            else if (!TryReadAny())
                break;
        }

        if (_end.WaitsForMemory)
            WaitForMemory();
    }

    private bool TryReadAny()
    {
        if (!_end.TryRead(out ChannelMessage message, out CallWaiter waiter))
            return false;
        if (message.Kind == RecordKind.Reply)
            HandOutReply(message, waiter);
        else
            HandOutOther(message, waiter);
        return true;
    }

    /// <summary>Gives requests to those who wait for some; while nobody does, they stay in the ring until it is the channel's turn.</summary>
    private void Serve(Listener listener, int left)
    {
        for (; listener.HasReceiver(); left--)
        {
            if (left == 0 || TryTakeAny() is not { } request)
                return;
            listener.HandOver(new IpcRequest(request));
        }

        listener.List(this);
        EndTurn(isListed: true);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void HandOutReply(ChannelMessage message, CallWaiter waiter)
    {
        // Whoever waits for a reply is one of these.
        var call = Unsafe.As<Completion<IpcResponse>?>(waiter.Target);
        MessageHandle handle = HandOut(message);
        if (call is null || !call.TrySetResult(waiter.Version, new IpcResponse(handle)))
            handle.End(handle.Version);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void HandOutOther(ChannelMessage message, CallWaiter waiter)
    {
        switch (message.Kind)
        {
            case RecordKind.Failure:
                FailAbandoned(waiter, message);
                break;
            case RecordKind.Call:
                // Nobody listens on the client's side.
                WriteFailure(message.Id, ReplyFailure.Abandoned, default);
                break;
        }

        _end.Release(message);
        MarkWritten();
    }

    /// <summary>Makes a message somebody's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private MessageHandle HandOut(ChannelMessage message)
    {
        // Set here only.
        MessageHandle handle = Unsafe.As<MessageHandle?>(message.Handle) ?? MakeHandle(message);
        LetGo(message);
        return handle;
    }

    private MessageHandle MakeHandle(ChannelMessage message)
    {
        var handle = new MessageHandle(this, message);
        message.Handle = handle;
        return handle;
    }

    /// <summary>Refers to a message's handle no more, where one that is forgotten is found by that.</summary>
    static partial void LetGo(ChannelMessage message);

    /// <summary>Refers to it again.</summary>
    static partial void TakeBack(MessageHandle handle);

    /// <summary>Gives the peer room where kept messages take it.</summary>
    private bool GiveRoom()
    {
        if (!_end.HoldsBack || _waitsForMemory)
            return false;
        long before = _end.MessagesMovedOut;
        if (!TryMoveOut())
            WaitForMemory();
        MarkWritten();
        return _end.MessagesMovedOut != before;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void WaitForAnswers()
    {
        _waitsForAnswers = true;
        WaitForMemory();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void WaitForMemory()
    {
        if (!_waitsForMemory)
            _share.Wait(this);
        _waitsForMemory = true;
        ShowReading();
    }

    /// <summary>Leaves records in the ring, or goes on reading, as things are now.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void ShowReading()
    {
        bool leaves = _isListed || _waitsForAnswers || _repliesWaiting > 0 || _end.WaitsForMemory;
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
