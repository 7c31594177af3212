using System.Buffers;

namespace Rel4.Runtime;

/// <summary>Does for a thread without an executor what one with an executor does, by pooled operations on the process' executor.</summary>
internal static class Remote
{
    /// <summary>Calls.</summary>
    public static CoTask<Response> CallAsync(
        ulong endpoint, ushort label, ReadOnlySpan<byte> payload, TimeSpan timeout, CancellationToken cancellationToken)
    {
        RemoteCall call = RemoteCall.Rent();
        call.Timeout = timeout;
        return Post(call, endpoint, label, payload, cancellationToken).Task;
    }

    /// <summary>Calls with what a callback writes, on this thread.</summary>
    public static CoTask<Response> CallAsync<TState>(
        ulong endpoint, ushort label, int length, TState state, SpanAction<byte, TState> write, CancellationToken cancellationToken)
    {
        RemoteCall call = RemoteCall.Rent();
        call.Timeout = Timeout.InfiniteTimeSpan;
        return Post(call, endpoint, label, length, state, write, cancellationToken).Task;
    }

    /// <summary>Sends.</summary>
    public static CoTask SendAsync(ulong endpoint, ushort label, ReadOnlySpan<byte> payload, CancellationToken cancellationToken) =>
        new(Post(RemoteSend.Rent(), endpoint, label, payload, cancellationToken));

    /// <summary>Sends what a callback writes, on this thread.</summary>
    public static CoTask SendAsync<TState>(
        ulong endpoint, ushort label, int length, TState state, SpanAction<byte, TState> write, CancellationToken cancellationToken) =>
        new(Post(RemoteSend.Rent(), endpoint, label, length, state, write, cancellationToken));

    /// <summary>Waits for a signal.</summary>
    public static CoTask<ulong> WaitAsync(ulong notification, CancellationToken cancellationToken) =>
        Post(RemoteWait.Rent(), notification, label: 0, payload: default, cancellationToken).Task;

    private static RemoteOperation<T> Post<T>(
        RemoteOperation<T> operation, ulong capability, ushort label, ReadOnlySpan<byte> payload, CancellationToken cancellationToken)
    {
        operation.Copy(payload);
        return Post(operation, capability, label, cancellationToken);
    }

    private static RemoteOperation<T> Post<T, TState>(
        RemoteOperation<T> operation,
        ulong capability,
        ushort label,
        int length,
        TState state,
        SpanAction<byte, TState> write,
        CancellationToken cancellationToken)
    {
        try
        {
            operation.Write(length, state, write);
        }
        catch
        {
            operation.Return();
            throw;
        }

        return Post(operation, capability, label, cancellationToken);
    }

    private static RemoteOperation<T> Post<T>(RemoteOperation<T> operation, ulong capability, ushort label, CancellationToken cancellationToken)
    {
        operation.Capability = capability;
        operation.Label = label;
        operation.CancellationToken = cancellationToken;
        TaskRuntime.Shared.Executor.Inject(operation);
        return operation;
    }
}
