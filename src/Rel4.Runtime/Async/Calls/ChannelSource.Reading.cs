using System.Runtime.CompilerServices;
using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <content>Reading.</content>
internal sealed partial class ChannelSource
{
    /// <summary>Takes note that the server's code has taken a request of this channel out of the backlog.</summary>
    public void Taken(MessagePlace place, int length)
    {
        _backlog--;
        if (place.IsReassembled)
            _backlogBytes -= length;
        ShowBacklog();
    }

    private bool ReadSome()
    {
        int left = MessagesPerPoll;
        for (; left > 0 && !_end.LeavesRecords && _end.TryRead(out ChannelMessage message); left--)
        {
            if (message.Kind == RecordKind.Reply)
                HandOutReply(message);
            else
                HandOutOther(message);
        }

        return left < MessagesPerPoll;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void HandOutReply(in ChannelMessage message)
    {
        // Whoever waits for a reply is one of these.
        var call = Unsafe.As<Completion<Response>?>(message.Waiter.Target);
        _handedOut++;
        if (call is null || !call.TrySetResult(message.Waiter.Version, new Response(this, message)))
            Release(message.Place);
    }

    private void HandOutOther(in ChannelMessage message)
    {
        _handedOut++;
        switch (message.Kind)
        {
            case RecordKind.Failure:
                if (message.Waiter.Target is Completion call)
                    call.TrySetException(message.Waiter.Version, new ReplyAbandonedException(Number));
                Release(message.Place);
                break;
            case RecordKind.Call or RecordKind.Send when _listener is not null:
                CountBacklog(message);
                _listener.Deliver(_requests, new Request(this, message));
                break;
            case RecordKind.Call:
                // Nobody listens on the client's side.
                WriteFailure(message.Id);
                Release(message.Place);
                break;
            default:
                Release(message.Place);
                break;
        }
    }

    private void CountBacklog(in ChannelMessage message)
    {
        _backlog++;
        if (message.Place.IsReassembled)
            _backlogBytes += message.Length;
        ShowBacklog();
    }

    /// <summary>Leaves requests in the ring, or goes on reading, as the backlog is now.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void ShowBacklog()
    {
        // Once it leaves requests there, it does so until half of the backlog is gone.
        int most = _end.LeavesRecords ? MostBacklog / 2 : MostBacklog;
        long mostBytes = _end.LeavesRecords ? MostBacklogBytes / 2 : MostBacklogBytes;
        bool leaves = _repliesWaiting > 0 || _backlog >= most || _backlogBytes >= mostBytes;
        if (leaves != _end.LeavesRecords)
            ChangeReading(leaves);
    }

    private void ChangeReading(bool leaves)
    {
        _end.LeavesRecords = leaves;
        if (!leaves && !_isEnded)
            _runtime.Executor.Heat(this);
    }
}
