using System.Buffers;

namespace Rel4.Runtime;

/// <summary>Does for a thread without an executor what one with an executor does, by pooled operations on the process' executor.</summary>
internal static class Remote
{
    /// <summary>Calls.</summary>
    public static CoTask<IpcResponse> CallAsync(
        ulong endpoint, ushort label, ReadOnlySpan<byte> payload, TimeSpan timeout, CancellationToken cancellationToken)
    {
        RemoteCall call = RemoteCall.Rent();
        call.Timeout = timeout;
        call.Copy(payload);
        return call.Post(endpoint, label, cancellationToken).Task;
    }

    /// <summary>Calls with what a callback writes, on this thread.</summary>
    public static CoTask<IpcResponse> CallAsync<TState>(
        ulong endpoint, ushort label, int length, TState state, SpanAction<byte, TState> write, CancellationToken cancellationToken)
    {
        RemoteCall call = RemoteCall.Rent();
        call.Timeout = Timeout.InfiniteTimeSpan;
        call.Write(length, state, write);
        return call.Post(endpoint, label, cancellationToken).Task;
    }

    /// <summary>Sends.</summary>
    public static CoTask SendAsync(ulong endpoint, ushort label, ReadOnlySpan<byte> payload, CancellationToken cancellationToken)
    {
        Sending send = Sending.Rent();
        send.Copy(payload);
        return new CoTask(send.Post(endpoint, label, cancellationToken));
    }

    /// <summary>Sends what a callback writes, on this thread.</summary>
    public static CoTask SendAsync<TState>(
        ulong endpoint, ushort label, int length, TState state, SpanAction<byte, TState> write, CancellationToken cancellationToken)
    {
        Sending send = Sending.Rent();
        send.Write(length, state, write);
        return new CoTask(send.Post(endpoint, label, cancellationToken));
    }

    /// <summary>Waits for a signal.</summary>
    public static CoTask<ulong> WaitAsync(ulong notification, CancellationToken cancellationToken) =>
        Waiting.Rent().Post(notification, label: 0, cancellationToken).Task;

    /// <summary>A send.</summary>
    private sealed class Sending : PooledOperation<Sending, Nothing>
    {
        private protected override async CoTask<Nothing> Begin()
        {
            await TaskRuntime.Required.ConnectionTo(Capability).Send(Label, Bytes, CancellationToken);
            return default;
        }
    }

    /// <summary>A wait for a signal.</summary>
    private sealed class Waiting : PooledOperation<Waiting, ulong>
    {
        private protected override CoTask<ulong> Begin() => TaskRuntime.Required.NotificationAt(Capability).Wait(CancellationToken);
    }
}
