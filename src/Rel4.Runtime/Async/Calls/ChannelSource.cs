using System.Diagnostics;
using System.Runtime.CompilerServices;
using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <summary>Joins one end of a channel to an executor: hands out what comes, writes what waits, and ends it when the peer does.</summary>
/// <remarks>
/// <para>Everything runs on the executor's thread.</para>
/// <para>
/// Invariants: 1. messages that wait to be written are written in the order in which they came, fragments of long ones in turns; 2. the frames
/// stay mapped until the last message that was handed out is released; 3. of a peer's records at most <see cref="MostBacklog"/> messages, and
/// <see cref="MostBacklogBytes"/> bytes outside of the ring, wait for the server's code, and none are read while replies find no room; the rest
/// waits in the ring.
/// </para>
/// </remarks>
internal sealed partial class ChannelSource : PollSource
{
    /// <summary>How many messages are read in one poll, so that one channel can't keep others from their turn.</summary>
    private const int MessagesPerPoll = 64;

    private const int MostBacklog = 1024;
    private const long MostBacklogBytes = 64 << 20;

    private readonly TaskRuntime _runtime;
    private readonly ChannelEnd _end;
    private readonly ChannelParts _parts;
    private readonly Listener? _listener;
    private readonly RequestQueue _requests = new();
    private bool _owesLook;
    private bool _isEnded;
    private bool _isDisposed;
    private bool _isPeerGone;
    private int _handedOut;
    private int _backlog;
    private int _repliesWaiting;
    private long _backlogBytes;

    /// <summary>Joins an end.</summary>
    /// <param name="runtime">The runtime of the calling thread.</param>
    /// <param name="end">The end, cold.</param>
    /// <param name="parts">What the end was made of.</param>
    /// <param name="listener">Who takes what the peer sends; null on the client's side.</param>
    public ChannelSource(TaskRuntime runtime, ChannelEnd end, ChannelParts parts, Listener? listener)
    {
        _runtime = runtime;
        _end = end;
        _parts = parts;
        _listener = listener;
        MaxRecordBytes = end.MaxRecordBytes;
    }

    /// <summary>Gets the number by which messages and metrics name the channel.</summary>
    public ulong Number => _parts.Number;

    /// <summary>Gets the badge of the capability that the client opened the channel through; 0 on the client's side.</summary>
    public ulong Badge => _parts.Badge;

    /// <summary>Gets the bit of this side's doorbell that the peer rings.</summary>
    public int DoorbellBit => _parts.DoorbellBit;

    /// <summary>Gets whether the channel was closed because the peer broke the protocol.</summary>
    public bool IsViolated => _end.Violation is not null;

    /// <summary>Gets the bytes of the longest message that goes in one record.</summary>
    public int MaxRecordBytes { get; }

    /// <summary>Gets whether the channel takes messages.</summary>
    public bool IsOpen => !_isEnded;

    /// <summary>Gets what the end has counted. Any thread may read a count.</summary>
    public ref readonly ChannelCounters Counters => ref _end.Counters;

    /// <summary>Gets how many looks there were at the channel.</summary>
    public long Polls { get; private set; }

    /// <summary>Gets how many calls were written.</summary>
    public long CallsMade { get; private set; }

    internal override void ShowAttentive() => _end.GoHot();

    internal override bool Poll()
    {
        Polls++;
        ChannelEvents events = _end.Poll();
        if (events == ChannelEvents.None)
            return _isPeerGone && EndAfterLastRecord();
        bool worked = false;
        if ((events & ChannelEvents.Readable) != 0)
            worked = ReadSome();
        // A reply ends a call, and another may begin.
        if ((events & ChannelEvents.Writable) != 0 || (worked && !_waiting.IsEmpty))
            worked |= WriteWaiting();
        // What the peer published before it closed comes first.
        if ((events & (ChannelEvents.Closed | ChannelEvents.Readable)) == ChannelEvents.Closed && !_end.LeavesRecords)
        {
            EndAs(_end.State == ChannelState.Violated ? ChannelCloseReason.ProtocolViolation : ChannelCloseReason.ClosedByPeer);
            return true;
        }

        return worked;
    }

    internal override void Publish() => _owesLook = _end.Publish();

    internal override void NotifyPeer()
    {
        if (_owesLook)
            _end.LookAtPeer();
        _owesLook = false;
    }

    internal override bool TryGoCold() => _end.TryGoCold();

    /// <summary>Looks whether the peer can still be reached, after somebody could not any more.</summary>
    public void CheckPeer()
    {
        if (_isEnded || !_parts.Doorbell.IsClosed)
            return;
        // Its last records are read first.
        _isPeerGone = true;
        _runtime.Executor.Heat(this);
    }

    /// <summary>Closes the channel from this side.</summary>
    public void Close() => EndAs(ChannelCloseReason.ClosedHere);

    /// <summary>Gives back the place of a message that was handed out.</summary>
    public void Release(MessagePlace place)
    {
        Debug.Assert(_runtime.Executor.IsOwner, "A message is released on the thread of the executor that it was received on.");
        _end.Release(place);
        // Room that was freed is told with the next flush.
        _runtime.Executor.MarkWritten(this);
        if (--_handedOut == 0 && _isEnded)
            Dispose();
    }

    private bool EndAfterLastRecord()
    {
        EndAs(ChannelCloseReason.PeerEnded);
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void EndAs(ChannelCloseReason reason)
    {
        if (_isEnded)
            return;
        _isEnded = true;
        ProtocolViolation? violation = _end.Violation;
        _end.Close();
        _runtime.Executor.Drop(this);
        _runtime.Forget(this);
        _listener?.Removed(Badge);

        for (int cursor = 0; _end.Calls.TryTakeNext(ref cursor, out CallWaiter waiter);)
        {
            if (waiter.Target is Completion call)
                call.TrySetException(waiter.Version, Error());
        }

        while (!_waiting.IsEmpty)
        {
            PendingWrite write = _waiting.Dequeue();
            write.Fail(Error());
            Finish(write);
        }

        if (_handedOut == 0)
            Dispose();

        ChannelClosedException Error() => new(Number, reason, violation);
    }

    /// <summary>Frees the frames, when nobody reads in them any more.</summary>
    private void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        _end.Dispose();
        _parts.Dispose();
    }
}
