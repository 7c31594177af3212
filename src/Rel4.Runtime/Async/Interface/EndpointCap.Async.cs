using System.Buffers;
using System.Runtime.CompilerServices;

namespace Rel4.Runtime;

/// <content>The asynchronous half: what blocks the coroutine.</content>
public readonly partial record struct EndpointCap
{
    /// <summary>Gets the name under which the endpoint was granted to this process; null if the capability came later, or there is none.</summary>
    public string? GrantedName => AsyncMachine.NameOf(CPtr);

    /// <summary>Calls whoever receives from the endpoint.</summary>
    /// <inheritdoc cref="ReL4.Call"/>
    public CoTask<IpcResponse> CallAsync(ushort label, ReadOnlyMemory<byte> payload = default, CancellationToken cancellationToken = default) =>
        CallAsync(label, payload, Timeout.InfiniteTimeSpan, cancellationToken);

    /// <summary>Calls whoever receives from the endpoint, and waits for the reply for a limited time.</summary>
    /// <inheritdoc cref="ReL4.Call" path="/*[not(self::param)]"/>
    /// <param name="label">A number for the receiver's code.</param>
    /// <param name="payload">0 bytes to 1 GiB; it stays as it is until the task is complete.</param>
    /// <param name="timeout">The limit; <see cref="Timeout.InfiniteTimeSpan"/> for none.</param>
    /// <param name="cancellationToken">Ends the wait. Whether the receiver acts on the message is unknown then.</param>
    /// <exception cref="TimeoutException">The time is over. Whether the receiver acts on the message is unknown.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The limit is below 0.</exception>
    public CoTask<IpcResponse> CallAsync(ushort label, ReadOnlyMemory<byte> payload, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        // Before anything is written.
        if (timeout != Timeout.InfiniteTimeSpan)
            ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.Zero);
        return WatchedCalls.IsOn ? CallWatched(label, payload, timeout, cancellationToken) : CallUnwatched(label, payload, timeout, cancellationToken);
    }

    /// <summary>Calls whoever receives from the endpoint, with a payload that a callback writes in place: without a copy if it fits a record.</summary>
    /// <inheritdoc cref="ReL4.Call" path="/*[not(self::param)]"/>
    /// <param name="label">A number for the receiver's code.</param>
    /// <param name="length">The bytes of payload.</param>
    /// <param name="state">Handed to the callback.</param>
    /// <param name="write">Writes the payload, during this call; what it leaves out is zero, or bytes of this channel's earlier messages. Only on a thread with an executor in place.</param>
    /// <param name="cancellationToken">Ends the wait. Whether the receiver acts on the message is unknown then.</param>
    /// <exception cref="ArgumentNullException">There is no callback.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The length is below 0.</exception>
    public CoTask<IpcResponse> CallAsync<TState>(
        ushort label, int length, TState state, SpanAction<byte, TState> write, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(write);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        return WatchedCalls.IsOn ? CallWatched(label, length, state, write, cancellationToken) : CallUnwatched(label, length, state, write, cancellationToken);
    }

    /// <summary>Calls whoever receives from the endpoint, with a message that was written before: without a copy if it was begun for this endpoint.</summary>
    /// <inheritdoc cref="ReL4.Call" path="/*[not(self::param)]"/>
    /// <param name="label">A number for the receiver's code.</param>
    /// <param name="message">The message, which is empty when this method returns.</param>
    /// <param name="cancellationToken">Ends the wait. Whether the receiver acts on the message is unknown then.</param>
    /// <exception cref="ArgumentNullException">There is no message.</exception>
    /// <exception cref="ObjectDisposedException">The writer was disposed of.</exception>
    /// <exception cref="InvalidOperationException">No message was begun.</exception>
    [OverloadResolutionPriority(-1)]
    public CoTask<IpcResponse> CallAsync(ushort label, MessageWriter message, CancellationToken cancellationToken = default)
    {
        MessageWriter.Require(message);
        return WatchedCalls.IsOn ? CallWatched(label, message, cancellationToken) : CallUnwatched(label, message, cancellationToken);
    }

    /// <summary>Sends to whoever receives from the endpoint.</summary>
    /// <inheritdoc cref="ReL4.Send"/>
    public CoTask SendAsync(ushort label, ReadOnlyMemory<byte> payload = default, CancellationToken cancellationToken = default) =>
        TaskRuntime.Current is { } runtime
            ? runtime.ConnectionTo(CPtr).Send(label, payload, cancellationToken)
            : Remote.SendAsync(CPtr, label, payload.Span, cancellationToken);

    /// <summary>Sends to whoever receives from the endpoint, with a payload that a callback writes in place: without a copy if it fits a record.</summary>
    /// <inheritdoc cref="ReL4.Send" path="/*[not(self::param)]"/>
    /// <param name="label">A number for the receiver's code.</param>
    /// <param name="length">The bytes of payload.</param>
    /// <param name="state">Handed to the callback.</param>
    /// <param name="write">Writes the payload, during this call; what it leaves out is zero, or bytes of this channel's earlier messages. Only on a thread with an executor in place.</param>
    /// <param name="cancellationToken">Ends the wait; a message of which a part is written is taken back.</param>
    /// <exception cref="ArgumentNullException">There is no callback.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The length is below 0.</exception>
    public CoTask SendAsync<TState>(
        ushort label, int length, TState state, SpanAction<byte, TState> write, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(write);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (TaskRuntime.Current is { } runtime)
            return runtime.ConnectionTo(CPtr).Send(label, length, state, write, cancellationToken);
        return Remote.SendAsync(CPtr, label, length, state, write, cancellationToken);
    }

    /// <summary>Sends a message that was written before to whoever receives from the endpoint: without a copy if it was begun for this endpoint.</summary>
    /// <inheritdoc cref="ReL4.Send" path="/*[not(self::param)]"/>
    /// <param name="label">A number for the receiver's code.</param>
    /// <param name="message">The message, which is empty when this method returns.</param>
    /// <param name="cancellationToken">Ends the wait; a message of which a part is written is taken back.</param>
    /// <exception cref="ArgumentNullException">There is no message.</exception>
    /// <exception cref="ObjectDisposedException">The writer was disposed of.</exception>
    /// <exception cref="InvalidOperationException">No message was begun.</exception>
    [OverloadResolutionPriority(-1)]
    public CoTask SendAsync(ushort label, MessageWriter message, CancellationToken cancellationToken = default)
    {
        MessageWriter.Require(message);
        if (TaskRuntime.Current is { } runtime)
            return runtime.ConnectionTo(CPtr).Send(label, message, cancellationToken);
        CoTask sent = Remote.SendAsync(CPtr, label, message.Written, cancellationToken);
        message.Abandon();
        return sent;
    }

    /// <summary>Closes the channel that this executor has opened through the capability, as if its process had ended: the server sees its caller go.</summary>
    /// <remarks>Calls under way fail by a <see cref="ChannelEndedException"/>. The next call opens another channel. Without one nothing happens.</remarks>
    /// <exception cref="InvalidOperationException">The thread has no executor.</exception>
    public void CloseChannel() => TaskRuntime.Required.CloseChannel(CPtr);

    /// <summary>Receives the next message.</summary>
    /// <inheritdoc cref="ReL4.Recv"/>
    public CoTask<IpcRequest> ReceiveAsync(CancellationToken cancellationToken = default) =>
        TaskRuntime.Required.ListenerAt(CPtr).Receive(cancellationToken);

    /// <summary>Receives all messages, one after another.</summary>
    /// <returns>A sequence that ends only by cancellation or an exception.</returns>
    /// <inheritdoc cref="ReL4.Recv"/>
    public RequestSequence ReceiveAllAsync(CancellationToken cancellationToken = default) => new(TaskRuntime.Required.ListenerAt(CPtr), cancellationToken);

    private CoTask<IpcResponse> CallUnwatched(ushort label, ReadOnlyMemory<byte> payload, TimeSpan timeout, CancellationToken cancellationToken) =>
        TaskRuntime.Current is { } runtime
            ? runtime.ConnectionTo(CPtr).Call(label, payload, timeout, cancellationToken)
            : Remote.CallAsync(CPtr, label, payload.Span, timeout, cancellationToken);

    private CoTask<IpcResponse> CallUnwatched<TState>(
        ushort label, int length, TState state, SpanAction<byte, TState> write, CancellationToken cancellationToken) =>
        TaskRuntime.Current is { } runtime
            ? runtime.ConnectionTo(CPtr).Call(label, length, state, write, cancellationToken)
            : Remote.CallAsync(CPtr, label, length, state, write, cancellationToken);

    private CoTask<IpcResponse> CallUnwatched(ushort label, MessageWriter message, CancellationToken cancellationToken)
    {
        if (TaskRuntime.Current is { } runtime)
            return runtime.ConnectionTo(CPtr).Call(label, message, cancellationToken);
        CoTask<IpcResponse> response = Remote.CallAsync(CPtr, label, message.Written, Timeout.InfiniteTimeSpan, cancellationToken);
        message.Abandon();
        return response;
    }

    // Of their own, so that a call which nobody watches makes no closure.
    private CoTask<IpcResponse> CallWatched(ushort label, ReadOnlyMemory<byte> payload, TimeSpan timeout, CancellationToken cancellationToken)
    {
        EndpointCap endpoint = this;
        return WatchedCalls.CallAsync(() => endpoint.CallUnwatched(label, payload, timeout, cancellationToken), this, label, payload.Length).AsCoTask();
    }

    private CoTask<IpcResponse> CallWatched<TState>(
        ushort label, int length, TState state, SpanAction<byte, TState> write, CancellationToken cancellationToken)
    {
        EndpointCap endpoint = this;
        return WatchedCalls.CallAsync(() => endpoint.CallUnwatched(label, length, state, write, cancellationToken), this, label, length).AsCoTask();
    }

    private CoTask<IpcResponse> CallWatched(ushort label, MessageWriter message, CancellationToken cancellationToken)
    {
        EndpointCap endpoint = this;
        return WatchedCalls.CallAsync(() => endpoint.CallUnwatched(label, message, cancellationToken), this, label, message.WrittenCount).AsCoTask();
    }
}
