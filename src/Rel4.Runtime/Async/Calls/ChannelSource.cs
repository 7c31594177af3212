using System.Runtime.CompilerServices;
using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <summary>Joins one end of a channel to an executor: hands out what comes, writes what waits, and ends it when the peer does.</summary>
/// <remarks>
/// <para>Everything runs on the executor's thread.</para>
/// <para>
/// Invariants: 1. messages that wait to be written are written in the order in which they came, fragments of long ones in turns with short ones; 2. requests
/// wait in the ring until the server's code takes them, and while replies find no room; 3. what a peer has lying in memory of this process is taken from
/// its share; 4. while code writes into the ring in place, nothing else does.
/// </para>
/// </remarks>
internal sealed partial class ChannelSource : PollSource
{
    /// <summary>The next that waits in a <see cref="PeerShare"/>.</summary>
    public ChannelSource? NextWaiting;

    /// <summary>The next that waits for its turn at a <see cref="Listener"/>.</summary>
    public ChannelSource? NextTurn;

    /// <summary>How many messages are read in one poll, so that one channel can't keep others from their turn.</summary>
    private const int MessagesPerPoll = 16;

    /// <summary>How many are read where no other waits: each poll ends with a look at the peer, which may have to be woken.</summary>
    private const int MessagesPerLonePoll = 64;

    /// <summary>How many lines are read in one poll: the longest record, or pads, fragments and messages of that many lines together.</summary>
    private const uint LinesPerPoll = 2048;

    /// <summary>For how many lines read in one poll the channel passes a poll over, where others wait: to copy them takes longer than to look at those.</summary>
    private const uint LinesPerPassedPoll = 256;

    private readonly Executor _executor;
    private readonly PeerShare _share;
    private readonly ChannelEnd _end;
    private readonly Listener? _listener;
    private bool _owesLook;
    private bool _isEnded;
    private bool _isPeerGone;
    private int _repliesWaiting;

    private ChannelSource(Executor executor, ChannelEnd end, ulong badge, PeerShare share, Listener? listener)
    {
        _executor = executor;
        _share = share;
        end.Share = share;
        _end = end;
        _listener = listener;
        Badge = badge;
        MaxRecordBytes = end.MaxRecordBytes;
    }

    /// <summary>Gets the badge of the capability that the client opened the channel through; 0 on the client's side.</summary>
    public ulong Badge { get; }

    /// <summary>Tells whether it is a channel of a listener's.</summary>
    public bool IsOf(Listener listener) => _listener == listener;

    /// <summary>Gets the bytes of the longest message that goes in one record.</summary>
    public int MaxRecordBytes { get; }

    /// <summary>Gets whether the channel takes messages.</summary>
    public bool IsOpen => !_isEnded;

    /// <summary>Gets whether the caller is on the executor's thread. Any thread.</summary>
    public bool IsHome => _executor.IsOwner;

    /// <summary>Gets the coroutine that runs.</summary>
    public CoroutineId CurrentCoroutine => _executor.CurrentCoroutine;

    /// <summary>Gets how many messages were moved out of the ring because they were kept and the peer wanted their places.</summary>
    public long MessagesMovedOut => _end.MessagesMovedOut;

    /// <summary>Gets what the end has counted. Any thread may read a count.</summary>
    public ref readonly ChannelCounters Counters => ref _end.Counters;

    /// <summary>Gets how many looks there were at the channel.</summary>
    public long Polls { get; private set; }

    /// <summary>Gets how many calls were written.</summary>
    public long CallsMade { get; private set; }

    internal override void ShowAwake(int processor, bool isSpinning) => _end.GoHot(processor, isSpinning);

    internal override bool IsPeerAwake(int processor, bool countsIdle) => _end.IsPeerAwake(processor, countsIdle);

    internal override bool Poll()
    {
        Polls++;
        if (_pollsToPass > 0 && _executor.HotCount > 1)
        {
            _pollsToPass--;
            return false;
        }

        ChannelEvents events = _end.Poll();
        if (events == ChannelEvents.None)
            return GiveRoom() || (_isPeerGone && !KeepsRequests && EndAfterLastRecord());
        bool worked = false;
        if ((events & ChannelEvents.Readable) != 0)
            worked = ReadSome();
        // A reply ends a call, and another may begin. What waits for a peer that has closed is refused, so that no reply keeps the channel.
        if ((events & (ChannelEvents.Writable | ChannelEvents.Closed)) != 0 || (worked && !_waiting.IsEmpty))
            worked |= WriteWaiting();
        // What the peer published before it closed comes first, but for what its share has no room for.
        if ((events & (ChannelEvents.Closed | ChannelEvents.Readable)) == ChannelEvents.Closed && (!_end.LeavesRecords || _end.WaitsForMemory))
        {
            EndAs(_end.State == ChannelState.Violated ? ChannelEndReason.ProtocolViolation : ChannelEndReason.ClosedByPeer);
            return true;
        }

        return worked;
    }

    internal override void Publish()
    {
        if (_end.HasReleased)
            Trim();
        _owesLook = _end.Publish();
    }

    internal override void NotifyPeer()
    {
        if (_owesLook)
            _end.LookAtPeer();
        _owesLook = false;
    }

    internal override bool TryGoCold()
    {
        // The peer may wait for room, and nobody looks at it again before it rings.
        GiveRoom();
        if (_waiting.IsEmpty)
            _end.WantNoRoom();
        // One whose peer has gone is looked at until it ends, or is kept for what it has to hand out.
        bool isCold = (!_isPeerGone || KeepsRequests) && _end.TryGoCold();
        if (isCold && _end.HasReleased)
            Trim();
        if (isCold && _end.KeepsLarge)
            RestLater();
        return isCold;
    }

    /// <summary>Gets whether requests wait in the ring, for their turn or for the end of others, and are to be handed out though their peer be gone.</summary>
    private bool KeepsRequests => _isListed || _waitsForAnswers;

    /// <summary>Closes the channel from this side.</summary>
    public void Close() => EndAs(ChannelEndReason.ClosedHere);

    /// <summary>Ends a message that somebody had, without a reply. At home.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void End(MessageHandle handle, int version)
    {
        handle.Retire(version);
        if (handle.Message.Kind == RecordKind.Call)
            WriteFailure(handle.Message.Id, ReplyFailure.Abandoned, default);
        Release(handle);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Release(MessageHandle handle)
    {
        ChannelMessage message = handle.Message;
        TakeBack(handle);
        if (_isEnded && TryReleaseAfterRun(message))
            return;
        Release(message);
        // Room that was freed is told with the next flush, and memory is freed, where there is one.
        MarkWritten();
        LookForRoom();
    }

    /// <summary>Has what is written published at the end of the turn.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void MarkWritten()
    {
        if (!IsWritten)
            _executor.MarkWritten(this);
    }

    /// <summary>Gives back a message that code had.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Release(ChannelMessage message)
    {
        _end.Release(message);
        if (_listener is not null)
            _share.EndRequest();
    }

    /// <summary>Has kept messages moved out of the ring if the peer may wait for their places: it rings no more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void LookForRoom()
    {
        if (_end.HoldsBack && !_waitsForMemory && !_isEnded)
            _executor.Heat(this);
    }

    private bool EndAfterLastRecord()
    {
        EndAs(ChannelEndReason.PeerEnded);
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void EndAs(ChannelEndReason reason)
    {
        if (_isEnded)
            return;
        _isEnded = true;
        _end.Close();
        _executor.Drop(this);
        Leave(reason);
        _listener?.Removed(Badge);
        if (_waitsForMemory)
            _share.StopWaiting(this);

        for (int cursor = 0; _end.Calls.TryTakeNext(ref cursor, out CallWaiter waiter);)
            FailClosed(waiter, reason);
        while (!_waiting.IsEmpty)
        {
            PendingWrite write = _waiting.Dequeue();
            FailClosed(write.Waiter, reason);
            Finish(write);
        }

        Free();
    }

    /// <summary>Gives back a message that is ended when the run has ended: there is no home any more.</summary>
    /// <returns>False if the run has not ended.</returns>
    private partial bool TryReleaseAfterRun(ChannelMessage message);

    /// <summary>Frees the memory of messages that were released.</summary>
    private partial void Trim();

    /// <summary>Has the end keep its large buffers for some time, and no longer; on a machine where memory goes back.</summary>
    partial void RestLater();

    /// <summary>Has the end move messages out of the ring.</summary>
    private partial bool TryMoveOut();

    /// <summary>Is served no longer.</summary>
    partial void Leave(ChannelEndReason reason);

    /// <summary>Frees the end, and what it was made of.</summary>
    private partial void Free();

    /// <summary>Tells who waits for a reply, or for a message to be written, that the channel is closed.</summary>
    private partial void FailClosed(CallWaiter waiter, ChannelEndReason reason);

    /// <summary>Tells a caller that there is no reply.</summary>
    private partial void FailAbandoned(CallWaiter waiter, ChannelMessage failure);

    /// <summary>Tells who waits for a message to be written that the peer doesn't take it.</summary>
    private partial void FailTooLong(CallWaiter waiter, int length);

    /// <summary>Counts a reply that the peer doesn't take.</summary>
    static partial void NoteRefusedReply();
}
