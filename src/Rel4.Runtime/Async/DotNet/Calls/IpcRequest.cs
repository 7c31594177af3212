using System.Buffers;
using System.Runtime.CompilerServices;
using Rel4.Abi;

namespace Rel4.Runtime;

/// <content>Replying by a callback, and by a writer.</content>
public readonly partial struct IpcRequest
{
    /// <summary>Replies with what a callback writes in place, and ends the request.</summary>
    /// <param name="label">The label.</param>
    /// <param name="length">The bytes of payload.</param>
    /// <param name="state">Handed to the callback.</param>
    /// <param name="write">
    /// Writes the payload; what it leaves out is zero, or bytes of this channel's earlier messages. What it sends through the same channel is written behind it. If it throws, or ends
    /// the request, nothing is written.
    /// </param>
    /// <inheritdoc cref="ReplyAsync(ushort, ReadOnlySpan{byte})" path="/*[not(self::param)]"/>
    /// <exception cref="ArgumentNullException">There is no callback.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The length is below 0.</exception>
    public CoTask ReplyAsync<TState>(ushort label, int length, TState state, SpanAction<byte, TState> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Use.Handle.Reply(Use.Version, label, length, state, write);
        return CoTask.CompletedTask;
    }

    /// <summary>Replies with a message that was written before, and ends the request.</summary>
    /// <param name="label">The label.</param>
    /// <param name="message">The message, which is empty then.</param>
    /// <inheritdoc cref="ReplyAsync(ushort, ReadOnlySpan{byte})" path="/*[not(self::param)]"/>
    /// <exception cref="ArgumentNullException">There is no message.</exception>
    /// <exception cref="ObjectDisposedException">The writer was disposed of.</exception>
    /// <exception cref="InvalidOperationException">No message was begun.</exception>
    [OverloadResolutionPriority(-1)]
    public CoTask ReplyAsync(ushort label, MessageWriter message)
    {
        MessageWriter.Require(message);
        Use.Handle.Reply(Use.Version, label, message);
        return CoTask.CompletedTask;
    }

    /// <summary>Ends the request, and tells the client why it has no answer: for who passes calls on to somebody else.</summary>
    /// <param name="failure">Why. A synchronous client is told only that there will be no reply.</param>
    /// <param name="limit">The bytes that are taken there, where the message was too long.</param>
    /// <inheritdoc cref="Badge" path="/exception"/>
    /// <exception cref="ArgumentOutOfRangeException">There is no such failure.</exception>
    public void Fail(RelayFailure failure, ulong limit = 0)
    {
        if (!Enum.IsDefined(failure))
            throw new ArgumentOutOfRangeException(nameof(failure), failure, "There is no such failure.");
        Use.Handle.Fail(Use.Version, (ReplyFailure)failure, limit);
    }

    /// <summary>Gets a token that is cancelled when the client is gone, or its channel has ended for another reason: a reply goes nowhere then.</summary>
    /// <remarks>
    /// It outlives the request. What is registered with it runs in the thread pool. Whether a synchronous client is gone can't be told: for its message it is
    /// <see cref="CancellationToken.None"/>. Any thread.
    /// </remarks>
    /// <inheritdoc cref="Badge" path="/exception"/>
    public CancellationToken CallerGone => Use.Live.Source?.Gone ?? CancellationToken.None;

    /// <summary>Gets the channel that it came by, for a writer on the executor's thread; null if there is none, or elsewhere.</summary>
    internal ChannelSource? SourceAtHome => Use.Live.Source is { IsHome: true } source ? source : null;
}
