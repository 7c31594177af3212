using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <summary>Is a client's way to one endpoint: the channel, once there is one, and what waits for it to be opened.</summary>
/// <remarks>
/// On the executor's thread. The first message opens the channel; when that closes, the next one opens another. Messages keep their order: those
/// that wait for the opening are written first.
/// </remarks>
internal sealed class Connection(TaskRuntime runtime, EndpointCap endpoint)
{
    private static readonly TimeSpan s_unwantedLook = TimeSpan.FromSeconds(1);

    private readonly PeerShare _share = new(ReL4.MemoryPerPeer);
    private ChannelSource? _channel;
    private WriteQueue _beforeOpen;
    private ChannelOpener? _opener;
    private bool _isClosed;
    private Func<ushort, TimeSpan, string>? _explainTimeout;

    /// <summary>Calls.</summary>
    public CoTask<IpcResponse> Call(ushort label, ReadOnlyMemory<byte> payload, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return runtime.Responses.Fail(new OperationCanceledException(cancellationToken)).Task;
        Completion<IpcResponse> reply = runtime.Responses.Rent();
        if (_channel is not { IsOpen: true } channel || !channel.TryCall(label, payload.Span, reply))
            Wait(RecordKind.Call, label, payload, reply);
        return Begin(reply, label, timeout, cancellationToken);
    }

    /// <summary>Calls with what a callback writes in place.</summary>
    public CoTask<IpcResponse> Call<TState>(
        ushort label, int length, TState state, SpanAction<byte, TState> write, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return runtime.Responses.Fail(new OperationCanceledException(cancellationToken)).Task;
        Completion<IpcResponse> reply = runtime.Responses.Rent();
        if (_channel is not { IsOpen: true } channel || !channel.TryCall(label, length, state, write, reply))
            Wait(RecordKind.Call, label, length, state, write, reply);
        return Begin(reply, label, Timeout.InfiniteTimeSpan, cancellationToken);
    }

    /// <summary>Sends.</summary>
    public CoTask Send(ushort label, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return FailCancelled(cancellationToken);
        if (_channel is { IsOpen: true } channel && channel.TryWrite(RecordKind.Send, 0, label, payload.Span))
            return CoTask.CompletedTask;
        Completion<Nothing> written = runtime.Written.Rent();
        Wait(RecordKind.Send, label, payload, written);
        return Begin(written, cancellationToken);
    }

    /// <summary>Sends what a callback writes in place.</summary>
    public CoTask Send<TState>(
        ushort label, int length, TState state, SpanAction<byte, TState> write, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return FailCancelled(cancellationToken);
        if (_channel is { IsOpen: true } channel && channel.TrySend(label, length, state, write))
            return CoTask.CompletedTask;
        Completion<Nothing> written = runtime.Written.Rent();
        Wait(RecordKind.Send, label, length, state, write, written);
        return Begin(written, cancellationToken);
    }

    /// <summary>Calls with what was written before.</summary>
    public CoTask<IpcResponse> Call(ushort label, MessageWriter message, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            message.Abandon();
            return runtime.Responses.Fail(new OperationCanceledException(cancellationToken)).Task;
        }

        Completion<IpcResponse> reply = runtime.Responses.Rent();
        Wait(message.Take(RecordKind.Call, label, reply));
        return Begin(reply, label, Timeout.InfiniteTimeSpan, cancellationToken);
    }

    /// <summary>Sends what was written before.</summary>
    public CoTask Send(ushort label, MessageWriter message, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            message.Abandon();
            return FailCancelled(cancellationToken);
        }

        Completion<Nothing> written = runtime.Written.Rent();
        Wait(message.Take(RecordKind.Send, label, written));
        return Begin(written, cancellationToken);
    }

    /// <summary>Gets the channel, if it is open.</summary>
    public ChannelSource? OpenChannel => _channel is { IsOpen: true } ? _channel : null;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private CoTask<IpcResponse> Begin(Completion<IpcResponse> reply, ushort label, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (timeout != Timeout.InfiniteTimeSpan || cancellationToken.CanBeCanceled)
            Limit(reply, label, timeout, cancellationToken);
        return reply.Task;
    }

    private static CoTask Begin(Completion<Nothing> written, CancellationToken cancellationToken)
    {
        written.CancelBy(cancellationToken);
        return new CoTask(written);
    }

    private CoTask FailCancelled(CancellationToken cancellationToken) => new(runtime.Written.Fail(new OperationCanceledException(cancellationToken)));

    private void Limit(Completion<IpcResponse> reply, ushort label, TimeSpan timeout, CancellationToken cancellationToken)
    {
        reply.FailAfter(timeout, label, _explainTimeout ??= ExplainTimeout);
        reply.CancelBy(cancellationToken);
    }

    private string ExplainTimeout(ushort label, TimeSpan timeout) => string.Create(
        CultureInfo.InvariantCulture,
        $"CallAsync through {AsyncMachine.Describe("endpoint", endpoint.CPtr)}, label {label}, had no reply within {timeout.TotalSeconds:0.######} s: {(_channel is { IsOpen: true }
            ? "whether the receiver acts on the message is unknown"
            : "no channel is open yet, so the message was not sent. See that somebody receives from the endpoint")}.");

    private void Wait<TState>(
        RecordKind kind, ushort label, int length, TState state, SpanAction<byte, TState> write, Completion completion)
    {
        byte[] payload = RemoteCopy.Of(length, state, write);
        Wait(kind, label, payload.AsMemory(0, length), completion, payload);
    }

    private void Wait(RecordKind kind, ushort label, ReadOnlyMemory<byte> payload, Completion completion, byte[]? borrowed = null)
    {
        PendingWrite pending = PendingWrite.Rent();
        pending.Begin(kind, label, payload, completion, borrowed);
        Wait(pending);
    }

    private void Wait(PendingWrite pending)
    {
        if (_channel is { IsOpen: true } channel)
        {
            channel.Wait(pending);
            return;
        }

        _beforeOpen.DropStale();
        _beforeOpen.Enqueue(pending);
        if (_opener is null)
            Open();
    }

    /// <summary>Has an opening that is under way end, and fails what waits for it. For the end of the run.</summary>
    public void End()
    {
        _opener?.Cancel();
        FailBeforeOpen(new ChannelEndedException($"A channel through {AsyncMachine.Describe("endpoint", endpoint.CPtr)}", endpoint.CPtr, ChannelEndReason.ClosedHere, violation: null));
    }

    /// <summary>As <see cref="End"/>, and closes the channel. For a capability that was taken away.</summary>
    public void Close()
    {
        _isClosed = true;
        End();
        _channel?.Close();
    }

    private void Open()
    {
        var opener = new ChannelOpener(runtime.Machine, endpoint, runtime.Doorbells);
        _opener = opener;
        runtime.Machine.Threads.PostOpening(noThread =>
        {
            try
            {
                if (noThread is not null)
                    throw noThread;
                (ChannelEnd end, ChannelParts parts) = opener.Open();
                runtime.HandOver(() => Opened(end, parts), () => parts.Undo(end));
            }
            catch (Exception failure)
            {
                runtime.HandOver(() => NotOpened(failure));
            }
        });
        _ = CancelUnwantedAsync(opener);
    }

    /// <summary>Ends an opening when nobody waits for it any more, so that servers that don't answer keep no thread of the kernel.</summary>
    private async Task CancelUnwantedAsync(ChannelOpener opener)
    {
        while (_opener == opener)
        {
            await runtime.Executor.Delay(s_unwantedLook);
            if (_opener == opener && !_beforeOpen.IsWaitedFor)
                opener.Cancel();
        }
    }

    private void Opened(ChannelEnd end, ChannelParts parts)
    {
        _opener = null;
        if (_isClosed)
        {
            // Too late to be cancelled: nobody knows this way any more.
            parts.Undo(end);
            return;
        }

        _channel = new ChannelSource(runtime, end, parts, endpoint.CPtr, _share, listener: null);
        runtime.Add(_channel);
        while (!_beforeOpen.IsEmpty)
            _channel.Wait(_beforeOpen.Dequeue());
    }

    private void NotOpened(Exception failure)
    {
        _opener = null;
        // Cancelled, as nobody waited then; but somebody does now.
        if (failure is OperationCanceledException && _beforeOpen.IsWaitedFor)
            Open();
        else
            FailBeforeOpen(failure);
    }

    private void FailBeforeOpen(Exception failure)
    {
        while (!_beforeOpen.IsEmpty)
        {
            PendingWrite write = _beforeOpen.Dequeue();
            write.Fail(failure);
            write.Return();
        }
    }
}
