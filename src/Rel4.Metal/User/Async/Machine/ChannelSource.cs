using System.Runtime.CompilerServices;
using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <content>How it is made and called here, where calls that fail end by an outcome.</content>
internal sealed partial class ChannelSource
{
    private readonly CompletionPool<IpcResponse> _replies = null!;
    private readonly ChannelLine? _line;

    /// <summary>Joins an end.</summary>
    /// <param name="executor">Who polls it.</param>
    /// <param name="end">The end, cold.</param>
    /// <param name="doorbell">The bit that the peer rings.</param>
    /// <param name="badge">Who the client is.</param>
    /// <param name="share">What the peer may have lying in memory.</param>
    /// <param name="replies">The completions of calls.</param>
    /// <param name="listener">Who takes what the peer sends; null on the client's side.</param>
    /// <param name="line">Who is told when it has ended, and looks at the frames no more; null if nobody is.</param>
    public ChannelSource(
        Executor executor, ChannelEnd end, int doorbell, ulong badge, PeerShare share, CompletionPool<IpcResponse> replies, Listener? listener = null,
        ChannelLine? line = null)
        : this(executor, end, badge, share, listener)
    {
        _replies = replies;
        _line = line;
        executor.BindDoorbell(this, doorbell);
        executor.Heat(this);
    }

    /// <summary>Calls. A payload that can't be written at once is copied, unless the peer would not take it.</summary>
    public CoTask<IpcResponse> Call(ushort label, ReadOnlySpan<byte> payload)
    {
        Completion<IpcResponse> reply = _replies.Rent();
        if (!TryCall(label, payload, reply))
            WaitWithCopy(RecordKind.Call, label, payload, reply);
        return reply.Task;
    }

    /// <summary>Sends. A payload that can't be written at once is copied, unless the peer would not take it.</summary>
    /// <param name="label">The label.</param>
    /// <param name="payload">The payload.</param>
    /// <param name="written">The completions of messages that wait to be written.</param>
    public CoTask Send(ushort label, ReadOnlySpan<byte> payload, CompletionPool<Nothing> written)
    {
        if (TryWrite(RecordKind.Send, 0, label, payload))
            return CoTask.CompletedTask;
        Completion<Nothing> done = written.Rent();
        var task = new CoTask(done);
        WaitWithCopy(RecordKind.Send, label, payload, done);
        return task;
    }

    /// <summary>Takes note that there is nobody at the other end: the channel ends when what it has brought is handed out.</summary>
    public void LosePeer()
    {
        _isPeerGone = true;
        if (!_isEnded)
            _executor.Heat(this);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void WaitWithCopy(RecordKind kind, ushort label, ReadOnlySpan<byte> payload, Completion completion)
    {
        if (PendingWrite.TryCopy(kind, label, payload, PeerMaxMessageBytes, completion) is { } write)
            Wait(write);
    }

    private partial bool TryReleaseAfterRun(ChannelMessage message) => false;

    private partial void Trim() => _end.Trim();

    private partial bool TryMoveOut() => _end.TryMoveOut();

    private partial void Free()
    {
        _end.Dispose();
        _line?.Ended(this);
    }

    private partial void FailClosed(CallWaiter waiter, ChannelEndReason reason) => Fail(waiter, CompletionOutcome.Closed);

    private partial void FailAbandoned(CallWaiter waiter, ChannelMessage failure) =>
        Fail(waiter, failure.Label == (ushort)ReplyFailure.TooLong ? CompletionOutcome.TooLong : CompletionOutcome.Abandoned);

    private partial void FailTooLong(CallWaiter waiter, int length) => Fail(waiter, CompletionOutcome.TooLong);

    private static void Fail(CallWaiter waiter, CompletionOutcome outcome)
    {
        if (waiter.Target is Completion completion)
            completion.TrySetOutcome(waiter.Version, outcome);
    }
}
