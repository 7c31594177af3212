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
    /// <summary>How many messages are read in one poll, so that one channel can't keep others from their turn.</summary>
    private const int MessagesPerPoll = 16;

    /// <summary>How many are read where no other waits: each poll ends with a look at the peer, which may have to be woken.</summary>
    private const int MessagesPerLonePoll = 64;

    /// <summary>How many lines are read in one poll: the longest record, or pads, fragments and messages of that many lines together.</summary>
    private const uint LinesPerPoll = 2048;

    /// <summary>For how many lines read in one poll the channel passes a poll over, where others wait: to copy them takes longer than to look at those.</summary>
    private const uint LinesPerPassedPoll = 256;

    private readonly TaskRuntime _runtime;
    private readonly Executor _executor;
    private readonly ulong _endpoint;
    private readonly PeerShare _share;
    private readonly ChannelEnd _end;
    private readonly ChannelParts _parts;
    private readonly Listener? _listener;
    private bool _owesLook;
    private bool _isEnded;
    private bool _isPeerGone;
    private int _leases;
    private bool _isUnused;
    private int _repliesWaiting;

    /// <summary>Joins an end.</summary>
    /// <param name="runtime">The runtime of the calling thread.</param>
    /// <param name="end">The end, cold.</param>
    /// <param name="parts">What the end was made of.</param>
    /// <param name="endpoint">The capability of the endpoint that it was opened over.</param>
    /// <param name="share">What the peer may have lying in memory.</param>
    /// <param name="listener">Who takes what the peer sends; null on the client's side.</param>
    public ChannelSource(TaskRuntime runtime, ChannelEnd end, ChannelParts parts, ulong endpoint, PeerShare share, Listener? listener)
    {
        _runtime = runtime;
        _executor = runtime.Executor;
        _endpoint = endpoint;
        _share = share;
        end.Share = share;
        _end = end;
        _parts = parts;
        _listener = listener;
        MaxRecordBytes = end.MaxRecordBytes;
    }

    /// <summary>Gets the number by which messages and metrics name the channel.</summary>
    public ulong Number => _parts.Number;

    /// <summary>Gets what messages call the channel.</summary>
    private string Name => $"Channel {Number} ({AsyncMachine.Describe("endpoint", _endpoint)})";

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

    /// <summary>Gets whether the caller is on the executor's thread. Any thread.</summary>
    public bool IsHome => _executor.IsOwner;

    /// <summary>Gets the coroutine that runs.</summary>
    public CoroutineId CurrentCoroutine => _executor.CurrentCoroutine;

    /// <summary>Gets what is locked while memory that messages lie in is moved, freed or unmapped, and while another thread copies from it.</summary>
    public Lock Memory { get; } = new();

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
            return GiveRoom() || (_isPeerGone && !_isListed && EndAfterLastRecord());
        bool worked = false;
        if ((events & ChannelEvents.Readable) != 0)
            worked = ReadSome();
        // A reply ends a call, and another may begin. What waits for a peer that has closed is refused, so that no reply keeps the channel.
        if ((events & (ChannelEvents.Writable | ChannelEvents.Closed)) != 0 || (worked && !_waiting.IsEmpty))
            worked |= WriteWaiting();
        // What the peer published before it closed comes first, but for what its share has no room for.
        if ((events & (ChannelEvents.Closed | ChannelEvents.Readable)) == ChannelEvents.Closed && (!_end.LeavesRecords || _end.WaitsForMemory))
        {
            EndAs(_end.State == ChannelState.Violated ? ChannelCloseReason.ProtocolViolation : ChannelCloseReason.ClosedByPeer);
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
        // One whose peer has gone is looked at until it ends, or is kept for what it has to hand out.
        bool isCold = (!_isPeerGone || _isListed) && _end.TryGoCold();
        if (isCold && _end.HasReleased)
            Trim();
        return isCold;
    }

    /// <summary>Looks whether the peer can still be reached, after somebody could not any more.</summary>
    public void CheckPeer()
    {
        if (_isEnded || !_parts.Doorbell.IsClosed)
            return;
        // Its last records are read first.
        _isPeerGone = true;
        _executor.Heat(this);
    }

    /// <summary>Closes the channel from this side.</summary>
    public void Close() => EndAs(ChannelCloseReason.ClosedHere);

    /// <summary>Ends a message that somebody had, without a reply. At home.</summary>
    public void End(MessageHandle handle, int version)
    {
        handle.Retire(version);
        if (handle.Message.Kind == RecordKind.Call)
            WriteFailure(handle.Message.Id, ReplyFailure.Abandoned, default);
        Release(handle);
    }

    /// <summary>Ends, without replies, the requests that a coroutine has looked at last: it has failed, and nobody else will end them.</summary>
    public void EndHeldBy(CoroutineId coroutine)
    {
        foreach (ChannelMessage message in _end.Held)
        {
            // One that has its handle is in nobody's hands: it was ended, and perhaps its payload is a reply that still waits.
            if (message.State != MessageState.Free && message.Kind == RecordKind.Call && message.Holder == coroutine.Value && message.Handle is null
                && message.WeakHandle is WeakReference<MessageHandle> weak && weak.TryGetTarget(out MessageHandle? handle))
                handle.EndUnlessEnded();
        }
    }

    /// <summary>Ends on the executor's thread what was ended on another.</summary>
    /// <param name="handle">The message.</param>
    /// <param name="version">The use that was ended.</param>
    /// <param name="label">The reply's label.</param>
    /// <param name="reply">The reply, in a borrowed array; null if there is none.</param>
    /// <param name="length">The bytes of the reply.</param>
    public void BringHome(MessageHandle handle, int version, ushort label, byte[]? reply, int length)
    {
        if (_runtime.HasEnded)
        {
            ReleaseAfterRun(handle.Message);
            if (reply is not null)
                RemoteCopy.Return(reply);
            return;
        }

        _executor.Post(_ =>
        {
            // Or it was ended here at the same moment.
            if (handle.IsLiveAtHome(version))
            {
                if (reply is null)
                    End(handle, version);
                else
                    Reply(handle, version, label, reply.AsSpan(0, length));
            }

            if (reply is not null)
                RemoteCopy.Return(reply);
        });
    }

    /// <summary>Gives back a message whose handle was collected. Any thread.</summary>
    public void Forget(ChannelMessage message)
    {
        // Whoever waited was told when the runtime ended.
        if (_runtime.HasEnded)
        {
            ReleaseAfterRun(message);
            return;
        }

        _executor.Post(_ =>
        {
            ForgottenMessage.Report(new ForgottenMessageEventArgs(_runtime.Machine, _endpoint, Badge, message));
            if (message.Kind == RecordKind.Call)
                WriteFailure(message.Id, ReplyFailure.Abandoned, default);
            _end.Release(message);
            _executor.MarkWritten(this);
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Release(MessageHandle handle)
    {
        ChannelMessage message = handle.Message;
        message.Handle = handle;
        if (_isEnded && _runtime.HasEnded)
        {
            ReleaseAfterRun(message);
            return;
        }

        _end.Release(message);
        // Room that was freed is told with the next flush, and memory is freed, where there is one.
        _executor.MarkWritten(this);
        LookForRoom();
    }

    /// <summary>Has kept messages moved out of the ring if the peer may wait for their places: it rings no more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void LookForRoom()
    {
        if (_end.HoldsBack && !_waitsForMemory && !_isEnded)
            _executor.Heat(this);
    }

    /// <summary>Frees a message that is ended or forgotten after the run. Any thread: there is no home any more, so what is shared is locked.</summary>
    private void ReleaseAfterRun(ChannelMessage message)
    {
        lock (Memory)
        {
            if (message.State == MessageState.Free)
                return;
            _end.Release(message);
            _end.Trim();
        }
    }

    private void Trim()
    {
        lock (Memory)
            _end.Trim();
    }

    /// <summary>Unmaps the frames, unless code writes into one still.</summary>
    private void DisposeOfParts()
    {
        if (_isUnused && _leases == 0)
            _parts.Dispose();
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
        _executor.Drop(this);
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

        if (_waitsForMemory)
            _share.StopWaiting(this);
        // No code of the executor's thread looks at a message now. Those that it keeps are moved out.
        lock (Memory)
        {
            _end.Dispose();
            _isUnused = true;
            DisposeOfParts();
        }

        ChannelClosedException Error() => new(Name, reason, violation);
    }
}
