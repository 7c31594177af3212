using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <content>Other threads, the garbage collector, the end of the run, and failures as exceptions.</content>
internal sealed partial class ChannelSource
{
    /// <summary>How long the end keeps large buffers that it doesn't use: up to twice this.</summary>
    private static readonly TimeSpan s_restTime = TimeSpan.FromSeconds(5);

    private readonly TaskRuntime _runtime = null!;
    private readonly ChannelParts _parts = null!;
    private Resting? _resting;
    private int _leases;
    private bool _isUnused;
    private CancellationTokenSource? _gone;

    /// <summary>Joins an end.</summary>
    /// <param name="runtime">The runtime of the calling thread.</param>
    /// <param name="end">The end, cold.</param>
    /// <param name="parts">What the end was made of.</param>
    /// <param name="endpoint">The capability of the endpoint that it was opened over.</param>
    /// <param name="share">What the peer may have lying in memory.</param>
    /// <param name="listener">Who takes what the peer sends; null on the client's side.</param>
    public ChannelSource(TaskRuntime runtime, ChannelEnd end, ChannelParts parts, ulong endpoint, PeerShare share, Listener? listener)
        : this(runtime.Executor, end, parts.Badge, share, listener)
    {
        _runtime = runtime;
        Endpoint = endpoint;
        Group = ChannelGroup.Of(endpoint, isServer: listener is not null);
        _parts = parts;
    }

    /// <summary>Gets the address of the capability of the endpoint that it was opened over.</summary>
    public ulong Endpoint { get; }

    /// <summary>Gets which channels it is counted with.</summary>
    public ChannelGroup Group { get; }

    /// <summary>Gets the number by which messages name the channel.</summary>
    public ulong Number => _parts.Number;

    /// <summary>Gets the bit of this side's doorbell that the peer rings.</summary>
    public int DoorbellBit => _parts.DoorbellBit;

    /// <summary>Gets what is locked while memory that messages lie in is moved, freed or unmapped, and while another thread copies from it.</summary>
    public Lock Memory { get; } = new();

    /// <summary>Gets what messages call the channel.</summary>
    private string Name => $"Channel {Number} ({AsyncMachine.Describe("endpoint", Endpoint)})";

    /// <summary>Looks whether the peer can still be reached, after somebody could not any more.</summary>
    public void CheckPeer()
    {
        if (_isEnded || !_parts.Doorbell.IsClosed)
            return;
        // Its last records are read first.
        _isPeerGone = true;
        _executor.Heat(this);
    }

    /// <summary>Ends, without replies, the requests that some coroutines have looked at last: they have failed, and nobody else will end them.</summary>
    public void EndHeldBy(HashSet<ulong> coroutines)
    {
        for (ChannelMessage? message = _end.NewestHeld; message is not null; message = message.Older)
        {
            // One that has its handle is in nobody's hands: it was ended, and perhaps its payload is a reply that still waits.
            if (message.State != MessageState.Free && message.Kind == RecordKind.Call && message.Handle is null && coroutines.Contains(message.Holder)
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
    /// <param name="why">Why there is none.</param>
    /// <param name="limit">The limit that was met, if one was.</param>
    public void BringHome(MessageHandle handle, int version, ushort label, byte[]? reply, int length, ReplyFailure why = ReplyFailure.Abandoned, ulong limit = 0)
    {
        _runtime.HandOver(() => Finish(hasHome: true), () => Finish(hasHome: false));

        void Finish(bool hasHome)
        {
            // Or it was ended at home at the same moment.
            if (handle.IsLiveAtHome(version))
            {
                if (!hasHome)
                    ReleaseAfterRun(handle.Message);
                else if (reply is null)
                    Fail(handle, version, why, limit);
                else
                    Reply(handle, version, label, reply.AsSpan(0, length));
            }

            if (reply is not null)
                RemoteCopy.Return(reply);
        }
    }

    /// <summary>Ends a message that somebody had, and tells whoever waits why there is no reply. At home.</summary>
    public void Fail(MessageHandle handle, int version, ReplyFailure why, ulong limit)
    {
        handle.Retire(version);
        if (handle.Message.Kind == RecordKind.Call)
            WriteFailure(handle.Message.Id, why, why == ReplyFailure.RequestTooLong ? BitConverter.GetBytes(limit) : default(ReadOnlySpan<byte>));
        Release(handle);
    }

    /// <summary>Gives back a message whose handle was collected. Any thread.</summary>
    public void Forget(ChannelMessage message) => _runtime.HandOver(
        () =>
        {
            ReL4.ReportForgotten(new ForgottenMessageEventArgs(Endpoint, Badge, message));
            if (message.Kind == RecordKind.Call)
                WriteFailure(message.Id, ReplyFailure.Abandoned, default);
            Release(message);
            _executor.MarkWritten(this);
        },
        // Whoever waited is told when the run ends.
        () => ReleaseAfterRun(message));

    private partial bool TryReleaseAfterRun(ChannelMessage message)
    {
        if (!_runtime.HasEnded)
            return false;
        _runtime.UndoAfterRun(() => ReleaseAfterRun(message));
        return true;
    }

    /// <summary>Frees a message that is ended or forgotten when the run ends, or after it. Any thread, as <see cref="TaskRuntime.HandOver"/> undoes.</summary>
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

    private partial void Trim()
    {
        lock (Memory)
            _end.Trim();
    }

    partial void RestLater()
    {
        _resting ??= new Resting(this);
        if (_resting.TimerIndex < 0)
            _resting.SucceedAfter(s_restTime);
    }

    private partial bool TryMoveOut()
    {
        lock (Memory)
            return _end.TryMoveOut();
    }

    /// <summary>Gets a token that is cancelled when the channel has ended. Any thread.</summary>
    public CancellationToken Gone
    {
        get
        {
            // pairs with Free: either it sees the source made here, or this sees that it was there.
            lock (Memory)
                return _isUnused ? new CancellationToken(canceled: true) : (_gone ??= new CancellationTokenSource()).Token;
        }
    }

    partial void Leave(ChannelEndReason reason) => _runtime.Forget(this, reason);

    private partial void Free()
    {
        if (_resting is { TimerIndex: >= 0 })
            _executor.Disarm(_resting);
        // No code of the executor's thread looks at a message now. Those that it keeps are moved out.
        lock (Memory)
        {
            _end.Dispose();
            _isUnused = true;
            DisposeOfParts();
        }

        // In the thread pool: what code has registered is no business of the executor's.
        _gone?.CancelAsync();
    }

    /// <summary>Unmaps the frames, unless code writes into one still.</summary>
    private void DisposeOfParts()
    {
        if (_isUnused && _leases == 0)
            _parts.Dispose();
    }

    static partial void NoteRefusedReply() => RuntimeMeter.AddRefusedReply();

    private partial void FailClosed(CallWaiter waiter, ChannelEndReason reason)
    {
        if (waiter.Target is Completion completion)
            completion.TrySetException(waiter.Version, new ChannelEndedException(Name, Endpoint, reason, _end.Violation));
    }

    private partial void FailAbandoned(CallWaiter waiter, ChannelMessage failure)
    {
        if (waiter.Target is Completion call)
            call.TrySetException(waiter.Version, Explain(failure));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static partial void LetGo(ChannelMessage message) => message.Handle = null;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static partial void TakeBack(MessageHandle handle) => handle.Message.Handle = handle;

    private partial void FailTooLong(CallWaiter waiter, int length)
    {
        if (waiter.Target is Completion completion)
        {
            completion.TrySetException(waiter.Version, new MessageTooLongException(Endpoint, length, PeerMaxMessageBytes));
        }
    }

    private Rel4Exception Explain(ChannelMessage failure)
    {
        // A copy first, as for all that the peer can change.
        Span<byte> details = stackalloc byte[sizeof(ulong)];
        ulong? number = failure.Length == sizeof(ulong) && failure.Payload.TryCopyTo(details) ? BinaryPrimitives.ReadUInt64LittleEndian(details) : null;
        return ((ReplyFailure)failure.Label, number) switch
        {
            (ReplyFailure.TooLong, { } length) => new ReplyAbandonedException(Endpoint, length, _end.MaxMessageBytes),
            (ReplyFailure.RequestTooLong, { } limit) => new MessageTooLongException(Endpoint, limit),
            (ReplyFailure.NotDelivered, _) => new NotDeliveredException(Endpoint, isBusy: false),
            (ReplyFailure.Busy, _) => new NotDeliveredException(Endpoint, isBusy: true),
            (var why, _) => new ReplyAbandonedException(Endpoint, wasPassedOn: why == ReplyFailure.Lost),
        };
    }

    /// <summary>The timer after which the end keeps no large buffers, unless it has used one; awaited by nobody.</summary>
    private sealed class Resting(ChannelSource source) : Completion<Nothing>(source._executor)
    {
        internal override void OnDue()
        {
            source._end.Rest();
            source.Trim();
            if (source._end.KeepsLarge)
                source.RestLater();
        }
    }
}
