using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <content>How it is made and called here, where calls that fail end by an outcome.</content>
internal sealed partial class ChannelSource
{
    private readonly CompletionPool<Response> _replies = null!;

    /// <summary>Joins an end.</summary>
    /// <param name="executor">Who polls it.</param>
    /// <param name="end">The end, cold.</param>
    /// <param name="doorbell">The bit that the peer rings.</param>
    /// <param name="badge">Who the client is.</param>
    /// <param name="share">What the peer may have lying in memory.</param>
    /// <param name="replies">The completions of calls.</param>
    /// <param name="listener">Who takes what the peer sends; null on the client's side.</param>
    public ChannelSource(
        Executor executor, ChannelEnd end, int doorbell, ulong badge, PeerShare share, CompletionPool<Response> replies, Listener? listener = null)
        : this(executor, end, badge, share, listener)
    {
        _replies = replies;
        executor.BindDoorbell(this, doorbell);
        executor.Heat(this);
    }

    /// <summary>Calls. A payload that can't be written at once is copied.</summary>
    public CoTask<Response> Call(ushort label, ReadOnlySpan<byte> payload)
    {
        Completion<Response> reply = _replies.Rent();
        if (!TryCall(label, payload, reply))
        {
            PendingWrite write = PendingWrite.Rent();
            write.BeginCopy(RecordKind.Call, 0, label, payload, reply);
            Wait(write);
        }

        return reply.Task;
    }

    private partial bool TryReleaseAfterRun(ChannelMessage message) => false;

    private partial void Trim() => _end.Trim();

    private partial bool TryMoveOut() => _end.TryMoveOut();

    private partial void Free() => _end.Dispose();

    private partial void FailClosed(CallWaiter waiter, ChannelCloseReason reason) => Fail(waiter);

    private partial void FailAbandoned(CallWaiter waiter, ChannelMessage failure) => Fail(waiter);

    private partial void FailTooLong(CallWaiter waiter, int length) => Fail(waiter);

    private static void Fail(CallWaiter waiter)
    {
        if (waiter.Target is Completion completion)
            completion.TrySetOutcome(waiter.Version, CompletionOutcome.Failed);
    }
}
