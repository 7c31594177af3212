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
        if (_end.LeavesRecords && _backlog <= MostBacklog / 2 && _backlogBytes <= MostBacklogBytes / 2)
            GoOnReading();
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
                _listener.Deliver(new Request(this, message));
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
        if (_backlog >= MostBacklog || _backlogBytes >= MostBacklogBytes)
            _end.LeavesRecords = true;
    }

    private void GoOnReading()
    {
        _end.LeavesRecords = false;
        if (!_isEnded)
            _runtime.Executor.Heat(this);
    }
}
